<?php
/**
 * What the relay takes: networks and their assets, as it said when it was last asked. Amounts are decimal texts, never floats.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** An asset is named "network asset" in settings and posts, such as "hedera:mainnet 0.0.0". */
final class Assets {

	public const OPTION = 'relay_payments_networks';

	/** All of them, by name: network, asset, symbol, decimals. */
	public static function all(): array {
		$known = get_option( self::OPTION, array() );
		return is_array( $known ) ? $known : array();
	}

	/**
	 * One of them, or null.
	 *
	 * @param string $name Network and asset.
	 */
	public static function find( string $name ): ?array {
		return self::all()[ $name ] ?? null;
	}

	/** Names of the networks. */
	public static function networks(): array {
		return array_values( array_unique( array_column( self::all(), 'network' ) ) );
	}

	/** Names of those accepted for prices in a currency: what the owner ticked, else each network's own coin, which has a rate. */
	public static function accepted(): array {
		$ticked = Settings::get( 'accepted' );
		return $ticked ? $ticked : array_keys( array_unique( array_map( static fn( $asset ) => $asset['network'], self::all() ) ) );
	}

	/**
	 * Remember what GET /v1/networks answered.
	 *
	 * @param array $answer Decoded.
	 */
	public static function keep( array $answer ): void {
		$known = array();
		foreach ( $answer['data'] ?? array() as $network ) {
			foreach ( $network['assets'] ?? array() as $asset ) {
				$known[ "$network[network] $asset[asset]" ] = array(
					'network'  => sanitize_text_field( $network['network'] ),
					'asset'    => sanitize_text_field( $asset['asset'] ),
					'symbol'   => sanitize_text_field( $asset['symbol'] ?? $asset['asset'] ),
					'decimals' => (int) $asset['decimals'],
				);
			}
		}
		update_option( self::OPTION, $known, false );
	}

	/** Whether this is an amount above zero, written plainly. */
	public static function is_amount( string $text ): bool {
		return 1 === preg_match( '/^(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?$/D', $text ) && 1 === preg_match( '/[1-9]/', $text );
	}

	/**
	 * Whole coins as smallest units; null where the asset cannot be divided so far.
	 *
	 * @param string $amount   Such as "0.5".
	 * @param int    $decimals Of the asset.
	 */
	public static function units( string $amount, int $decimals ): ?string {
		[ $whole, $part ] = array_pad( explode( '.', $amount, 2 ), 2, '' );
		$part             = rtrim( $part, '0' );
		if ( strlen( $part ) > $decimals ) {
			return null;
		}
		return ltrim( $whole . str_pad( $part, $decimals, '0' ), '0' );
	}

	/**
	 * Smallest units as a reader writes them: 1500000 of six decimals are "1.5".
	 *
	 * @param string $units    A whole number.
	 * @param int    $decimals Of the asset.
	 */
	public static function decimal( string $units, int $decimals ): string {
		$digits = str_pad( $units, $decimals + 1, '0', STR_PAD_LEFT );
		$whole  = substr( $digits, 0, strlen( $digits ) - $decimals );
		$part   = rtrim( substr( $digits, strlen( $digits ) - $decimals ), '0' );
		return '' === $part ? $whole : "$whole.$part";
	}

	/**
	 * Units with their coin's name: "1.5 HBAR"; what is not known is shown in units.
	 *
	 * @param string $network Name.
	 * @param string $asset   Its name there.
	 * @param string $units   A whole number.
	 */
	public static function show( string $network, string $asset, string $units ): string {
		$known = self::find( "$network $asset" );
		return null === $known ? "$units × $asset" : self::decimal( $units, $known['decimals'] ) . ' ' . $known['symbol'];
	}
}
