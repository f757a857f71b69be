<?php
/**
 * The relay, spoken to from this server with the merchant's key.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Every call is bounded; a relay that is away is not waited for by every visitor. */
final class Relay {

	private const TIMEOUT    = 8;
	private const AWAY       = 'relay_payments_away';
	private const AWAY_FOR   = 10;
	private const KEYS       = 'relay_payments_jwks';
	private const MERCHANT   = 'relay_payments_merchant';
	private const KEYS_FRESH = HOUR_IN_SECONDS;
	private const KEYS_RETRY = MINUTE_IN_SECONDS; // Between two fetches for a key that is not known.

	/**
	 * Read something; the decoded answer.
	 *
	 * @param string $path Such as /v1/networks.
	 */
	public static function get( string $path ): array|\WP_Error {
		return self::call( 'GET', $path, null, array() );
	}

	/**
	 * Make something; the decoded answer.
	 *
	 * @param string $path Such as /v1/invoices.
	 * @param array  $body Becomes JSON.
	 * @param string $once Idempotency key; the same one within a day gets the same answer.
	 */
	public static function post( string $path, array $body, string $once = '' ): array|\WP_Error {
		return self::call( 'POST', $path, $body, '' === $once ? array() : array( 'Idempotency-Key' => $once ) );
	}

	/** Forget that it was away: its address has changed, or somebody asks it expressly. */
	public static function try_again(): void {
		delete_transient( self::AWAY );
	}

	/** Its address, without a slash at the end: the issuer of its tokens. */
	public static function url(): string {
		return untrailingslashit( Settings::get( 'relay_url' ) );
	}

	/** What it calls this merchant, from the last invoice it made; with it a reader's wallet gets his access back. */
	public static function merchant(): string {
		$kept = get_option( self::MERCHANT, array() );
		return is_array( $kept ) && ( $kept['url'] ?? null ) === self::url() ? (string) $kept['id'] : '';
	}

	/**
	 * Remember it.
	 *
	 * @param array $invoice As the relay answered.
	 */
	public static function keep_merchant( array $invoice ): void {
		$id = (string) ( $invoice['merchant'] ?? '' );
		if ( '' !== $id && self::merchant() !== $id ) {
			update_option( self::MERCHANT, array( 'url' => self::url(), 'id' => $id ), true );
		}
	}

	/** The keys of its access tokens. Old ones are used while it is away: who paid may read. */
	public static function jwks(): array {
		$kept = self::kept_keys();
		if ( time() - $kept['at'] < self::KEYS_FRESH ) {
			return $kept['jwks'];
		}
		return self::fetch_keys( $kept );
	}

	/** The same after a token named a key that is not among them; asks at most once a minute. */
	public static function newer_jwks(): array {
		$kept = self::kept_keys();
		return time() - $kept['tried'] < self::KEYS_RETRY ? $kept['jwks'] : self::fetch_keys( $kept );
	}

	/** What is remembered of this relay's keys. */
	private static function kept_keys(): array {
		$kept = get_option( self::KEYS, array() );
		$ours = is_array( $kept ) && ( $kept['url'] ?? null ) === self::url();
		return $ours ? $kept : array(
			'url'   => self::url(),
			'at'    => 0,
			'tried' => 0,
			'jwks'  => array( 'keys' => array() ),
		);
	}

	/**
	 * Fetch the keys and remember them, and the attempt.
	 *
	 * @param array $kept What is remembered so far.
	 */
	private static function fetch_keys( array $kept ): array {
		$answer        = self::get( '/.well-known/jwks.json' );
		$kept['tried'] = time();
		if ( ! is_wp_error( $answer ) && is_array( $answer['keys'] ?? null ) ) {
			$kept['at']   = time();
			$kept['jwks'] = $answer;
		}
		update_option( self::KEYS, $kept, true );
		return $kept['jwks'];
	}

	/**
	 * One request.
	 *
	 * @param string     $method  GET or POST.
	 * @param string     $path    Below the relay's address.
	 * @param array|null $body    Becomes JSON.
	 * @param array      $headers More of them.
	 */
	private static function call( string $method, string $path, ?array $body, array $headers ): array|\WP_Error {
		$away = new \WP_Error( 'relay_payments_away', __( 'The payment server cannot be reached right now. Please try again in a moment.', 'relay-payments' ), array( 'status' => 503 ) );
		if ( '' === self::url() || get_transient( self::AWAY ) ) {
			return $away;
		}
		$key = Settings::api_key();
		if ( '' !== $key && ! str_starts_with( $path, '/.well-known/' ) ) {
			$headers['Authorization'] = "Bearer $key";
		}
		$answer = wp_remote_request(
			self::url() . $path,
			array(
				'method'              => $method,
				'timeout'             => self::TIMEOUT,
				'redirection'         => 0,
				'limit_response_size' => 2 * MB_IN_BYTES,
				'headers'             => $headers + array( 'Content-Type' => 'application/json' ),
				'body'                => null === $body ? null : wp_json_encode( $body ),
			)
		);
		if ( is_wp_error( $answer ) ) {
			set_transient( self::AWAY, 1, self::AWAY_FOR );
			return $away;
		}
		$said   = json_decode( wp_remote_retrieve_body( $answer ), true );
		$status = (int) wp_remote_retrieve_response_code( $answer );
		if ( $status < 200 || $status > 299 || ! is_array( $said ) ) {
			$detail = is_array( $said ) ? (string) ( $said['detail'] ?? '' ) : '';
			/* translators: 1: HTTP status, 2: what the relay said */
			$text = sprintf( __( 'The relay declined (%1$d): %2$s', 'relay-payments' ), $status, $detail );
			return new \WP_Error( 'relay_payments_refused', $text, array( 'status' => 503, 'relay' => $status, 'code' => (string) ( $said['code'] ?? '' ) ) );
		}
		return $said;
	}
}
