<?php
/**
 * From the relay's word to this site's books: reads a payment and its invoice there, writes it down here, tells who listens.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 * Other plugins may listen to the action `relay_payments_recorded` ( $payment, $invoice ). They are told of each state of a
 * payment and its invoice, and never by two requests at once; again only where PHP died before all of them had heard.
 */
final class Ledger {

	/** Read a payment at the relay and write it down; null once done, else what went wrong. */
	public static function look_at_payment( string $id ): ?\WP_Error {
		$payment = Relay::get( '/v1/payments/' . rawurlencode( $id ) );
		if ( is_wp_error( $payment ) ) {
			return $payment;
		}
		return Turn::take( (string) ( $payment['invoice'] ?? $id ), static fn() => self::tell( $payment ) );
	}

	/**
	 * Write it down, tell who listens, and note that all have heard: in this order, as PHP may die at any line.
	 *
	 * @param array $payment As just read; its invoice is read in turn, so that nobody writes down an older state of it after.
	 */
	private static function tell( array $payment ): ?\WP_Error {
		$invoice = null;
		if ( is_string( $payment['invoice'] ?? null ) ) {
			$invoice = Relay::get( '/v1/invoices/' . rawurlencode( $payment['invoice'] ) );
			if ( is_wp_error( $invoice ) ) {
				return $invoice;
			}
		}
		Payments::record( $payment, $invoice );
		if ( Told::lacks( $payment, $invoice ) ) {
			do_action( 'relay_payments_recorded', $payment, $invoice );
			Told::note( $payment, $invoice );
		}
		return null;
	}

	/** Read an invoice that ended unpaid, and tell who listens to `relay_payments_ended` ( $invoice ). */
	public static function look_at_ended( string $id ): ?\WP_Error {
		return Turn::take( $id, static fn() => self::tell_of_end( $id ) );
	}

	/** The same, in turn. */
	private static function tell_of_end( string $id ): ?\WP_Error {
		$invoice = Relay::get( '/v1/invoices/' . rawurlencode( $id ) );
		if ( is_wp_error( $invoice ) ) {
			return $invoice;
		}
		do_action( 'relay_payments_ended', $invoice );
		return null;
	}

	/** Look at all payments of an invoice; a relay that is away changes nothing. */
	public static function look_at_invoice( string $id ): void {
		$payments = Relay::get( '/v1/payments?limit=20&invoice=' . rawurlencode( $id ) );
		foreach ( is_wp_error( $payments ) ? array() : (array) $payments['data'] as $payment ) {
			self::look_at_payment( (string) $payment['payment'] );
		}
	}
}
