<?php
// NOT WooCommerce: a stand-in for what a gateway meets of it, because WooCommerce itself is in no package registry. What each
// thing answers and when it speaks follows WooCommerce 10's documentation: orders are in tables of their own (HPOS), and
// a status that does not change swallows the note that came with it. The checkout is in woocommerce-stand-in-checkout.php.

namespace Automattic\WooCommerce\Utilities {
	final class FeaturesUtil {
		public static array $declared = array();
		public static function declare_compatibility( string $feature_id, string $plugin_file, bool $positive_compatibility = true ): bool {
			if ( ! doing_action( 'before_woocommerce_init' ) ) {
				_doing_it_wrong( __METHOD__, 'not inside before_woocommerce_init', '6.3' );
				return false;
			}
			self::$declared[ $feature_id ][ plugin_basename( $plugin_file ) ] = $positive_compatibility;
			return true;
		}
	}
}

namespace {
	abstract class WC_Settings_API {
		public $plugin_id   = 'woocommerce_';
		public $id          = '';
		public $errors      = array();
		public $settings    = array();
		public $form_fields = array();
		protected $data     = array();

		public function init_form_fields() {}
		public function get_option_key() {
			return $this->plugin_id . $this->id . '_settings';
		}
		public function get_field_key( $key ) {
			return $this->plugin_id . $this->id . '_' . $key;
		}
		public function get_form_fields() {
			$filled = array_map( static fn( $field ) => $field + array( 'default' => '' ), $this->form_fields );
			return apply_filters( 'woocommerce_settings_api_form_fields_' . $this->id, $filled );
		}
		public function init_settings() {
			$kept           = get_option( $this->get_option_key(), null );
			$this->settings = is_array( $kept ) ? $kept : wp_list_pluck( $this->get_form_fields(), 'default' );
		}
		public function get_option( $key, $empty_value = null ) {
			if ( empty( $this->settings ) ) {
				$this->init_settings();
			}
			$value = $this->settings[ $key ] ?? $this->get_form_fields()[ $key ]['default'] ?? '';
			return '' === $value && null !== $empty_value ? $empty_value : $value;
		}
		public function set_post_data( $data = array() ) {
			$this->data = $data;
		}
		public function process_admin_options() {
			$this->init_settings();
			foreach ( $this->get_form_fields() as $key => $field ) {
				$given                  = $this->data[ $this->get_field_key( $key ) ] ?? null;
				$this->settings[ $key ] = 'checkbox' === $field['type'] ? ( null === $given ? 'no' : 'yes' ) : trim( wp_kses_post( (string) $given ) );
			}
			return update_option( $this->get_option_key(), $this->settings );
		}
	}

	abstract class WC_Payment_Gateway extends WC_Settings_API {
		public $order_button_text, $title, $description, $has_fields, $icon, $chosen;
		public $enabled            = 'yes';
		public $method_title       = '';
		public $method_description = '';
		public $supports           = array( 'products' );
		public $max_amount         = 0;

		public function init_settings() {
			parent::init_settings();
			$this->enabled = 'yes' === ( $this->settings['enabled'] ?? '' ) ? 'yes' : 'no';
		}
		public function needs_setup() {
			return false;
		}
		public function is_available() {
			return 'yes' === $this->enabled;
		}
		public function get_title() {
			return apply_filters( 'woocommerce_gateway_title', wp_kses( (string) $this->title, array( 'br' => array(), 'img' => array( 'src' => true ), 'span' => array() ) ), $this->id );
		}
		public function get_description() {
			return apply_filters( 'woocommerce_gateway_description', wp_kses_post( $this->description ), $this->id );
		}
		public function supports( $feature ) {
			return apply_filters( 'woocommerce_payment_gateway_supports', in_array( $feature, $this->supports, true ), $feature, $this );
		}
		public function get_return_url( $order = null ) {
			return apply_filters( 'woocommerce_get_return_url', $order->get_checkout_order_received_url(), $order );
		}
		public function validate_fields() {
			return true;
		}
		public function process_payment( $order_id ) {
			return array();
		}
	}

	class WC_Order {
		private array $row;
		private array $meta;
		private ?array $transition = null;

