<?php
/**
 * Invoices for readers: one per visitor and article, made on this server with the merchant's key.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** The page says which article, and nothing else: neither a price nor a payee. */
final class Invoice_Desk {

	private const PER_MINUTE = 30;  // From one address.
	private const ALL_MINUTE = 600; // From everywhere.
	private const SOON       = 120; // Seconds before its end at which an invoice is not handed out again.

	/** Answer POST /posts/{id}/invoice. */
	public static function serve( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$post = Routes::article( $request );
		if ( is_wp_error( $post ) ) {
			return $post;
		}
		if ( ! Access::is_of_this_site( $request ) ) {
			return new \WP_Error( 'forbidden', __( 'Only pages of this site may ask this.', 'relay-payments' ), array( 'status' => 403 ) );
		}
		if ( ! self::admits() ) {
			return new \WP_Error( 'rate_limited', __( 'Too many requests. Please wait a minute.', 'relay-payments' ), array( 'status' => 429 ) );
		}
		$visitor = Visitor::current();
		$terms   = Terms::of_post( $post->ID );
		$invoice = self::open_one( $visitor, $post->ID, $terms ) ?? self::new_one( $visitor, $post, $terms );
		if ( is_wp_error( $invoice ) ) {
			return self::for_visitors( $invoice );
		}
		$visitor->keep_invoice( $post->ID, $invoice['id'], $terms->fingerprint() );
		$visitor->remember();
		unset( $invoice['metadata'], $invoice['webhookUrl'], $invoice['customerId'], $invoice['orderId'] );
		return new \WP_REST_Response( $invoice );
	}

	/** The visitor's invoice for this article, if it can still be paid under these terms, or is paid. */
	private static function open_one( Visitor $visitor, int $post_id, Terms $terms ): ?array {
		$id = $visitor->invoice( $post_id, $terms->fingerprint() );
		if ( null === $id ) {
			return null;
		}
		$invoice = Relay::get( '/v1/invoices/' . rawurlencode( $id ) );
		$ours    = ! is_wp_error( $invoice ) && Payments::content_of( $post_id ) === ( $invoice['contentId'] ?? null );
		if ( ! $ours || ! isset( $invoice['secret'] ) || ( $invoice['metadata']['wordpressVisitor'] ?? '' ) !== $visitor->name() ) {
			return null;
		}
		return match ( $invoice['status'] ) {
			'created' => strtotime( $invoice['expiresAt'] ) - time() > self::SOON ? $invoice : null,
			'partial', 'processing', 'settled' => $invoice,
			default => null,
		};
	}

	/** A new invoice; two clicks at once get the same one. */
	private static function new_one( Visitor $visitor, \WP_Post $post, Terms $terms ): array|\WP_Error {
		$wish = $terms->wish();
		if ( is_wp_error( $wish ) ) {
			return $wish;
		}
		$user = Access::user();
		$wish = $wish + array(
			'contentId'   => Payments::content_of( $post->ID ),
			'origin'      => Settings::origin(),
			'redirectUrl' => get_permalink( $post ),
			'metadata'    => array_filter(
				array(
					'wordpressVisitor' => $visitor->name(),
					'wordpressUser'    => $user > 0 ? (string) $user : '',
					'title'            => mb_substr( wp_strip_all_tags( get_the_title( $post ) ), 0, 200 ),
				)
			),
		);
		// The minute is in it, since a visitor who keeps no new cookie would else be given one invoice for as long as the
		// relay remembers the key, ended or not. Clicks across its turn make two: each can be paid, and one runs out.
		$before = (string) $visitor->invoice( $post->ID );
		$once   = hash( 'sha256', implode( '|', array( $visitor->name(), wp_json_encode( $wish ), $before, intdiv( time(), MINUTE_IN_SECONDS ) ) ) );
		$made   = Relay::post( '/v1/invoices', $wish, $once );
		if ( ! is_wp_error( $made ) ) {
			Relay::keep_merchant( $made );
		}
		return $made;
	}

	/** Whether this address, and all together, may ask once more this minute. */
	private static function admits(): bool {
		$minute  = intdiv( time(), MINUTE_IN_SECONDS );
		$remote  = sanitize_text_field( wp_unslash( $_SERVER['REMOTE_ADDR'] ?? '' ) );
		$address = (string) apply_filters( 'relay_payments_client_address', $remote );
		foreach ( array(
			'relay_payments_rate_' . substr( hash_hmac( 'sha256', $address, wp_salt( 'nonce' ) ), 0, 16 ) => self::PER_MINUTE,
			'relay_payments_rate_all' => self::ALL_MINUTE,
		) as $name => $most ) {
			[ $when, $count ] = (array) get_transient( $name ) + array( 0, 0 );
			$count            = $when === $minute ? $count + 1 : 1;
			if ( $count > $most ) {
				return false;
			}
			set_transient( $name, array( $minute, $count ), 2 * MINUTE_IN_SECONDS );
		}
		return true;
	}

	/** What went wrong, without what only the owner should read; he finds that with the connection test and in the log. */
	private static function for_visitors( \WP_Error $error ): \WP_Error {
		if ( 'relay_payments_away' === $error->get_error_code() ) {
			return $error;
		}
		if ( defined( 'WP_DEBUG' ) && WP_DEBUG ) {
			error_log( 'relay-payments: no invoice: ' . $error->get_error_message() ); // phpcs:ignore WordPress.PHP.DevelopmentFunctions
		}
		return new \WP_Error( 'not_for_sale', __( 'This article cannot be bought right now. The site’s owner has to look at the payment settings.', 'relay-payments' ), array( 'status' => 503 ) );
	}
}
