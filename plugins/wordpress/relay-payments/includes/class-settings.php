<?php
/**
 * What the site's owner decided: one option, read with its defaults, written only after every field was checked.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** The key and the webhook secret may also be constants in wp-config.php; they then never reach the database. */
final class Settings {

	public const OPTION    = 'relay_payments_settings';
	public const DEFAULTS  = array(
		'relay_url'       => '',
		'api_key'         => '',
		'webhook_secret'  => '',
		'payees'          => array(),
		'accepted'        => array(),
		'price_amount'    => '',
		'price_unit'      => 'USD',
		'free_articles'   => 0,
		'free_days'       => 30,
		'teaser_words'    => 120,
		'page_paid'       => 0,
		'page_no_wallet'  => 0,
		'page_declined'   => 0,
		'delete_data'     => 0,
	);
	private const MAX_PAYEES = 9; // A Hedera transfer lists ten accounts, and one of them pays.

	/**
	 * What is tried out before it is saved, by name.
	 *
	 * @var array
	 */
	private static array $tried = array();

	/**
	 * One of them.
	 *
	 * @param string $name A key of DEFAULTS.
	 */
	public static function get( string $name ): mixed {
		if ( array_key_exists( $name, self::$tried ) ) {
			return self::$tried[ $name ];
		}
		$set = get_option( self::OPTION, array() );
		return is_array( $set ) && isset( $set[ $name ] ) ? $set[ $name ] : self::DEFAULTS[ $name ];
	}

	/** The merchant's secret key at the relay. */
	public static function api_key(): string {
		return defined( 'RELAY_PAYMENTS_API_KEY' ) ? (string) RELAY_PAYMENTS_API_KEY : self::get( 'api_key' );
	}

	/** What webhooks are signed with. */
	public static function webhook_secret(): string {
		return defined( 'RELAY_PAYMENTS_WEBHOOK_SECRET' ) ? (string) RELAY_PAYMENTS_WEBHOOK_SECRET : self::get( 'webhook_secret' );
	}

	/** Scheme, host and port of this site: the audience of access tokens. */
	public static function origin(): string {
		$url  = wp_parse_url( home_url() );
		$port = isset( $url['port'] ) ? ":$url[port]" : '';
		return strtolower( "$url[scheme]://$url[host]$port" );
	}

	/**
	 * Change some of them, already checked.
	 *
	 * @param array $changes By name.
	 */
	public static function change( array $changes ): void {
		$set = get_option( self::OPTION, array() );
		update_option( self::OPTION, array_merge( self::DEFAULTS, is_array( $set ) ? $set : array(), $changes ), true );
	}

	/**
	 * For the rest of this request, let these count as set.
	 *
	 * @param array $settings Already checked.
	 */
	public static function try_out( array $settings ): void {
		self::$tried = $settings;
	}

