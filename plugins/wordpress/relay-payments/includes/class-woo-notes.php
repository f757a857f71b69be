<?php
/**
 * Notes of an order: each is written once, however often its news comes, because it says in itself what it is about.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** What a note is about is kept beside its text, where WordPress writes both together. */
final class Woo_Notes {

	private const ABOUT = '_relay_payments_about';

	/**
	 * Whether there is one that is about this.
	 *
	 * @param \WC_Order $order Whose.
	 * @param string    $about Or how it begins.
	 */
	public static function has( \WC_Order $order, string $about ): bool {
		global $wpdb;
		// Not by get_comments: WooCommerce hides its notes there, and what another request has just written counts, too.
		$found = $wpdb->get_var( // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			$wpdb->prepare(
				'SELECT c.comment_ID FROM %i c JOIN %i m ON m.comment_id = c.comment_ID WHERE c.comment_post_ID = %d AND m.meta_key = %s AND m.meta_value LIKE %s LIMIT 1',
				$wpdb->comments,
				$wpdb->commentmeta,
				$order->get_id(),
				self::ABOUT,
				$wpdb->esc_like( $about ) . '%'
			)
		);
		return null !== $found;
	}

	/**
	 * Write it, unless it is there.
	 *
	 * @param \WC_Order $order Whose.
	 * @param string    $about What no other note is about.
	 * @param string    $text  What the owner reads.
	 */
	public static function add( \WC_Order $order, string $about, string $text ): void {
		if ( ! self::has( $order, $about ) ) {
			self::marked( $about, $text, static fn() => $order->add_order_note( $text ) );
		}
	}

	/**
	 * Move the order, and say why; once that is said, it is for the owner to move it.
	 *
	 * @param \WC_Order $order  Whose.
	 * @param string    $status Where to.
	 * @param string    $about  What no other note is about.
	 * @param string    $text   What the owner reads.
	 */
	public static function move( \WC_Order $order, string $status, string $about, string $text ): void {
		if ( $order->has_status( $status ) ) { // WooCommerce drops the note of a status that stays.
			self::add( $order, $about, $text );
		} elseif ( ! self::has( $order, $about ) ) {
			self::marked( $about, $text, static fn() => $order->update_status( $status, $text ) ); // Which saves first, and then notes.
		}
	}

	/** Write a note, and let it be about this. Others may be written meanwhile, by whoever hears of a new status. */
	private static function marked( string $about, string $text, callable $write ): void {
		$mark = static function ( array $note ) use ( $about, $text ): array {
			if ( str_contains( (string) ( $note['comment_content'] ?? '' ), $text ) ) {
				$note['comment_meta'] = array( self::ABOUT => $about ) + (array) ( $note['comment_meta'] ?? array() );
			}
			return $note;
		};
		add_filter( 'woocommerce_new_order_note_data', $mark, 1 );
		try {
			$write();
		} finally {
			remove_filter( 'woocommerce_new_order_note_data', $mark, 1 );
		}
	}
}
