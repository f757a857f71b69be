<?php
/**
 * The table on the page of payments.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

if ( ! class_exists( '\WP_List_Table' ) ) {
	require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
}

/** As WordPress lists posts: sorted, searched, paged. */
final class Payments_List extends \WP_List_Table {

	private const PER_PAGE = 25;

	/** Name it. */
	public function __construct() {
		parent::__construct(
			array(
				'singular' => 'payment',
				'plural'   => 'payments',
				'ajax'     => false,
			)
		);
	}

	/** Columns by name. */
	public function get_columns(): array {
		return array(
			'created_at'     => __( 'When', 'relay-payments' ),
			'amount'         => __( 'Amount', 'relay-payments' ),
			'status'         => __( 'Status', 'relay-payments' ),
			'what'           => __( 'For', 'relay-payments' ),
			'payer'          => __( 'Payer', 'relay-payments' ),
			'transaction_id' => __( 'Transaction', 'relay-payments' ),
		);
	}

	/** Those it may be sorted by. */
	protected function get_sortable_columns(): array {
		return array(
			'created_at' => array( 'created_at', true ),
			'status'     => array( 'status', false ),
			'payer'      => array( 'payer', false ),
		);
	}

	/** Links to each status there is. */
	protected function get_views(): array {
		$now   = Payments_Page::wish()['status'];
		$views = array();
		$page  = admin_url( 'admin.php?page=' . Payments_Page::SLUG );
		$all   = Payments::statuses();
		foreach ( array( '' => array_sum( $all ) ) + $all as $status => $count ) {
			$label            = '' === $status ? __( 'All', 'relay-payments' ) : $status;
			$url              = '' === $status ? $page : add_query_arg( 'status', $status, $page );
			$views[ $status ] = sprintf( '<a href="%s"%s>%s <span class="count">(%s)</span></a>', esc_url( $url ), $now === $status ? ' class="current" aria-current="page"' : '', esc_html( $label ), esc_html( number_format_i18n( $count ) ) );
		}
		return $views;
	}

	/** Read this page's rows. */
	public function prepare_items(): void {
		// phpcs:disable WordPress.Security.NonceVerification -- reading changes nothing.
		$sort  = sanitize_key( wp_unslash( $_GET['orderby'] ?? '' ) );
		$order = 'asc' === strtolower( sanitize_key( wp_unslash( $_GET['order'] ?? '' ) ) ) ? 'ASC' : 'DESC';
		// phpcs:enable
		$wish                  = Payments_Page::wish();
		$sort                  = isset( $this->get_sortable_columns()[ $sort ] ) ? $sort : 'created_at';
		$this->_column_headers = array( $this->get_columns(), array(), $this->get_sortable_columns(), 'created_at' );
		$this->items           = Payments::find( $wish, self::PER_PAGE, ( $this->get_pagenum() - 1 ) * self::PER_PAGE, $sort, $order );
		$this->set_pagination_args(
			array(
				'total_items' => Payments::count( $wish ),
				'per_page'    => self::PER_PAGE,
			)
		);
	}

	/** Where there are none. */
	public function no_items(): void {
		esc_html_e( 'No payments here yet.', 'relay-payments' );
	}

	/** A plain cell. */
	protected function column_default( $item, $column_name ): string {
		return '<code title="' . esc_attr( $item[ $column_name ] ) . '">' . esc_html( self::shortened( $item[ $column_name ] ) ) . '</code>';
	}

	/** When it began, in the site's time. */
	protected function column_created_at( array $item ): string {
		$format = get_option( 'date_format' ) . ' ' . get_option( 'time_format' );
		return esc_html( get_date_from_gmt( $item['created_at'], $format ) );
	}

	/** How much, and the price it was for. */
	protected function column_amount( array $item ): string {
		$price = '' === $item['price'] ? '' : '<br><span class="description">' . esc_html( $item['price'] ) . '</span>';
		return '<strong>' . esc_html( Assets::show( $item['network'], $item['asset'], $item['amount'] ) ) . "</strong>$price";
	}

	/** Its status. */
	protected function column_status( array $item ): string {
		$partly = 'settled' === $item['status'] && 'partial' === $item['invoice_status'] ? ' ' . __( 'in part', 'relay-payments' ) : '';
		return '<span class="relay-status relay-status-' . esc_attr( $item['status'] ) . '">' . esc_html( $item['status'] . $partly ) . '</span>';
	}

	/** What was paid for. */
	protected function column_what( array $item ): string {
		if ( $item['order_id'] > 0 ) {
			/* translators: %d: number of an order */
			$text = sprintf( __( 'Order %d', 'relay-payments' ), $item['order_id'] );
			$link = function_exists( 'wc_get_order' ) && wc_get_order( $item['order_id'] ) ? wc_get_order( $item['order_id'] )->get_edit_order_url() : '';
			return '' === $link ? esc_html( $text ) : '<a href="' . esc_url( $link ) . '">' . esc_html( $text ) . '</a>';
		}
		$title = $item['post_id'] > 0 ? get_the_title( (int) $item['post_id'] ) : '';
		$link  = (string) get_edit_post_link( (int) $item['post_id'] );
		return '' === $title ? '—' : '<a href="' . esc_url( $link ) . '">' . esc_html( $title ) . '</a>';
	}

	/** A text that fits in a cell; the whole of it is in the CSV. */
	private static function shortened( string $text ): string {
		return strlen( $text ) > 22 ? substr( $text, 0, 12 ) . '…' . substr( $text, -8 ) : $text;
	}
}
