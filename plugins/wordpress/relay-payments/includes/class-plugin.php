<?php
/**
 * START HERE: what this plugin consists of, and when each part begins to listen.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Parts know each other by name only; each says in its own `start` what it listens to. */
final class Plugin {

	/** Once all plugins are loaded. */
	public static function start(): void {
		add_action( 'init', static fn() => load_plugin_textdomain( 'relay-payments', false, dirname( plugin_basename( FILE ) ) . '/languages' ) );
		add_action( 'init', array( Payments::class, 'install' ) ); // An update brings files and no activation.
		Paywall::start();
		Gate::start();
		Routes::start();
		Webhook::start();
		Connection::start();
		Editor::start();
		Posts_Table::start();
		Payments_Page::start();
		Settings_Page::start();
		Woo::start();
	}
}
