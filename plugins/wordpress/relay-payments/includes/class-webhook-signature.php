<?php
/**
 * Standard Webhooks, verified: https://www.standardwebhooks.com
 *
 * @package RelayPayments
 */

namespace RelayPayments;

/** Needs nothing of WordPress; tests/vectors/webhooks.json is its specification. */
final class Webhook_Signature {

	public const TOLERANCE = 300; // Seconds a message may be old, or ahead of this clock.

	/**
	 * The message's id if one of the keys signed exactly this, just now; else null.
	 *
	 * @param array    $headers Lower-case names: webhook-id, webhook-timestamp, webhook-signature.
	 * @param string   $body    The bytes as received.
	 * @param string[] $keys    Of these forms: whsec_… (HMAC, v1) and whpk_… (ed25519, v1a).
	 * @param int      $now     Unix seconds.
	 */
	public static function verify( array $headers, string $body, array $keys, int $now ): ?string {
		$id   = (string) ( $headers['webhook-id'] ?? '' );
		$time = (string) ( $headers['webhook-timestamp'] ?? '' );
		if ( '' === $id || strlen( $id ) > 200 || ! preg_match( '/^[1-9][0-9]{0,11}$/D', $time ) || abs( $now - (int) $time ) > self::TOLERANCE ) {
			return null;
		}
		foreach ( explode( ' ', (string) ( $headers['webhook-signature'] ?? '' ) ) as $signature ) {
			[ $version, $text ] = array_pad( explode( ',', $signature, 2 ), 2, '' );
			$signed             = base64_decode( $text, true );
			foreach ( $keys as $key ) {
				if ( is_string( $signed ) && self::fits( $version, $signed, "$id.$time.$body", $key ) ) {
					return $id;
				}
			}
		}
		return null;
	}

	/** Whether this key made this signature; a key that is none, or empty, made nothing. */
	private static function fits( string $version, string $signed, string $message, string $key ): bool {
		[ $kind, $text ] = array_pad( explode( '_', $key, 2 ), 2, '' );
		$raw             = (string) base64_decode( $text, true );
		if ( strlen( $raw ) < 24 ) {
			return false;
		}
		return match ( "$version $kind" ) {
			'v1 whsec' => hash_equals( hash_hmac( 'sha256', $message, $raw, true ), $signed ),
			'v1a whpk' => SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES === strlen( $raw ) && SODIUM_CRYPTO_SIGN_BYTES === strlen( $signed )
				&& sodium_crypto_sign_verify_detached( $signed, $message, $raw ),
			default => false,
		};
	}
}