		public function __construct( private int $id ) {
			global $wpdb;
			$this->row  = (array) $wpdb->get_row( $wpdb->prepare( "SELECT * FROM {$wpdb->prefix}wc_orders WHERE id = %d", $id ), ARRAY_A );
			$this->meta = json_decode( $this->row['meta'], true );
		}
		public function get_id() { return $this->id; }
		public function get_order_number() { return (string) apply_filters( 'woocommerce_order_number', $this->id, $this ); }
		public function get_order_key() { return $this->row['order_key']; }
		public function get_total( $context = 'view' ) { return $this->row['total_amount']; }
		public function set_total( $value ) { $this->row['total_amount'] = wc_format_decimal( $value, 8 ); }
		public function get_currency() { return $this->row['currency']; }
		public function get_payment_method() { return $this->row['payment_method']; }
		public function set_payment_method( $method ) { $this->row['payment_method'] = $method; }
		public function get_transaction_id() { return $this->row['transaction_id']; }
		public function get_date_paid() { return '' === $this->row['date_paid_gmt'] ? null : new DateTime( $this->row['date_paid_gmt'] ); }
		public function get_status() { return substr( $this->row['status'], 3 ); }
		public function has_status( $status ) { return in_array( $this->get_status(), (array) $status, true ); }
		public function is_paid() { return $this->has_status( wc_get_is_paid_statuses() ); }
		public function needs_payment() { return $this->has_status( array( 'pending', 'failed' ) ) && $this->get_total() > 0; }
		public function get_meta( $key = '', $single = true ) { return $this->meta[ $key ] ?? ''; }
		public function update_meta_data( $key, $value ) { $this->meta[ $key ] = $value; }
		public function delete_meta_data( $key ) { unset( $this->meta[ $key ] ); }
		public function get_checkout_payment_url() { return home_url( "/checkout/order-pay/{$this->id}/?pay_for_order=true&key={$this->row['order_key']}" ); }
		public function get_checkout_order_received_url() { return home_url( "/checkout/order-received/{$this->id}/?key={$this->row['order_key']}" ); }
		public function get_edit_order_url() { return admin_url( "admin.php?page=wc-orders&action=edit&id={$this->id}" ); }

		public function save() {
			global $wpdb;
			$wpdb->update( $wpdb->prefix . 'wc_orders', array( 'meta' => wp_json_encode( $this->meta ) ) + $this->row, array( 'id' => $this->id ) );
			[ $moved, $this->transition ] = array( $this->transition, null );
			if ( $moved ) {
				[ 'from' => $from, 'to' => $to, 'note' => $note ] = $moved;
				do_action( "woocommerce_order_status_$to", $this->id, $this, $moved );
				$names = wc_get_order_statuses();
				$this->add_order_note( trim( "$note Order status changed from {$names[ "wc-$from" ]} to {$names[ "wc-$to" ]}." ) );
				do_action( "woocommerce_order_status_{$from}_to_$to", $this->id, $this );
				do_action( 'woocommerce_order_status_changed', $this->id, $from, $to, $this );
			}
			return $this->id;
		}
		public function set_status( $new_status, $note = '', $manual_update = false ) {
			$from = $this->get_status();
			$to   = preg_replace( '/^wc-/', '', $new_status );
			$to   = isset( wc_get_order_statuses()[ "wc-$to" ] ) ? $to : 'pending';
			$this->row['status'] = "wc-$to";
			if ( $from !== $to ) {
				$this->transition = array( 'from' => $this->transition['from'] ?? $from, 'to' => $to, 'note' => $note );
				if ( $this->is_paid() && null === $this->get_date_paid() ) {
					$this->row['date_paid_gmt'] = gmdate( 'Y-m-d H:i:s' );
				}
			}
			return array( 'from' => $from, 'to' => $to );
		}
		public function update_status( $new_status, $note = '', $manual = false ) {
			$this->set_status( $new_status, $note, $manual );
			$this->save();
			return true;
		}
		public function payment_complete( $transaction_id = '' ) {
			do_action( 'woocommerce_pre_payment_complete', $this->id, $transaction_id );
			if ( ! $this->has_status( apply_filters( 'woocommerce_valid_order_statuses_for_payment_complete', array( 'on-hold', 'pending', 'failed', 'cancelled' ), $this ) ) ) {
				do_action( 'woocommerce_payment_complete_order_status_' . $this->get_status(), $this->id, $transaction_id );
				return true;
			}
			$this->row['transaction_id'] = $transaction_id;
			$this->set_status( apply_filters( 'woocommerce_payment_complete_order_status', 'processing', $this->id, $this ) );
			$this->save();
			do_action( 'woocommerce_payment_complete', $this->id, $transaction_id );
			return true;
		}
		public function add_order_note( $note, $is_customer_note = 0, $added_by_user = false ) {
			$data = array( 'comment_post_ID' => $this->id, 'comment_content' => $note, 'comment_type' => 'order_note', 'comment_agent' => 'WooCommerce', 'comment_approved' => 1 );
			return wp_insert_comment( apply_filters( 'woocommerce_new_order_note_data', $data, array( 'order_id' => $this->id, 'is_customer_note' => $is_customer_note ) ) );
		}
	}

