<?php
/**
 * The block editor: the Paywall block, and each post's own switch, price and payees in its sidebar.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Post meta is the only store: the sidebar writes it over REST, where each value is checked again. */
final class Editor {

	/** Listen. */
	public static function start(): void {
		add_action( 'init', array( self::class, 'register' ), 20 ); // After post types of others.
		add_action( 'enqueue_block_editor_assets', array( self::class, 'load' ) );
		add_shortcode( Split::SHORTCODE, '__return_empty_string' ); // Where a post is not paid for, it is nothing.
	}

	/** Register the block and the meta. */
	public static function register(): void {
		wp_register_script(
			'relay-payments-editor',
			plugins_url( 'assets/editor.js', FILE ),
			array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-core-data', 'wp-data', 'wp-editor', 'wp-edit-post', 'wp-element', 'wp-i18n', 'wp-plugins' ),
			VERSION,
			true
		);
		wp_set_script_translations( 'relay-payments-editor', 'relay-payments' );
		register_block_type(
			Split::BLOCK,
			array(
				'api_version'     => 3,
				'title'           => __( 'Paywall', 'relay-payments' ),
				'description'     => __( 'Everything below it is for readers who paid.', 'relay-payments' ),
				'category'        => 'design',
				'editor_script'   => 'relay-payments-editor',
				'supports'        => array(
					'multiple'  => false,
					'html'      => false,
					'className' => false,
				),
				'render_callback' => '__return_empty_string',
			)
		);
		foreach ( Paywall::post_types() as $type ) {
			self::register_meta( $type );
			add_filter( "rest_pre_insert_$type", array( self::class, 'check' ), 10, 2 );
		}
	}

	/** What the editor's script knows of the site. */
	public static function load(): void {
		$screen = get_current_screen();
		if ( ! $screen || ! in_array( $screen->post_type, Paywall::post_types(), true ) ) {
			return;
		}
		$units = array( '' => Settings::get( 'price_unit' ) );
		foreach ( array( 'USD', 'EUR', 'GBP', 'CHF', 'JPY' ) as $currency ) {
			$units[ $currency ] = $currency;
		}
		foreach ( Assets::all() as $name => $asset ) {
			$units[ $name ] = "$asset[symbol] ($asset[network])";
		}
		$usual = Assets::find( Settings::get( 'price_unit' ) );
		$known = array(
			'units'    => $units,
			'amount'   => Settings::get( 'price_amount' ),
			'unit'     => $usual['symbol'] ?? Settings::get( 'price_unit' ),
			'networks' => Assets::networks(),
			'settings' => current_user_can( 'manage_options' ) ? Settings_Page::url() : '',
		);
		wp_enqueue_script( 'relay-payments-editor' );
		wp_add_inline_script( 'relay-payments-editor', 'window.relayPaymentsEditor = ' . wp_json_encode( $known ) . ';', 'before' );
	}

	/** A price that cannot be asked is refused with a sentence, before anything is saved. */
	public static function check( mixed $post, \WP_REST_Request $request ): mixed {
		$meta   = (array) $request['meta'];
		$amount = (string) ( $meta[ Terms::META_AMOUNT ] ?? '' );
		$unit   = (string) ( $meta[ Terms::META_UNIT ] ?? '' );
		if ( '' !== $amount && ! Settings::is_price( $amount, '' === $unit ? Settings::get( 'price_unit' ) : $unit ) ) {
			return new \WP_Error( 'relay_payments_price', __( 'The price is a number above zero such as 0.50; a currency has at most two decimals.', 'relay-payments' ), array( 'status' => 400 ) );
		}
		if ( isset( $meta[ Terms::META_PAYEES ] ) && null === Settings::sanitize_payees( $meta[ Terms::META_PAYEES ] ) ) {
			return new \WP_Error( 'relay_payments_payees', __( 'A payee has a network, an account on it and a whole share; at most nine.', 'relay-payments' ), array( 'status' => 400 ) );
		}
		return $post;
	}

	/**
	 * Write a post's own terms, as quick edit does. What is null stays as it is; a price that cannot be asked, too.
	 *
	 * @param int         $post_id Which.
	 * @param bool|null   $on      Its switch.
	 * @param string|null $amount  Empty: the usual price.
	 * @param string|null $unit    Empty: the usual one.
	 * @param array|null  $payees  Checked; empty: the usual ones.
	 */
	public static function write( int $post_id, ?bool $on, ?string $amount, ?string $unit, ?array $payees ): void {
		if ( null !== $amount && null !== $unit ) {
			$usual = '' === $amount;
			if ( $usual || Settings::is_price( $amount, '' === $unit ? Settings::get( 'price_unit' ) : $unit ) ) {
				update_post_meta( $post_id, Terms::META_AMOUNT, $amount );
				update_post_meta( $post_id, Terms::META_UNIT, $usual ? '' : $unit );
			}
		}
		if ( null !== $payees ) {
			update_post_meta( $post_id, Terms::META_PAYEES, wp_slash( $payees ) );
		}
		if ( null !== $on ) {
			update_post_meta( $post_id, Terms::META_ON, $on ? '1' : '' );
		}
	}

	/** The four of them; for those who edit the post only, in REST as well. */
	private static function register_meta( string $type ): void {
		$payee = array(
			'type'                 => 'object',
			'additionalProperties' => false,
			'properties'           => array(
				'network' => array( 'type' => 'string' ),
				'account' => array( 'type' => 'string' ),
				'weight'  => array( 'type' => 'integer' ),
			),
		);
		foreach ( array(
			Terms::META_ON     => array( 'boolean', 'rest_sanitize_boolean', array( 'type' => 'boolean' ) ),
			Terms::META_AMOUNT => array( 'string', static fn( $text ) => Assets::is_amount( (string) $text ) ? (string) $text : '', array( 'type' => 'string' ) ),
			Terms::META_UNIT   => array( 'string', static fn( $text ) => null !== Assets::find( (string) $text ) || preg_match( '/^[A-Z]{3}$/D', (string) $text ) ? (string) $text : '', array( 'type' => 'string' ) ),
			Terms::META_PAYEES => array( 'array', static fn( $rows ) => Settings::sanitize_payees( $rows ) ?? array(), array( 'type' => 'array', 'items' => $payee ) ),
		) as $key => [ $kind, $sanitize, $schema ] ) {
			register_post_meta(
				$type,
				$key,
				array(
					'type'              => $kind,
					'single'            => true,
					'sanitize_callback' => $sanitize,
					'auth_callback'     => static fn( $allowed, $meta_key, $post_id ) => current_user_can( 'edit_post', $post_id ),
					'show_in_rest'      => array( 'schema' => $schema + array( 'context' => array( 'edit' ) ) ),
				)
			);
		}
	}
}
