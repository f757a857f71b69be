<?php
// NOT WooCommerce: a stand-in with the part of its API that the gateway calls, because WooCommerce itself is on wordpress.org
// and in no package registry. Names, arguments and what they do follow WooCommerce 9's published sources; orders are posts.

abstract class WC_Payment_Gateway {
	public $id = '', $title = '', $description = '', $method_title = '', $method_description = '', $has_fields, $supports = array(), $enabled = 'yes', $form_fields = array(), $settings = array();
	public function init_form_fields() {}
	public function init_settings() {
		$this->settings = get_option( "woocommerce_{$this->id}_settings", array() ) + array_map( static fn( $field ) => $field['default'] ?? '', $this->form_fields );
		$this->enabled  = $this->settings['enabled'] ?? 'no';
	}
	public function get_option( $key, $empty = null ) {
		return $this->settings[ $key ] ?? $empty;
	}
	public function is_available() {
		return 'yes' === $this->enabled;
	}
	public function process_admin_options() {}
}

class WC_Order {
	private array $said;
	public function __construct( private int $id ) {
		$this->said = (array) get_post_meta( $id, '_stand_in', true ) + array( 'status' => 'pending', 'total' => '0', 'currency' => 'USD', 'method' => '', 'paid' => null, 'transaction' => '', 'notes' => array(), 'meta' => array() );
	}
	public function get_id() { return $this->id; }
	public function get_order_number() { return (string) $this->id; }
	public function get_total() { return $this->said['total']; }
	public function set_total( $total ) { $this->said['total'] = $total; }
	public function get_currency() { return $this->said['currency']; }
	public function get_status() { return $this->said['status']; }
	public function get_payment_method() { return $this->said['method']; }
	public function set_payment_method( $method ) { $this->said['method'] = $method; }
	public function get_date_paid() { return $this->said['paid']; }
	public function get_transaction_id() { return $this->said['transaction']; }
	public function is_paid() { return in_array( $this->said['status'], array( 'processing', 'completed' ), true ); }
	public function get_meta( $key ) { return $this->said['meta'][ $key ] ?? ''; }
	public function delete_meta_data( $key ) { unset( $this->said['meta'][ $key ] ); }
	public function update_meta_data( $key, $value ) { $this->said['meta'][ $key ] = $value; }
	public function get_checkout_order_received_url() { return home_url( "/?order-received={$this->id}" ); }
	public function get_edit_order_url() { return admin_url( "post.php?post={$this->id}&action=edit" ); }
	public function get_notes() { return $this->said['notes']; }
	public function save() { update_post_meta( $this->id, '_stand_in', wp_slash( $this->said ) ); }
	public function add_order_note( $note ) {
		$this->said['notes'][] = $note;
		$this->save();
	}
	public function update_status( $status, $note = '' ) {
		$this->said['status'] = $status;
		if ( in_array( $status, array( 'processing', 'completed' ), true ) ) {
			$this->said['paid'] ??= time();
		}
		$this->add_order_note( $note );
		return true;
	}
	public function payment_complete( $transaction_id = '' ) {
		if ( ! in_array( $this->said['status'], array( 'on-hold', 'pending', 'failed', 'cancelled' ), true ) ) {
			return false;
		}
		$this->said['transaction'] = $transaction_id;
		return $this->update_status( 'processing' );
	}
}

function wc_get_order( $id ) {
	return 'stand_in_order' === get_post_type( (int) $id ) ? new WC_Order( (int) $id ) : false;
}

function wc_create_order_stand_in( string $total, string $method = 'relay_payments', string $currency = 'USD' ): int {
	$id = wp_insert_post( array( 'post_type' => 'stand_in_order', 'post_status' => 'publish', 'post_title' => 'Order' ) );
	update_post_meta( $id, '_stand_in', array( 'total' => $total, 'method' => $method, 'currency' => $currency ) );
	return $id;
}

function wc_format_decimal( $number, $decimals = false ) {
	return false === $decimals ? (string) $number : number_format( (float) $number, $decimals, '.', '' );
}

function wc_add_notice( $message, $type = 'success' ) {
	$GLOBALS['stand_in_notices'][] = "$type: $message";
}

add_action( 'init', static fn() => register_post_type( 'stand_in_order', array( 'public' => false ) ) );
