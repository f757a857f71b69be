<?php
/**
 * Who may read the paid part of an article now, and why.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Everything here is decided offline, except that a reader whose webhook is late is looked up once. */
final class Access {

	private const LOOK_EVERY = 3; // Seconds between two looks at one invoice that is not settled yet.

	/**
	 * Why this request may read the rest: token, editor, purchase or free; or an error that says what to do.
	 *
	 * @param \WP_Post         $post    The article.
	 * @param \WP_REST_Request $request With or without an access token.
	 */
	public static function reason( \WP_Post $post, \WP_REST_Request $request ): string|\WP_Error {
		$own     = self::is_of_this_site( $request );
		$user    = $own ? self::user() : 0;
		$visitor = Visitor::current();
		$refusal = null;
		$token   = self::bearer( $request );
		if ( null !== $token ) {
			try {
				self::check_token( $token, $post->ID );
				return 'token';
			} catch ( \DomainException $wrong ) {
				$refusal = $wrong->getMessage();
			}
		}
		if ( $user > 0 && user_can( $user, 'edit_post', $post->ID ) ) {
			return 'editor';
		}
		if ( $own ) {
			if ( $user > 0 ) {
				Payments::adopt( $user, $visitor->name() );
			}
			if ( Payments::opened( $post->ID, $user, $visitor->name() ) || self::settled_meanwhile( $post->ID, $user, $visitor ) ) {
				return 'purchase';
			}
			if ( Free_Articles::of( $user, $visitor )->includes( $post->ID ) ) {
				return 'free';
			}
		}
		return match ( $refusal ) {
			null => new \WP_Error( 'payment_required', __( 'This part of the article is for those who paid for it.', 'relay-payments' ), array( 'status' => 402 ) ),
			'expired' => new \WP_Error( 'token_expired', __( 'Your access has expired.', 'relay-payments' ), array( 'status' => 401 ) ),
			default => new \WP_Error( "token_$refusal", __( 'This access token does not open this article.', 'relay-payments' ), array( 'status' => 403 ) ),
		};
	}

	/**
	 * Whether a page of this site asks: cookies count for nobody else, whatever CORS allows.
	 *
	 * @param \WP_REST_Request $request Its headers tell.
	 */
	public static function is_of_this_site( \WP_REST_Request $request ): bool {
		$origin = $request->get_header( 'origin' );
		$from   = $request->get_header( 'sec_fetch_site' );
		return ( null === $origin || strtolower( $origin ) === Settings::origin() ) && in_array( $from, array( null, 'same-origin', 'none' ), true );
	}

	/** Who is signed in by cookie. REST forgets it without a nonce, and a nonce in the page would make it everybody's own. */
	public static function user(): int {
		$user = wp_validate_auth_cookie( '', 'logged_in' );
		return $user ? (int) $user : 0;
	}

	/** The token of an Authorization header. */
	private static function bearer( \WP_REST_Request $request ): ?string {
		$header = (string) $request->get_header( 'authorization' );
		return preg_match( '/^Bearer +(\S+)$/iD', $header, $found ) ? $found[1] : null;
	}

	/** Verify a token for an article; throws \DomainException with a code. */
	private static function check_token( string $token, int $post_id ): void {
		$expected = array( Relay::url(), Settings::origin(), 'content:' . Payments::content_of( $post_id ), microtime( true ) );
		try {
			$claims = Token::verify( $token, Relay::jwks(), ...$expected );
		} catch ( \DomainException $wrong ) {
			if ( 'unknown_key' !== $wrong->getMessage() ) {
				throw $wrong;
			}
			$claims = Token::verify( $token, Relay::newer_jwks(), ...$expected ); // The relay has a new key, perhaps.
		}
		if ( is_string( $claims->pay ?? null ) && Payments::is_reverted( $claims->pay ) ) {
			throw new \DomainException( 'revoked' );
		}
	}

	/** Whether the invoice open in this browser was paid and the webhook is not here yet. */
	private static function settled_meanwhile( int $post_id, int $user, Visitor $visitor ): bool {
		$invoice = $visitor->invoice( $post_id );
		$looked  = 'relay_payments_look_' . md5( (string) $invoice );
		if ( null === $invoice || get_transient( $looked ) ) {
			return false;
		}
		set_transient( $looked, 1, self::LOOK_EVERY );
		Ledger::look_at_invoice( $invoice );
		return Payments::opened( $post_id, $user, $visitor->name() );
	}
}
