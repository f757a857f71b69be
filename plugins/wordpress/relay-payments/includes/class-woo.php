<?php
/**
 * WooCommerce: where it is, orders are paid through the relay, and move when the relay tells of their payments.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 * An order has one current invoice; money for any other is only noted. An order moves by what was read at the relay, not by
 * what a webhook says, and only as long as this is how it is being paid:
 *
 *     settled   payment complete        partial   on hold, with what is missing
 *     ended     failed, if it is still pending and paid no other way; never cancelled, so that it can be tried again
 *     reverted  on hold: the chain took the money back
 *
 * And where the order is cancelled, or paid another way, its invoice is cancelled at the relay: nobody shall pay it then.
 */
final class Woo {

	public const ID       = 'relay_payments';
	public const INVOICE  = '_relay_payments_invoice';
	private const PAYABLE = array( 'pending', 'on-hold', 'failed' );

	/** Listen; without WooCommerce nothing of it ever happens. */
	public static function start(): void {
		add_filter( 'woocommerce_payment_gateways', array( self::class, 'add_gateway' ) );
		add_action( 'before_woocommerce_init', array( self::class, 'declare_features' ) );
		add_action( 'woocommerce_blocks_payment_method_type_registration', array( self::class, 'add_to_blocks' ) );
		add_action( 'woocommerce_order_status_changed', array( self::class, 'moved' ), 10, 4 );
		add_action( 'woocommerce_thankyou_' . self::ID, array( self::class, 'thank' ) );
		add_action( 'relay_payments_recorded', array( self::class, 'payment' ), 10, 2 );
		add_action( 'relay_payments_ended', array( self::class, 'ended' ) );
	}

	/** The way to pay. */
	public static function add_gateway( array $gateways ): array {
		return array_merge( $gateways, array( Woo_Gateway::class ) );
	}

	/** Orders are asked through WooCommerce only, wherever it keeps them. */
	public static function declare_features(): void {
		if ( class_exists( '\Automattic\WooCommerce\Utilities\FeaturesUtil' ) ) {
			foreach ( array( 'custom_order_tables', 'cart_checkout_blocks' ) as $feature ) {
				\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( $feature, FILE, true );
			}
		}
	}

	/** The same in the checkout made of blocks. */
	public static function add_to_blocks( object $registry ): void {
		if ( class_exists( '\Automattic\WooCommerce\Blocks\Payments\Integrations\AbstractPaymentMethodType' ) ) {
			$registry->register( new Woo_Blocks() );
		}
	}

	/**
	 * The invoice an order is paid by: the current one while it can be, else a new one; an error where there is none.
	 *
	 * @param \WC_Order $order Which.
	 */
	public static function invoice( \WC_Order $order ): array|\WP_Error {
		$price   = wc_format_decimal( $order->get_total(), 2 );
		$terms   = Terms::of_price( (string) $price, $order->get_currency() );
		$current = (string) $order->get_meta( self::INVOICE );
		if ( '' !== $current ) {
			$invoice = Relay::get( '/v1/invoices/' . rawurlencode( $current ) );
			if ( is_wp_error( $invoice ) ) {
				return $invoice; // Not knowing what became of it, we do not ask for the money twice.
			}
			$same = (array) ( $invoice['price'] ?? array() ) === array( 'amount' => (string) $price, 'currency' => $order->get_currency() );
			if ( in_array( $invoice['status'], array( 'partial', 'processing', 'settled' ), true ) || ( 'created' === $invoice['status'] && $same ) ) {
				return $invoice;
			}
			if ( 'created' === $invoice['status'] ) {
				$order->delete_meta_data( self::INVOICE ); // First: or the news of its end would count as the order's.
				$order->save();
				$cancelled = Relay::post( '/v1/invoices/' . rawurlencode( $current ) . '/cancel', array() );
				if ( is_wp_error( $cancelled ) ) { // Somebody pays it just now.
					$order->update_meta_data( self::INVOICE, $current );
					$order->save();
					return $cancelled;
				}
			}
		}
		$wish = $terms->wish();
		if ( is_wp_error( $wish ) ) {
			return $wish;
		}
		$site    = (string) wp_parse_url( home_url(), PHP_URL_HOST );
		$wish    = $wish + array(
			'redirectUrl' => $order->get_checkout_order_received_url(),
			'policy'      => array( 'partial' => 'accept' ), // Whoever pays from an exchange sends what is left of it.
			'orderId'     => substr( "$site/" . $order->get_id() . "/$price " . $order->get_currency(), -200 ),
			'metadata'    => array(
				'wordpressOrder' => (string) $order->get_id(),
				'order'          => (string) $order->get_order_number(),
			),
		);
		$invoice = Relay::post( '/v1/invoices', $wish, hash( 'sha256', "order $current " . wp_json_encode( $wish ) ) );
		if ( ! is_wp_error( $invoice ) ) {
			$order->update_meta_data( self::INVOICE, $invoice['id'] );
			$order->save();
		}
		return $invoice;
	}

