<?php
/**
 * The way to pay at WooCommerce's checkout: an invoice per order, paid on the relay's page.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Loaded only by WooCommerce, when it asks for its gateways. */
final class Woo_Gateway extends \WC_Payment_Gateway {

	/** What WooCommerce wants to know. */
	public function __construct() {
		$this->id                 = Woo::ID;
		$this->method_title       = __( 'Relay Payments', 'relay-payments' );
		$this->method_description = __( 'Customers pay with their own wallet, straight to your accounts. Address, key and payees are those of Relay Payments > Settings.', 'relay-payments' );
		$this->has_fields         = false;
		$this->order_button_text  = __( 'Continue to payment', 'relay-payments' );
		$this->supports           = array( 'products' );
		$this->init_form_fields();
		$this->init_settings();
		$this->title       = $this->get_option( 'title' );
		$this->description = $this->get_option( 'description' );
		add_action( 'woocommerce_update_options_payment_gateways_' . $this->id, array( $this, 'process_admin_options' ) );
	}

	/** Its settings: two texts and a switch. */
	public function init_form_fields() {
		$this->form_fields = array(
			'enabled'     => array(
				'title'   => __( 'Enable/Disable', 'relay-payments' ),
				'type'    => 'checkbox',
				'label'   => __( 'Take payments through the relay', 'relay-payments' ),
				'default' => 'no',
			),
			'title'       => array(
				'title'   => __( 'Title', 'relay-payments' ),
				'type'    => 'text',
				'default' => __( 'Coins from your wallet', 'relay-payments' ),
			),
			'description' => array(
				'title'   => __( 'Description', 'relay-payments' ),
				'type'    => 'textarea',
				'default' => __( 'You see the exact amount in your coin before you pay, and the order is confirmed within seconds.', 'relay-payments' ),
			),
		);
	}

	/** Offered only where it would work. */
	public function is_available() {
		return parent::is_available() && ! $this->needs_setup();
	}

	/** Until there are an address and a key, switching it on leads to its settings instead. */
	public function needs_setup() {
		return '' === Relay::url() || '' === Settings::api_key();
	}

	/**
	 * Send the customer to the page of the order's invoice.
	 *
	 * @param int $order_id Which.
	 */
	public function process_payment( $order_id ) {
		$order   = wc_get_order( $order_id );
		$invoice = Woo::invoice( $order );
		if ( is_wp_error( $invoice ) ) {
			$order->add_order_note( $invoice->get_error_message() );
			wc_add_notice( __( 'Payment by wallet is not possible right now. Please try again in a moment, or pay another way.', 'relay-payments' ), 'error' );
			return array( 'result' => 'failure' );
		}
		return array(
			'result'   => 'success',
			'redirect' => 'settled' === $invoice['status'] ? $order->get_checkout_order_received_url() : $invoice['url'],
		);
	}
}
