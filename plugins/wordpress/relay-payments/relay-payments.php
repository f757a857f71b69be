<?php
/**
 * Plugin Name:       Relay Payments
 * Plugin URI:        https://wordpress.org/plugins/relay-payments/
 * Description:       Sell articles for micropayments through your own Relay: teasers for everybody, the rest for readers who paid. Nobody holds your money.
 * Version:           0.1.0
 * Requires at least: 6.4
 * Requires PHP:      8.1
 * Author:            Relay
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       relay-payments
 * Domain Path:       /languages
 *
 * Apache-2.0 is compatible with the GPL, version 3 or later.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

const VERSION = '0.1.0';
const FILE    = __FILE__;

spl_autoload_register(
	static function ( string $name ): void {
		if ( str_starts_with( $name, __NAMESPACE__ . '\\' ) ) {
			$file = strtolower( str_replace( '_', '-', substr( $name, strlen( __NAMESPACE__ ) + 1 ) ) );
			$path = __DIR__ . "/includes/class-$file.php";
			if ( is_file( $path ) ) {
				require $path;
			}
		}
	}
);

register_activation_hook( __FILE__, array( Payments::class, 'install' ) );
add_action( 'plugins_loaded', array( Plugin::class, 'start' ) );
