<?php
// Runs what the tests send, inside this WordPress, as a plugin would; a tenth of the cost of a process of its own.

add_action(
	'wp_loaded',
	static function () {
		if ( ! hash_equals( AUTH_SALT, $_SERVER['HTTP_X_TOLD_BY_TESTS'] ?? '' ) ) {
			return;
		}
		$told   = json_decode( file_get_contents( 'php://input' ), true );
		$answer = ( static function ( $told ) {
			extract( $told['values'] );
			return eval( $told['code'] );
		} )( $told );
		wp_send_json( array( 'answer' => $answer ) );
	},
	99
);
