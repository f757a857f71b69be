<?php
/**
 * The connection test: everything a payment needs, tried once, with a sentence for each thing that is wrong.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** POST /connection, for administrators: tries what is typed, before it is saved. */
final class Connection {

	/** Listen. */
	public static function start(): void {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
	}

	/** Register the route. */
	public static function register(): void {
		register_rest_route(
			Routes::SPACE,
			'/connection',
			array(
				'methods'             => \WP_REST_Server::CREATABLE,
				'callback'            => array( self::class, 'serve' ),
				'permission_callback' => static fn() => current_user_can( 'manage_options' ),
				'args'                => array(
					'settings' => array(
						'type'    => 'object',
						'default' => array(),
					),
				),
			)
		);
	}

	/** Try it; a list of { ok, text }. */
	public static function serve( \WP_REST_Request $request ): \WP_REST_Response {
		require_once ABSPATH . 'wp-admin/includes/template.php'; // Complaints about fields, as the form makes them.
		Settings::try_out( Settings::sanitize( $request['settings'] ) );
		$results = array();
		foreach ( get_settings_errors( Settings::OPTION ) as $complaint ) {
			$results[] = self::result( false, $complaint['message'] );
		}
		Relay::try_again();
		foreach ( array( 'networks', 'key', 'price', 'webhook' ) as $step ) {
			$result    = self::$step();
			$results[] = $result;
			if ( ! $result['ok'] && in_array( $step, array( 'networks', 'key' ), true ) ) {
				break; // Nothing behind it can work.
			}
		}
		return new \WP_REST_Response( array( 'results' => $results ) );
	}

	/** Whether it answers, and what it takes. */
	private static function networks(): array {
		$answer = Relay::get( '/v1/networks' );
		if ( is_wp_error( $answer ) ) {
			/* translators: %s: a URL */
			return self::result( false, sprintf( __( 'No relay answers at %s.', 'relay-payments' ), Relay::url() ) );
		}
		Assets::keep( $answer );
		/* translators: %s: list of coins */
		return self::result( true, sprintf( __( 'The relay answers. It takes %s.', 'relay-payments' ), implode( ', ', array_unique( array_column( Assets::all(), 'symbol' ) ) ) ) );
	}

	/** Whether the key is good for what the plugin does. */
	private static function key(): array {
		foreach ( array( '/v1/invoices?limit=1', '/v1/payments?limit=1' ) as $path ) {
			$answer = Relay::get( $path );
			if ( is_wp_error( $answer ) ) {
				/* translators: %s: what the relay said */
				return self::result( false, sprintf( __( 'The API key is not accepted: %s', 'relay-payments' ), $answer->get_error_message() ) );
			}
		}
		return self::result( true, __( 'The API key is accepted.', 'relay-payments' ) );
	}

	/** Whether an invoice as readers get it can be made; it is cancelled at once. */
	private static function price(): array {
		if ( '' === Settings::get( 'price_amount' ) ) {
			return self::result( true, __( 'There is no usual price yet; set one, save, and test again.', 'relay-payments' ) );
		}
		$terms   = Terms::of_price( Settings::get( 'price_amount' ), Settings::get( 'price_unit' ) );
		$wish    = $terms->wish();
		$invoice = is_wp_error( $wish ) ? $wish : Relay::post( '/v1/invoices', array( 'expiresIn' => 60, 'origin' => Settings::origin() ) + $wish );
		if ( is_wp_error( $invoice ) ) {
			/* translators: 1: a price, 2: what the relay said */
			return self::result( false, sprintf( __( 'An article for %1$s could not be sold. %2$s', 'relay-payments' ), $terms->label(), $invoice->get_error_message() ) );
		}
		Relay::keep_merchant( $invoice );
		Relay::post( '/v1/invoices/' . rawurlencode( $invoice['id'] ) . '/cancel', array() );
		$ways = array_map( static fn( $way ) => Assets::show( $way['network'], $way['asset'], $way['amount'] ), $invoice['requirements'] );
		/* translators: 1: a price, 2: list of amounts in coins */
		return self::result( true, sprintf( __( 'An article for %1$s can be sold: readers pay %2$s.', 'relay-payments' ), $terms->label(), implode( __( ' or ', 'relay-payments' ), array_unique( $ways ) ) ) );
	}

	/** Whether the relay tells this site of payments; makes its webhook where there is none. */
	private static function webhook(): array {
		if ( '' !== Settings::webhook_secret() ) {
			return self::result( true, __( 'The webhook has its secret.', 'relay-payments' ) );
		}
		$made = Relay::post(
			'/v1/webhooks',
			array(
				'url'         => Webhook::url(),
				'events'      => array( 'payment.*', 'invoice.*' ),
				'description' => substr( 'WordPress, ' . Settings::origin(), 0, 100 ),
			)
		);
		if ( is_wp_error( $made ) || ! is_string( $made['secret'] ?? null ) ) {
			$why = is_wp_error( $made ) ? $made->get_error_message() : '';
			/* translators: 1: a URL, 2: what the relay said */
			return self::result( false, sprintf( __( 'The webhook to %1$s could not be set up; make it at the relay and paste its secret here. %2$s', 'relay-payments' ), Webhook::url(), $why ) );
		}
		Settings::change( array( 'webhook_secret' => $made['secret'] ) );
		return self::result( true, __( 'The webhook is set up: the relay tells this site of every payment.', 'relay-payments' ) );
	}

	/** One line of the answer. */
	private static function result( bool $ok, string $text ): array {
		return compact( 'ok', 'text' );
	}
}
