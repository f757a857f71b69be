<?php
/**
 * The same way to pay in the checkout made of blocks.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Loaded only where WooCommerce has such a checkout. */
final class Woo_Blocks extends \Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType {

	/**
	 * Its name.
	 *
	 * @var string
	 */
	protected $name = Woo::ID;

	/** Read its settings. */
	public function initialize() {
		$this->settings = get_option( 'woocommerce_' . Woo::ID . '_settings', array() );
	}

	/** Offered only where it would work. */
	public function is_active() {
		return ( new Woo_Gateway() )->is_available();
	}

	/** What the checkout loads for it. */
	public function get_payment_method_script_handles() {
		wp_register_script( 'relay-payments-woo', plugins_url( 'assets/woo-blocks.js', FILE ), array( 'wc-blocks-registry', 'wc-settings', 'wp-element', 'wp-html-entities' ), VERSION, true );
		return array( 'relay-payments-woo' );
	}

	/** What its script knows. */
	public function get_payment_method_data() {
		$gateway = new Woo_Gateway();
		return array(
			'title'       => $gateway->get_title(),
			'description' => $gateway->get_description(),
			'button'      => $gateway->order_button_text,
			'supports'    => array_values( array_filter( $gateway->supports, array( $gateway, 'supports' ) ) ),
		);
	}
}
