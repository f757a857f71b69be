<?php
/**
 * What those who listen to this plugin have heard of each payment: all of them, to the end.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Kept in the payment's own row, and read from there past every cache: another request may have told meanwhile. */
final class Told {

	/**
	 * Whether there is something to tell. What is older than the row is no news.
	 *
	 * @param array      $payment As just recorded.
	 * @param array|null $invoice The same.
	 */
	public static function lacks( array $payment, ?array $invoice ): bool {
		global $wpdb;
		$found = $wpdb->get_var( // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			$wpdb->prepare(
				'SELECT id FROM %i WHERE payment = %s AND updated_at <= %s AND told <> %s',
				Payments::table(),
				$payment['payment'],
				Payments::moment( $payment['updatedAt'], 'Y-m-d H:i:s.u' ),
				self::news( $payment, $invoice )
			)
		);
		return null !== $found;
	}

	/**
	 * All have heard it.
	 *
	 * @param array      $payment As they were told.
	 * @param array|null $invoice The same.
	 */
	public static function note( array $payment, ?array $invoice ): void {
		global $wpdb;
		$wpdb->update( Payments::table(), array( 'told' => self::news( $payment, $invoice ) ), array( 'payment' => $payment['payment'] ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}

	/** How a payment and its invoice stand, in two words. */
	private static function news( array $payment, ?array $invoice ): string {
		return "$payment[status] " . ( $invoice['status'] ?? '-' );
	}
}
