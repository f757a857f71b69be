<?php
/**
 * Access tokens, verified offline with libsodium: the same verdicts as relay/access.py and plugins/js/token.js.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

/** Needs nothing of WordPress; tests/vectors/tokens.json is its specification. */
final class Token {
	/**
	 * The claims of a token that opens `$scope` at `$audience` now, in Unix seconds; `$jwks` is /.well-known/jwks.json,
	 * decoded. Throws \DomainException with a code as its message. No leeway: the issuer dates tokens in its past.
	 */
	public static function verify( string $token, array $jwks, string $issuer, string $audience, string $scope, int|float $now ): object {
		$parts = strlen( $token ) <= 8192 ? explode( '.', $token ) : array();
		if ( 3 !== count( $parts ) ) {
			throw new \DomainException( 'malformed' );
		}
		$head      = self::read_object( $parts[0] );
		$signature = self::read_bytes( $parts[2] );
		if ( 64 !== strlen( $signature ) || ! is_string( $head->kid ?? null ) || property_exists( $head, 'crit' ) ) {
			throw new \DomainException( 'malformed' ); // RFC 7515 4.1.11: critical and not understood is refused.
		}
		$is_key = static fn( $key ) => ( $key['kid'] ?? null ) === $head->kid && 'Ed25519' === ( $key['crv'] ?? null );
		$key    = array_values( array_filter( $jwks['keys'] ?? array(), $is_key ) )[0] ?? null;
		if ( 'EdDSA' !== ( $head->alg ?? null ) || null === $key ) {
			throw new \DomainException( 'unknown_key' );
		}
		if ( ! sodium_crypto_sign_verify_detached( $signature, "$parts[0].$parts[1]", self::read_bytes( $key['x'] ) ) ) {
			throw new \DomainException( 'bad_signature' );
		}
		$claims = self::read_object( $parts[1] );
		$scopes = $claims->scope ?? null;
		return match ( true ) {
			( $claims->iss ?? null ) !== $issuer => throw new \DomainException( 'wrong_issuer' ),
			( $claims->aud ?? null ) !== $audience => throw new \DomainException( 'wrong_audience' ),
			! is_array( $scopes ) || ! in_array( $scope, $scopes, true ) => throw new \DomainException( 'wrong_scope' ),
			! is_int( $claims->exp ?? null ) || $now >= $claims->exp => throw new \DomainException( 'expired' ),
			default => $claims,
		};
	}

	/** Base64url in its only spelling. */
	private static function read_bytes( string $text ): string {
		try {
			return sodium_base642bin( $text, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING );
		} catch ( \SodiumException ) {
			throw new \DomainException( 'malformed' );
		}
	}

	/** The JSON object in one part of a token. */
	private static function read_object( string $text ): object {
		$value = json_decode( self::read_bytes( $text ) );
		return is_object( $value ) ? $value : throw new \DomainException( 'malformed' );
	}
}
