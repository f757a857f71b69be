<?php
// The webhook of the 2019 Hedera Micropayment plugin, written anew from what is on record of it: route, header, signature,
// table, and that whatever the body holds goes into one insert, where one member too many fails, and is "success" all the same.

add_action(
	'init',
	static function () {
		global $wpdb;
		if ( get_option( 'hedera_micropayment_db_version' ) ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			"CREATE TABLE {$wpdb->prefix}hedera_micropayment_records (
  id int NOT NULL AUTO_INCREMENT,
  transaction_id varchar(255) NOT NULL,
  account varchar(2000),
  memo varchar(2000),
  content_id varchar(255),
  cost int,
  node_precheckcode int,
  fk_anon_users int NOT NULL,
  PRIMARY KEY  (id)
);"
		);
		update_option( 'hedera_micropayment_db_version', '1.0.0' );
	}
);

add_action(
	'rest_api_init',
	static fn() => register_rest_route(
		'hedera-micropayment/v1',
		'/hello/',
		array(
			'methods'             => 'POST',
			'permission_callback' => '__return_true',
			'callback'            => static function ( WP_REST_Request $request ) {
				global $wpdb;
				$failed = wp_json_encode( array( 'msg' => 'failed' ) );
				if ( ! str_starts_with( (string) $request->get_header( 'content_type' ), 'application/json' ) ) {
					return $failed;
				}
				$signature = explode( ' ', (string) $request->get_header( 'authorization' ) )[1] ?? '';
				$key       = sodium_hex2bin( get_option( 'hedera_micropayment_payment_server_pub' ) );
				if ( 128 !== strlen( $signature ) || ! ctype_xdigit( $signature ) || ! sodium_crypto_sign_verify_detached( sodium_hex2bin( $signature ), $request->get_body(), $key ) ) {
					return $failed;
				}
				$row = array();
				foreach ( json_decode( $request->get_body(), true ) as $name => $value ) {
					$row[ strtolower( preg_replace( '/[A-Z]/', '_$0', $name ) ) ] = $value;
				}
				[ $anon, $content ] = explode( ',', $row['memo'] );
				$wpdb->insert( $wpdb->prefix . 'hedera_micropayment_records', $row + array( 'content_id' => $content, 'fk_anon_users' => (int) $anon ) );
				return wp_json_encode( array( 'msg' => 'success' ) );
			},
		)
	)
);