	/**
	 * A payment of an order was written down. Where PHP died in here before, all of this happens again: so every step looks
	 * whether it was taken.
	 *
	 * @param array      $payment As the relay answers.
	 * @param array|null $invoice The same.
	 */
	public static function payment( array $payment, ?array $invoice ): void {
		$order = self::order_of( $invoice );
		if ( null === $order ) {
			return;
		}
		$sum = Assets::show( $payment['network'], $payment['asset'], $payment['amount'] );
		if ( $order->get_meta( self::INVOICE ) !== $invoice['id'] ) {
			/* translators: 1: an amount, 2: id of an invoice */
			self::note_if_settled( $order, $payment, sprintf( __( '%1$s arrived for invoice %2$s, which this order does not use any more. Please look at it and pay it back if it is not due.', 'relay-payments' ), $sum, $invoice['id'] ) );
			return;
		}
		if ( $order->get_payment_method() !== self::ID ) {
			/* translators: 1: an amount */
			self::note_if_settled( $order, $payment, sprintf( __( '%1$s arrived through the relay, but this order is paid another way.', 'relay-payments' ), $sum ) );
			return;
		}
		match ( $payment['status'] ) {
			'settled'  => self::settled( $order, $payment, $invoice, $sum ),
			/* translators: %s: an amount */
			'reverted' => Woo_Notes::move( $order, 'on-hold', self::news( $payment ), sprintf( __( 'The chain took the payment of %s back.', 'relay-payments' ), $sum ) ),
			'failed', 'rejected', 'expired' => Woo_Notes::add(
				$order,
				self::news( $payment ),
				/* translators: 1: an amount, 2: why */
				sprintf( __( 'A payment of %1$s did not go through (%2$s). The invoice is open again.', 'relay-payments' ), $sum, (string) ( $payment['reason'] ?? $payment['status'] ) )
			),
			default    => null,
		};
	}

	/**
	 * An invoice ended unpaid. An order that was paid, or is being paid, another way is none of its business.
	 *
	 * @param array $invoice As the relay answers.
	 */
	public static function ended( array $invoice ): void {
		$order = self::order_of( $invoice );
		if ( null === $order || $order->get_meta( self::INVOICE ) !== $invoice['id'] || $order->get_payment_method() !== self::ID ) {
			return;
		}
		if ( $order->is_paid() || null !== $order->get_date_paid() || ! $order->has_status( array( 'pending', 'failed' ) ) || ! in_array( $invoice['status'], array( 'expired', 'cancelled' ), true ) ) {
			return;
		}
		Woo_Notes::move( $order, 'failed', "$invoice[id] ended", __( 'The invoice ended before it was paid. The customer can try again.', 'relay-payments' ) );
	}

	/** Money for the order's current invoice is there: all of it, or not. */
	private static function settled( \WC_Order $order, array $payment, array $invoice, string $sum ): void {
		$news = self::news( $payment );
		if ( $order->is_paid() || $order->has_status( 'refunded' ) ) {
			if ( ! self::is_what_paid( $order, $payment, $invoice ) && ! Woo_Notes::has( $order, $news ) ) {
				/* translators: 1: an amount, 2: a transaction */
				Woo_Notes::add( $order, "$news more", sprintf( __( 'Another %1$s arrived for this order, which needs no more: %2$s.', 'relay-payments' ), $sum, $payment['transactionId'] ) );
			}
			return;
		}
		$price = (array) ( $invoice['price'] ?? array() );
		$due   = (string) wc_format_decimal( $order->get_total(), 2 );
		$fits  = ( $price['amount'] ?? '' ) === $due && ( $price['currency'] ?? '' ) === $order->get_currency();
		if ( 'settled' !== $invoice['status'] ) {
			$left = Assets::show( $invoice['network'], $invoice['asset'], $invoice['remaining'] );
			/* translators: 1: an amount, 2: another */
			Woo_Notes::move( $order, 'on-hold', "$news part", sprintf( __( 'Underpaid: %1$s arrived, %2$s is missing.', 'relay-payments' ), $sum, $left ) );
		} elseif ( ! $fits || ! $order->has_status( self::PAYABLE ) ) {
			/* translators: 1: an amount, 2: a price */
			Woo_Notes::move( $order, 'on-hold', "$news unfit", sprintf( __( '%1$s arrived, the price of %2$s, but the order has changed since, or has ended. Please look at it.', 'relay-payments' ), $sum, implode( ' ', $price ) ) );
		} else {
			/* translators: 1: an amount, 2: a network, 3: flags such as over */
			Woo_Notes::add( $order, "$invoice[id] $news paid", trim( sprintf( __( 'Paid: %1$s on %2$s. %3$s', 'relay-payments' ), $sum, $payment['network'], implode( ', ', (array) ( $invoice['flags'] ?? array() ) ) ) ) );
			$order->payment_complete( $payment['transactionId'] );
		}
	}

