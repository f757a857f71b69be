<?php
/**
 * Where the relay posts its events. What they say is never believed: they only tell what to read at the relay.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** 2xx ends a message, anything else brings it again later: so a failure of ours is a 5xx, and a repetition is fine. */
final class Webhook {

	public const LAST        = 'relay_payments_last_webhook';
	private const MAX_BYTES  = 65536;
	private const MAX_EVENTS = '/^evt_[A-Za-z0-9]{1,60}$/D';

	/** Listen. */
	public static function start(): void {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
	}

	/** Register the route: public, because the signature is what permits. */
	public static function register(): void {
		register_rest_route(
			Routes::SPACE,
			'/webhook',
			array(
				'methods'             => \WP_REST_Server::CREATABLE,
				'callback'            => array( self::class, 'receive' ),
				'permission_callback' => '__return_true',
			)
		);
	}

	/** Its address. */
	public static function url(): string {
		return rest_url( Routes::SPACE . '/webhook' );
	}

	/** One message. */
	public static function receive( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$body = $request->get_body();
		if ( strlen( $body ) > self::MAX_BYTES ) {
			return new \WP_Error( 'too_large', 'The message is too large.', array( 'status' => 413 ) );
		}
		$secret  = Settings::webhook_secret();
		$headers = array(
			'webhook-id'        => $request->get_header( 'webhook_id' ),
			'webhook-timestamp' => $request->get_header( 'webhook_timestamp' ),
			'webhook-signature' => $request->get_header( 'webhook_signature' ),
		);
		$id      = '' === $secret ? null : Webhook_Signature::verify( $headers, $body, array( $secret ), time() );
		$event   = null === $id ? null : json_decode( $body, true, 32 );
		if ( null === $id || ! is_array( $event ) || ( $event['id'] ?? null ) !== $id || ! preg_match( self::MAX_EVENTS, $id ) ) {
			return new \WP_Error( 'unauthorized', 'The signature does not fit.', array( 'status' => 401 ) );
		}
		if ( Payments::has_seen( $id ) ) {
			return new \WP_REST_Response( array( 'received' => 'before' ) );
		}
		$failure = self::act( (string) ( $event['type'] ?? '' ), $event );
		if ( null !== $failure ) {
			return $failure;
		}
		Payments::note_seen( $id );
		update_option( self::LAST, time(), false );
		return new \WP_REST_Response( array( 'received' => 'now' ) );
	}

	/**
	 * Look at what it is about; an error if that could not be done now.
	 *
	 * @param string $type  Such as payment.settled.
	 * @param array  $event The message.
	 */
	private static function act( string $type, array $event ): ?\WP_Error {
		if ( str_starts_with( $type, 'payment.' ) && is_string( $event['payment'] ?? null ) ) {
			return self::unless_unknown( Ledger::look_at_payment( $event['payment'] ) );
		}
		if ( in_array( $type, array( 'invoice.expired', 'invoice.cancelled' ), true ) && is_string( $event['invoice'] ?? null ) ) {
			return self::unless_unknown( Ledger::look_at_ended( $event['invoice'] ) );
		}
		return null; // Types to come, and tests.
	}

	/** What the relay does not know will not be known later: it is no failure. */
	private static function unless_unknown( ?\WP_Error $error ): ?\WP_Error {
		$said = null === $error ? array() : (array) $error->get_error_data();
		return 404 === ( $said['relay'] ?? null ) ? null : $error;
	}
}
