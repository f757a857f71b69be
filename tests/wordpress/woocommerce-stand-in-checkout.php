<?php
// NOT WooCommerce: a stand-in for its checkout made of blocks and its page of a received order. Payment methods register on the
// server and in the browser by the same names, in the same order and under the same checks as in WooCommerce 10; what is
// shown is drawn by WordPress's own React, from what the methods themselves registered.

namespace Automattic\WooCommerce\Blocks\Payments\Integrations {
	abstract class AbstractPaymentMethodType {
		protected $name     = '';
		protected $settings = array();

		abstract public function initialize();
		protected function get_setting( $name, $default = '' ) {
			return $this->settings[ $name ] ?? $default;
		}
		public function get_name() {
			return $this->name;
		}
		public function is_active() {
			return true;
		}
		public function get_payment_method_script_handles() {
			return array();
		}
		public function get_payment_method_data() {
			return array();
		}
		public function get_supported_features() {
			return array( 'products' );
		}
	}
}

namespace Automattic\WooCommerce\Blocks\Payments {
	use Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType;

	final class PaymentMethodRegistry {
		private array $methods = array();

		public function register( AbstractPaymentMethodType $method ) {
			if ( isset( $this->methods[ $method->get_name() ] ) ) {
				_doing_it_wrong( __METHOD__, 'registered already', '4.6' );
				return false;
			}
			$this->methods[ $method->get_name() ] = $method;
			return true;
		}
		public function initialize() {
			do_action( 'woocommerce_blocks_payment_method_type_registration', $this );
			foreach ( $this->methods as $method ) {
				$method->initialize();
			}
		}
		/** @return AbstractPaymentMethodType[] */
		public function active(): array {
			return array_filter( $this->methods, static fn( $method ) => $method->is_active() );
		}
	}
}

namespace {
	use Automattic\WooCommerce\Blocks\Payments\PaymentMethodRegistry;

	add_action( 'plugins_loaded', static fn() => do_action( 'woocommerce_blocks_loaded' ), 10 );
	add_action( 'init', static fn() => stand_in_methods()->initialize(), 5 );
	add_action(
		'wp_enqueue_scripts',
		static function () {
			if ( ! stand_in_page( 'checkout' ) ) {
				return;
			}
			$source  = content_url( 'mu-plugins/woocommerce-stand-in-checkout.js' );
			$handles = array();
			$data    = array();
			foreach ( stand_in_methods()->active() as $name => $method ) {
				$handles       = array_merge( $handles, $method->get_payment_method_script_handles() );
				$data[ $name ] = $method->get_payment_method_data();
			}
			$settings = array( 'paymentMethodSortOrder' => array_keys( $data ), 'paymentMethodData' => $data, 'standIn' => array( 'order' => (int) $_GET['order'], 'place' => rest_url( 'stand-in/v1/checkout' ) ) );
			wp_register_script( 'wc-settings', $source, array( 'wp-element' ), '10', true );
			wp_add_inline_script( 'wc-settings', 'window.wcSettings = ' . wp_json_encode( $settings ), 'before' );
			wp_register_script( 'wc-blocks-registry', false, array( 'wc-settings' ), '10', true );
			wp_register_script( 'wc-checkout-block-frontend', false, array_merge( array( 'wc-blocks-registry' ), $handles ), '10', true );
			wp_add_inline_script( 'wc-checkout-block-frontend', 'window.standInCheckout()' );
			wp_enqueue_script( 'wc-checkout-block-frontend' );
		}
	);

	/** What the Store API does at *Place order*: the order awaits its payment, and its gateway says how that goes. */
	add_action(
		'rest_api_init',
		static fn() => register_rest_route(
			'stand-in/v1',
			'/checkout',
			array(
				'methods'             => 'POST',
				'permission_callback' => '__return_true',
				'callback'            => static function ( $request ) {
					$order = wc_get_order( $request['order'] );
					$order->set_payment_method( $request['payment_method'] );
					$order->update_status( 'pending' );
					$result = stand_in_pay( $order );
					foreach ( wc_get_notices( 'error' ) as $notice ) {
						return new WP_Error( 'woocommerce_rest_payment_error', wp_strip_all_tags( $notice['notice'] ), array( 'status' => 400 ) );
					}
					return array( 'order_id' => $order->get_id(), 'payment_result' => array( 'payment_status' => $result['result'], 'redirect_url' => $result['redirect'] ?? '' ) );
				},
			)
		)
	);

	add_action(
		'template_redirect',
		static function () {
			$received = stand_in_page( 'checkout/order-received/(\d+)' );
			if ( ! $received && ! stand_in_page( 'checkout' ) ) {
				return;
			}
			status_header( 200 );
			do_action( 'wp_enqueue_scripts' );
			echo '<!doctype html><html lang="en"><title>Checkout</title><body><main>';
			if ( $received ) {
				$order = wc_get_order( $received[1] );
				hash_equals( $order->get_order_key(), $_GET['key'] ?? '' ) || wp_die( 'no such order' );
				echo '<h1>Order received</h1><p id="status">', esc_html( $order->get_status() ), '</p>';
				do_action( 'woocommerce_thankyou_' . $order->get_payment_method(), $order->get_id() );
				do_action( 'woocommerce_thankyou', $order->get_id() );
			} else {
				echo '<h1>Checkout</h1><div id="checkout"></div>';
			}
			wp_footer();
			exit( '</main></body></html>' );
		},
		0
	);

	function stand_in_page( string $path ): array {
		preg_match( "~^/$path/?$~D", (string) wp_parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ), $found );
		return $found;
	}

	function stand_in_methods(): PaymentMethodRegistry {
		static $registry = null;
		return $registry ??= new PaymentMethodRegistry();
	}

	/** @return WC_Payment_Gateway[] */
	function stand_in_gateways(): array {
		$made = array_map( static fn( $class ) => new $class(), apply_filters( 'woocommerce_payment_gateways', array() ) );
		return array_filter( array_column( $made, null, 'id' ), static fn( $gateway ) => $gateway->is_available() );
	}

	function stand_in_pay( WC_Order $order ): array {
		$gateway = stand_in_gateways()[ $order->get_payment_method() ];
		return $gateway->validate_fields() ? $gateway->process_payment( $order->get_id() ) : array( 'result' => 'failure' );
	}
}