	/**
	 * An order moved, by whomever. What must not be paid any more is cancelled at the relay, if nobody pays it just now.
	 *
	 * @param int       $id    Its number.
	 * @param string    $from  Where it was.
	 * @param string    $to    Where it is.
	 * @param \WC_Order $order The order.
	 */
	public static function moved( int $id, string $from, string $to, \WC_Order $order ): void {
		$invoice   = (string) $order->get_meta( self::INVOICE );
		$otherwise = $order->is_paid() && $order->get_payment_method() !== self::ID;
		if ( '' !== $invoice && ( 'cancelled' === $to || $otherwise ) ) {
			Relay::post( '/v1/invoices/' . rawurlencode( $invoice ) . '/cancel', array() );
		}
	}

	/**
	 * On the page of a received order: how its payment stands, asked at the relay, as the customer may be here before its news.
	 *
	 * @param int $order_id Which.
	 */
	public static function thank( int $order_id ): void {
		$order = wc_get_order( $order_id );
		$id    = $order instanceof \WC_Order && ! $order->is_paid() ? (string) $order->get_meta( self::INVOICE ) : '';
		if ( '' === $id ) {
			return;
		}
		Ledger::look_at_invoice( $id );
		$invoice = Relay::get( '/v1/invoices/' . rawurlencode( $id ) );
		$said    = match ( is_wp_error( $invoice ) ? '' : $invoice['status'] ) {
			'settled'    => __( 'Your payment has arrived. Thank you.', 'relay-payments' ),
			'processing' => __( 'Your payment is on its way. Reload this page in a moment to see that it has arrived.', 'relay-payments' ),
			'partial'    => __( 'A part of your payment has arrived.', 'relay-payments' ),
			'created'    => __( 'This order is not paid yet.', 'relay-payments' ),
			default      => '',
		};
		if ( '' === $said ) {
			return;
		}
		$link = match ( $invoice['status'] ) {
			'partial' => __( 'Pay the rest', 'relay-payments' ),
			'created' => __( 'Pay now', 'relay-payments' ),
			default   => '',
		};
		$link = '' === $link ? '' : sprintf( ' <a href="%s">%s</a>', esc_url( $invoice['url'] ), esc_html( $link ) );
		printf( '<p class="relay-payments-order" role="status">%s%s</p>', esc_html( $said ), wp_kses_post( $link ) );
	}

	/** Whether the order was paid by this payment, or by others of its invoice that need it: money that is no more than was asked. */
	private static function is_what_paid( \WC_Order $order, array $payment, array $invoice ): bool {
		$by = (string) $order->get_transaction_id();
		return $by === $payment['transactionId'] || ( Payments::has_paid( $by, $invoice['id'] ) && ! in_array( 'over', (array) ( $invoice['flags'] ?? array() ), true ) );
	}

	/** A note, where money really arrived. */
	private static function note_if_settled( \WC_Order $order, array $payment, string $text ): void {
		if ( 'settled' === $payment['status'] ) {
			Woo_Notes::add( $order, self::news( $payment ), $text );
		}
	}

	/** What a note is about: this payment since it stands as it does. */
	private static function news( array $payment ): string {
		return "$payment[payment] $payment[status] $payment[updatedAt]";
	}

	/** The order an invoice is for, where WooCommerce is and knows it. */
	private static function order_of( ?array $invoice ): ?\WC_Order {
		$id    = absint( $invoice['metadata']['wordpressOrder'] ?? 0 );
		$order = $id > 0 && function_exists( 'wc_get_order' ) ? wc_get_order( $id ) : null;
		return $order instanceof \WC_Order ? $order : null;
	}
}
