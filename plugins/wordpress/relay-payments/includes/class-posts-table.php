<?php
/**
 * The list of posts: the μPay column, and the same terms in quick and bulk edit.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** WordPress checks its own nonce and who may edit which post; ours says that these fields were really on the form. */
final class Posts_Table {

	private const COLUMN = 'relay_payments';
	private const NONCE  = 'relay_payments_edit';

	/** Listen. */
	public static function start(): void {
		add_action( 'admin_init', array( self::class, 'register' ) );
		add_action( 'admin_enqueue_scripts', array( self::class, 'load' ) );
		add_action( 'quick_edit_custom_box', array( self::class, 'quick' ), 10, 2 );
		add_action( 'bulk_edit_custom_box', array( self::class, 'bulk' ), 10, 2 );
		add_action( 'save_post', array( self::class, 'save_quick' ) );
		add_action( 'bulk_edit_posts', array( self::class, 'save_bulk' ) );
	}

	/** For every kind of post that can be paid for. */
	public static function register(): void {
		foreach ( Paywall::post_types() as $type ) {
			add_filter( "manage_{$type}_posts_columns", array( self::class, 'column' ) );
			add_action( "manage_{$type}_posts_custom_column", array( self::class, 'cell' ), 10, 2 );
		}
	}

	/** What the list loads. */
	public static function load( string $hook ): void {
		if ( 'edit.php' === $hook ) {
			wp_enqueue_style( 'relay-payments-admin', plugins_url( 'assets/admin.css', FILE ), array(), VERSION );
			wp_enqueue_script( 'relay-payments-posts', plugins_url( 'assets/posts.js', FILE ), array( 'jquery', 'inline-edit-post' ), VERSION, true );
		}
	}

	/** The column, before the date. */
	public static function column( array $columns ): array {
		$at = array_search( 'date', array_keys( $columns ), true );
		$at = false === $at ? count( $columns ) : $at;
		return array_slice( $columns, 0, $at ) + array( self::COLUMN => 'μPay' ) + $columns;
	}

	/** The price of a post, and what quick edit starts from. */
	public static function cell( string $column, int $post_id ): void {
		if ( self::COLUMN !== $column ) {
			return;
		}
		$payees = get_post_meta( $post_id, Terms::META_PAYEES, true );
		$terms  = array(
			'on'     => (bool) get_post_meta( $post_id, Terms::META_ON, true ),
			'amount' => (string) get_post_meta( $post_id, Terms::META_AMOUNT, true ),
			'unit'   => (string) get_post_meta( $post_id, Terms::META_UNIT, true ),
			'payees' => self::as_lines( is_array( $payees ) ? $payees : array() ),
		);
		$paid   = Paywall::is_paid( get_post( $post_id ) );
		$shown  = $paid ? '<strong>' . esc_html( Terms::of_post( $post_id )->label() ) . '</strong>' : '<span aria-hidden="true">—</span><span class="screen-reader-text">' . esc_html__( 'Free', 'relay-payments' ) . '</span>';
		echo '<span class="relay-terms" data-terms="' . esc_attr( (string) wp_json_encode( $terms ) ) . '">' . $shown . '</span>'; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped above.
	}

	/** Fields of quick edit. */
	public static function quick( string $column, string $type ): void {
		self::fields( $column, $type, array( '0' => __( 'Free', 'relay-payments' ), '1' => __( 'Paid', 'relay-payments' ) ), __( 'usual price', 'relay-payments' ) );
	}

	/** Fields of bulk edit: what is left empty stays. */
	public static function bulk( string $column, string $type ): void {
		$same = __( '— No Change —', 'relay-payments' );
		self::fields( $column, $type, array( '' => $same, '0' => __( 'Free', 'relay-payments' ), '1' => __( 'Paid', 'relay-payments' ) ), $same );
	}

