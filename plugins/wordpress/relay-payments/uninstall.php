<?php
/**
 * When the plugin is deleted: its settings go; the payments go if the owner said so; posts become whole again.
 *
 * @package RelayPayments
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/** One site's share of it. */
function relay_payments_uninstall_site() {
	global $wpdb;
	$settings = get_option( 'relay_payments_settings', array() );
	if ( ! empty( $settings['delete_data'] ) ) {
		// phpcs:disable WordPress.DB -- our own tables, whose names come from WordPress.
		$wpdb->query( $wpdb->prepare( 'DROP TABLE IF EXISTS %i', $wpdb->prefix . 'relay_payments' ) );
		$wpdb->query( $wpdb->prepare( 'DROP TABLE IF EXISTS %i', $wpdb->prefix . 'relay_payments_events' ) );
		// phpcs:enable
		delete_option( 'relay_payments_schema' );
		foreach ( array( 'on', 'amount', 'unit', 'payees' ) as $name ) {
			delete_post_meta_by_key( "_relay_payments_$name" );
		}
	}
	delete_post_meta_by_key( '_relay_payments_teaser' );
	delete_metadata( 'user', 0, '_relay_payments_free', '', true );
	delete_metadata( 'comment', 0, '_relay_payments_about', '', true );
	foreach ( array( 'settings', 'networks', 'jwks', 'merchant', 'last_webhook' ) as $name ) {
		delete_option( "relay_payments_$name" );
	}
	// phpcs:ignore WordPress.DB -- transients have no call that deletes them by the beginning of their name.
	$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE option_name LIKE %s OR option_name LIKE %s', $wpdb->options, $wpdb->esc_like( '_transient_relay_payments_' ) . '%', $wpdb->esc_like( '_transient_timeout_relay_payments_' ) . '%' ) );
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $relay_payments_site ) {
		switch_to_blog( $relay_payments_site );
		relay_payments_uninstall_site();
		restore_current_blog();
	}
} else {
	relay_payments_uninstall_site();
}