	/**
	 * Check what was typed; a field that is wrong is told and keeps its old value.
	 *
	 * @param mixed $typed What the form sent.
	 */
	public static function sanitize( mixed $typed ): array {
		$typed = is_array( $typed ) ? $typed : array();
		$old   = array_merge( self::DEFAULTS, (array) get_option( self::OPTION, array() ) );
		$new   = $old;

		if ( isset( $typed['relay_url'] ) ) {
			$url = untrailingslashit( esc_url_raw( trim( (string) $typed['relay_url'] ), array( 'https', 'http' ) ) );
			if ( '' !== $url && ! self::is_relay_url( $url ) ) {
				self::complain( 'relay_url', __( 'The relay’s address is a URL such as https://pay.example.com, without a path; http only on this machine.', 'relay-payments' ) );
			} else {
				$new['relay_url'] = $url;
			}
		}
		foreach ( array(
			'api_key'        => array( '/^sk_[A-Za-z0-9_-]{16,200}$/D', __( 'An API key begins with sk_. A key that begins with pk_ is for pages: it cannot price articles.', 'relay-payments' ) ),
			'webhook_secret' => array( '/^wh(?:sec|pk)_[A-Za-z0-9+\/]{32,}={0,2}$/D', __( 'A webhook secret begins with whsec_.', 'relay-payments' ) ),
		) as $name => [ $form, $complaint ] ) {
			$secret = trim( (string) ( $typed[ $name ] ?? '' ) );
			if ( '' === $secret ) {
				continue; // Left empty, because it is never shown: it stays.
			}
			if ( preg_match( $form, $secret ) ) {
				$new[ $name ] = $secret;
			} else {
				self::complain( $name, $complaint );
			}
		}
		if ( isset( $typed['payees'] ) ) {
			$payees = self::sanitize_payees( $typed['payees'] );
			if ( null === $payees ) {
				self::complain( 'payees', __( 'A payee has a network, an account on it and a whole share from 1 to 1000000; each account once, at most nine.', 'relay-payments' ) );
			} else {
				$new['payees'] = $payees;
			}
		}
		if ( isset( $typed['accepted'] ) ) {
			$new['accepted'] = array_values( array_intersect( array_keys( Assets::all() ), (array) $typed['accepted'] ) );
		}
		if ( isset( $typed['price_amount'], $typed['price_unit'] ) ) {
			$amount = str_replace( ',', '.', trim( (string) $typed['price_amount'] ) );
			$unit   = trim( (string) $typed['price_unit'] );
			if ( '' !== $amount && ! self::is_price( $amount, $unit ) ) {
				self::complain( 'price_amount', __( 'A price is a number above zero such as 0.50, and a currency such as USD, with at most two decimals, or a coin of your relay.', 'relay-payments' ) );
			} else {
				$new['price_amount'] = $amount;
				$new['price_unit']   = $unit;
			}
		}
		foreach ( array(
			'free_articles' => array( 0, 1000 ),
			'free_days'     => array( 0, 3650 ),
			'teaser_words'  => array( 0, 5000 ),
		) as $name => [ $least, $most ] ) {
			if ( isset( $typed[ $name ] ) ) {
				$new[ $name ] = max( $least, min( $most, (int) $typed[ $name ] ) );
			}
		}
		foreach ( array( 'page_paid', 'page_no_wallet', 'page_declined' ) as $name ) {
			if ( isset( $typed[ $name ] ) ) {
				$page         = (int) $typed[ $name ];
				$new[ $name ] = 'page' === get_post_type( $page ) ? $page : 0;
			}
		}
		if ( isset( $typed['delete_data'] ) ) {
			$new['delete_data'] = (int) (bool) $typed['delete_data'];
		}
		return $new;
	}

	/**
	 * Payees as they are kept, or null if something is wrong with them. Rows without an account are dropped.
	 *
	 * @param mixed $typed Rows of network, account, weight.
	 */
	public static function sanitize_payees( mixed $typed ): ?array {
		$payees = array();
		foreach ( is_array( $typed ) ? $typed : array() as $row ) {
			$row     = is_array( $row ) ? $row : array();
			$account = trim( (string) ( $row['account'] ?? '' ) );
			if ( '' === $account ) {
				continue;
			}
			$network = trim( (string) ( $row['network'] ?? '' ) );
			$weight  = (int) ( $row['weight'] ?? 1 );
			if ( ! preg_match( '/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/D', $network ) || ! preg_match( '/^[A-Za-z0-9._-]{3,128}$/D', $account ) || $weight < 1 || $weight > 1000000 ) {
				return null;
			}
			$payees[ "$network " . strtolower( $account ) ] = compact( 'network', 'account', 'weight' );
		}
		return count( $payees ) > self::MAX_PAYEES ? null : array_values( $payees );
	}

	/**
	 * Whether a price can be asked: a currency's in cents, a coin's as far as it divides.
	 *
	 * @param string $amount Decimal.
	 * @param string $unit   A currency, or "network asset".
	 */
	public static function is_price( string $amount, string $unit ): bool {
		$asset = Assets::find( $unit );
		if ( ! Assets::is_amount( $amount ) ) {
			return false;
		}
		return null === $asset
			? 1 === preg_match( '/^[A-Z]{3}$/D', $unit ) && null !== Assets::units( $amount, 2 )
			: null !== Assets::units( $amount, $asset['decimals'] );
	}

	/** An origin; its traffic carries the key, so that plain http goes no further than this machine or its network. */
	private static function is_relay_url( string $url ): bool {
		$parts = wp_parse_url( $url );
		if ( ! is_array( $parts ) || empty( $parts['host'] ) || array_diff( array_keys( $parts ), array( 'scheme', 'host', 'port' ) ) ) {
			return false;
		}
		$local = in_array( $parts['host'], array( 'localhost', '127.0.0.1', '[::1]' ), true ) || ! str_contains( $parts['host'], '.' );
		return 'https' === $parts['scheme'] || ( $local && 'http' === $parts['scheme'] );
	}

	/** A notice above the form. */
	private static function complain( string $field, string $text ): void {
		if ( function_exists( 'add_settings_error' ) ) {
			add_settings_error( self::OPTION, $field, $text );
		}
	}
}
