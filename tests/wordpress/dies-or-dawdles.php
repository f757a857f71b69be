<?php
// A host whose time limit ends PHP at a given moment, once; and a plugin that is slow there.

$dies = (string) get_option( 'tests_dies_at', '' );
$slow = (string) get_option( 'tests_slow_at', '' );
if ( '' !== $dies ) {
	add_action(
		$dies,
		static function () {
			delete_option( 'tests_dies_at' );
			http_response_code( 500 );
			exit;
		},
		0
	);
}
if ( '' !== $slow ) {
	add_filter(
		$slow,
		static function ( $value ) {
			usleep( 300000 );
			return $value;
		}
	);
}