	function wc_get_order( $the_order = false ) {
		global $wpdb;
		$id = $the_order instanceof WC_Order ? $the_order->get_id() : absint( $the_order );
		return $wpdb->get_var( $wpdb->prepare( "SELECT id FROM {$wpdb->prefix}wc_orders WHERE id = %d", $id ) ) ? new WC_Order( $id ) : false;
	}

	function wc_get_order_notes( $args ) {
		$found = get_comments( array( 'post_id' => $args['order_id'], 'type' => 'order_note', 'orderby' => 'comment_ID', 'order' => 'ASC' ) );
		return array_map( static fn( $note ) => (object) array( 'content' => $note->comment_content ), $found );
	}

	function wc_get_order_statuses() {
		$names = array( 'Pending payment', 'Processing', 'On hold', 'Completed', 'Cancelled', 'Refunded', 'Failed', 'Draft' );
		return array_combine( array( 'wc-pending', 'wc-processing', 'wc-on-hold', 'wc-completed', 'wc-cancelled', 'wc-refunded', 'wc-failed', 'wc-checkout-draft' ), $names );
	}

	function wc_get_is_paid_statuses() {
		return apply_filters( 'woocommerce_order_is_paid_statuses', array( 'processing', 'completed' ) );
	}

	function wc_format_decimal( $number, $dp = false, $trim_zeros = false ) {
		return false === $dp ? (string) $number : number_format( (float) $number, (int) $dp, '.', '' );
	}

	function wc_add_notice( $message, $notice_type = 'success', $data = array() ) {
		$GLOBALS['wc_notices'][ $notice_type ][] = array( 'notice' => $message, 'data' => $data );
	}

	function wc_get_notices( $notice_type = '' ) {
		return $GLOBALS['wc_notices'][ $notice_type ] ?? array();
	}

	/** As the checkout makes one: a number that no post of the shop's has, and a row in a table of its own. */
	function stand_in_order( string $total, string $method = 'relay_payments', string $currency = 'USD', string $status = 'pending' ): int {
		global $wpdb;
		$id = wp_insert_post( array( 'post_type' => 'shop_order_placehold', 'post_status' => 'draft', 'post_title' => 'Order' ) );
		$wpdb->insert( $wpdb->prefix . 'wc_orders', array( 'id' => $id, 'status' => "wc-$status", 'currency' => $currency, 'total_amount' => wc_format_decimal( $total, 8 ), 'payment_method' => $method, 'transaction_id' => '', 'date_paid_gmt' => '', 'order_key' => 'wc_order_' . wp_generate_password( 13, false ), 'meta' => '{}' ) );
		return $id;
	}

	add_action(
		'init',
		static function () {
			global $wpdb;
			$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders (id bigint unsigned NOT NULL, status varchar(20), currency varchar(10), total_amount varchar(40), payment_method varchar(100), transaction_id varchar(200), date_paid_gmt varchar(20), order_key varchar(100), meta longtext, PRIMARY KEY (id))" );
			register_post_type( 'shop_order_placehold', array( 'public' => false ) );
			do_action( 'before_woocommerce_init' );
			do_action( 'woocommerce_init' );
		},
		0
	);
}
