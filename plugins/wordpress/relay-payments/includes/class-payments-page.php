<?php
/**
 * The list of payments, their totals, and all of them as a table for a spreadsheet.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Relay Payments > Payments; for administrators. */
final class Payments_Page {

	public const SLUG    = 'relay-payments';
	private const ACTION = 'relay_payments_csv';
	private const CHUNK  = 500; // Rows in memory at a time.

	/** Listen. */
	public static function start(): void {
		add_action( 'admin_menu', array( self::class, 'add_menu' ) );
		add_action( 'admin_enqueue_scripts', array( self::class, 'load' ) );
		add_action( 'admin_post_' . self::ACTION, array( self::class, 'send_csv' ) );
	}

	/** The menu: payments first, settings below. */
	public static function add_menu(): void {
		$may = 'manage_options';
		add_menu_page( __( 'Payments', 'relay-payments' ), __( 'Relay Payments', 'relay-payments' ), $may, self::SLUG, array( self::class, 'show' ), 'dashicons-money-alt', 58 );
		add_submenu_page( self::SLUG, __( 'Payments', 'relay-payments' ), __( 'Payments', 'relay-payments' ), $may, self::SLUG, array( self::class, 'show' ) );
		add_submenu_page( self::SLUG, __( 'Relay Payments', 'relay-payments' ), __( 'Settings', 'relay-payments' ), $may, Settings_Page::SLUG, array( Settings_Page::class, 'show' ) );
	}

	/** What the page loads. */
	public static function load( string $hook ): void {
		if ( 'toplevel_page_' . self::SLUG === $hook ) {
			wp_enqueue_style( 'relay-payments-admin', plugins_url( 'assets/admin.css', FILE ), array(), VERSION );
		}
	}

	/** The page. */
	public static function show(): void {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not see payments.', 'relay-payments' ) );
		}
		$list = new Payments_List();
		$list->prepare_items();
		$csv = wp_nonce_url( add_query_arg( array_filter( array( 'action' => self::ACTION ) + self::wish() ), admin_url( 'admin-post.php' ) ), self::ACTION );
		echo '<div class="wrap"><h1 class="wp-heading-inline">' . esc_html__( 'Payments', 'relay-payments' ) . '</h1> ';
		echo '<a class="page-title-action" href="' . esc_url( $csv ) . '">' . esc_html__( 'Download as CSV', 'relay-payments' ) . '</a><hr class="wp-header-end">';
		self::show_totals();
		$list->views();
		echo '<form method="get"><input type="hidden" name="page" value="' . esc_attr( self::SLUG ) . '">';
		$list->search_box( __( 'Search payments', 'relay-payments' ), 'relay-payments' );
		$list->display();
		echo '</form></div>';
	}

	/** What the address asks: a status, and a text to search for. */
	public static function wish(): array {
		// phpcs:disable WordPress.Security.NonceVerification -- reading changes nothing.
		$status = sanitize_key( wp_unslash( $_GET['status'] ?? '' ) );
		$search = sanitize_text_field( wp_unslash( $_GET['s'] ?? '' ) );
		// phpcs:enable
		return array(
			'status' => in_array( $status, Payments::STATUSES, true ) ? $status : '',
			's'      => mb_substr( $search, 0, 200 ),
		);
	}

	/** All that is listed, as a file. Cells that a spreadsheet would calculate begin with an apostrophe. */
	public static function send_csv(): void {
		check_admin_referer( self::ACTION );
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not see payments.', 'relay-payments' ), '', array( 'response' => 403 ) );
		}
		nocache_headers();
		header( 'Content-Type: text/csv; charset=utf-8' );
		header( 'Content-Disposition: attachment; filename="payments-' . gmdate( 'Y-m-d' ) . '.csv"' );
		$columns = array( 'payment', 'invoice', 'status', 'invoice_status', 'post_id', 'order_id', 'user_id', 'network', 'asset', 'amount', 'price', 'payer', 'transaction_id', 'created_at', 'updated_at' );
		$out     = fopen( 'php://output', 'w' ); // phpcs:ignore WordPress.WP.AlternativeFunctions -- the answer itself.
		fputcsv( $out, array_merge( $columns, array( 'shown' ) ), ',', '"', '' );
		for ( $page = 0; ; $page++ ) {
			$rows = Payments::find( self::wish(), self::CHUNK, $page * self::CHUNK, 'id', 'ASC' );
			foreach ( $rows as $row ) {
				$cells   = array_map( static fn( $column ) => (string) $row[ $column ], $columns );
				$cells[] = Assets::show( $row['network'], $row['asset'], $row['amount'] );
				fputcsv( $out, array_map( static fn( $cell ) => preg_match( '/^[=+\-@\t\r]/', $cell ) ? "'$cell" : $cell, $cells ), ',', '"', '' );
			}
			if ( count( $rows ) < self::CHUNK ) {
				break;
			}
		}
		exit;
	}

	/** What has been settled, by coin. */
	private static function show_totals(): void {
		$totals = Payments::totals();
		if ( ! $totals ) {
			return;
		}
		echo '<dl class="relay-totals">';
		foreach ( $totals as $total ) {
			/* translators: %s: number of payments */
			$count = sprintf( _n( '%s payment settled', '%s payments settled', $total['payments'], 'relay-payments' ), number_format_i18n( $total['payments'] ) );
			echo '<div><dt>' . esc_html( $count ) . '</dt><dd>' . esc_html( Assets::show( $total['network'], $total['asset'], $total['amount'] ) ) . '</dd></div>';
		}
		echo '</dl>';
	}
}