	/** What quick edit sends for one post. */
	public static function save_quick( int $post_id ): void {
		if ( ! self::is_ours( false ) || wp_is_post_revision( $post_id ) || wp_is_post_autosave( $post_id ) || ! current_user_can( 'edit_post', $post_id ) ) {
			return;
		}
		[ $on, $amount, $unit, $payees ] = self::typed();
		Editor::write( $post_id, '1' === $on, $amount, $unit, $payees );
	}

	/** What bulk edit sends for many. */
	public static function save_bulk( array $post_ids ): void {
		if ( ! self::is_ours( true ) ) {
			return;
		}
		[ $on, $amount, $unit, $payees ] = self::typed();
		foreach ( $post_ids as $post_id ) {
			if ( current_user_can( 'edit_post', $post_id ) ) {
				Editor::write( (int) $post_id, '' === $on ? null : '1' === $on, '' === $amount ? null : $amount, $unit, $payees ? $payees : null );
			}
		}
	}

	/** Whether our fields were on the form that was sent, of that kind. */
	private static function is_ours( bool $bulk ): bool {
		$nonce = sanitize_text_field( wp_unslash( $_REQUEST['relay_nonce'] ?? '' ) );
		return wp_verify_nonce( $nonce, self::NONCE ) && $bulk === isset( $_REQUEST['bulk_edit'] );
	}

	/** The fields as they were sent; payees null where they are wrong. */
	private static function typed(): array {
		// phpcs:disable WordPress.Security.NonceVerification -- in is_ours.
		$field = static fn( $name ) => sanitize_textarea_field( wp_unslash( $_REQUEST[ $name ] ?? '' ) );
		// phpcs:enable
		$rows = array();
		foreach ( array_filter( array_map( 'trim', explode( "\n", $field( 'relay_payees' ) ) ) ) as $line ) {
			[ $network, $account, $weight ] = array_pad( preg_split( '/\s+/', $line ), 3, '' );
			$rows[]                         = array(
				'network' => $network,
				'account' => $account,
				'weight'  => '' === $weight ? 1 : (int) $weight,
			);
		}
		return array( $field( 'relay_on' ), str_replace( ',', '.', trim( $field( 'relay_amount' ) ) ), trim( $field( 'relay_unit' ) ), Settings::sanitize_payees( $rows ) );
	}

	/** Payees as they are typed: one on a line. */
	private static function as_lines( array $payees ): string {
		return implode( "\n", array_map( static fn( $payee ) => "$payee[network] $payee[account] $payee[weight]", $payees ) );
	}

	/** The fields. */
	private static function fields( string $column, string $type, array $choices, string $placeholder ): void {
		if ( self::COLUMN !== $column || ! in_array( $type, Paywall::post_types(), true ) ) {
			return;
		}
		echo '<fieldset class="inline-edit-col-right"><div class="inline-edit-col relay-edit"><span class="title inline-edit-categories-label">μPay</span>';
		echo '<input type="hidden" name="relay_nonce" value="' . esc_attr( wp_create_nonce( self::NONCE ) ) . '">';
		echo '<label><span class="title">' . esc_html__( 'Article', 'relay-payments' ) . '</span><select name="relay_on">';
		foreach ( $choices as $value => $label ) {
			echo '<option value="' . esc_attr( (string) $value ) . '">' . esc_html( $label ) . '</option>';
		}
		echo '</select></label><label><span class="title">' . esc_html__( 'Price', 'relay-payments' ) . '</span><input type="text" inputmode="decimal" size="10" name="relay_amount" placeholder="' . esc_attr( $placeholder ) . '"></label> ';
		echo Settings_Page::units( 'relay_unit', '', true ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there.
		echo '<label><span class="title">' . esc_html__( 'Payees', 'relay-payments' ) . '</span><textarea name="relay_payees" rows="2" cols="40" class="code" placeholder="hedera:mainnet 0.0.1234 1"></textarea></label>';
		echo '</div></fieldset>';
	}
}
