<?php
/**
 * What a reader pays for an article and whom: the post's own terms, else the site's.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Always read from the database: nothing of it comes from the page. */
final class Terms {

	public const META_ON     = '_relay_payments_on';
	public const META_AMOUNT = '_relay_payments_amount';
	public const META_UNIT   = '_relay_payments_unit';
	public const META_PAYEES = '_relay_payments_payees';
	private const EXPIRES_IN = 3600;

	/**
	 * A price and its payees.
	 *
	 * @param string $amount Decimal.
	 * @param string $unit   A currency such as USD, or "network asset".
	 * @param array  $payees Each with network, account, weight; none: the merchant's own account at the relay.
	 */
	private function __construct(
		public readonly string $amount,
		public readonly string $unit,
		public readonly array $payees
	) {}

	/** The terms of a post. */
	public static function of_post( int $post_id ): self {
		$amount = (string) get_post_meta( $post_id, self::META_AMOUNT, true );
		$unit   = (string) get_post_meta( $post_id, self::META_UNIT, true );
		$payees = get_post_meta( $post_id, self::META_PAYEES, true );
		return new self(
			'' === $amount ? Settings::get( 'price_amount' ) : $amount,
			'' === $amount || '' === $unit ? Settings::get( 'price_unit' ) : $unit,
			is_array( $payees ) && $payees ? $payees : Settings::get( 'payees' )
		);
	}

	/** A price of the site's own, such as an order's total. */
	public static function of_price( string $amount, string $unit ): self {
		return new self( $amount, $unit, Settings::get( 'payees' ) );
	}

	/** For people: "0.50 USD", "5 HBAR". */
	public function label(): string {
		$asset = Assets::find( $this->unit );
		return $this->amount . ' ' . ( null === $asset ? $this->unit : $asset['symbol'] );
	}

	/** The same terms have the same name; an invoice made under others is not used again. */
	public function fingerprint(): string {
		return substr( hash( 'sha256', (string) wp_json_encode( array( $this->amount, $this->unit, $this->payees, Assets::accepted() ) ) ), 0, 16 );
	}

	/** What POST /v1/invoices takes for these terms; an error says what the site's owner has to do. */
	public function wish(): array|\WP_Error {
		if ( ! Assets::is_amount( $this->amount ) ) {
			return new \WP_Error( 'relay_payments_no_price', __( 'There is no price for this yet.', 'relay-payments' ), array( 'status' => 503 ) );
		}
		$wish  = array( 'expiresIn' => self::EXPIRES_IN );
		$asset = Assets::find( $this->unit );
		if ( null !== $asset ) {
			$units = Assets::units( $this->amount, $asset['decimals'] );
			if ( null === $units ) {
				/* translators: 1: a price such as 0.001 USDC, 2: number of decimals */
				return new \WP_Error( 'relay_payments_price', sprintf( __( '%1$s cannot be paid: it has more than %2$d decimals.', 'relay-payments' ), $this->label(), $asset['decimals'] ), array( 'status' => 503 ) );
			}
			return $wish + $this->way( $asset ) + array( 'amount' => $units );
		}
		if ( ! preg_match( '/^[A-Z]{3}$/D', $this->unit ) ) {
			return new \WP_Error( 'relay_payments_unit', __( 'The relay does not take the coin of this price any more.', 'relay-payments' ), array( 'status' => 503 ) );
		}
		$ways = array_map( fn( $known ) => $this->way( $known ), array_values( $this->accepted() ) );
		if ( ! $ways ) {
			return new \WP_Error( 'relay_payments_ways', __( 'There is no way to pay yet: choose what you accept in the settings.', 'relay-payments' ), array( 'status' => 503 ) );
		}
		return $wish + array(
			'price'        => array(
				'amount'   => $this->amount,
				'currency' => $this->unit,
			),
			'alternatives' => $ways,
		);
	}

	/** The assets a price in a currency may be paid with: accepted ones, where there is somebody to pay. */
	private function accepted(): array {
		$accepted = Assets::accepted();
		$networks = array_column( $this->payees, 'network' );
		return array_filter(
			Assets::all(),
			static fn( $asset, $name ) => in_array( $name, $accepted, true ) && ( ! $networks || in_array( $asset['network'], $networks, true ) ),
			ARRAY_FILTER_USE_BOTH
		);
	}

	/**
	 * One way to pay.
	 *
	 * @param array $asset One of `Assets`.
	 */
	private function way( array $asset ): array {
		$payees = array_values( array_filter( $this->payees, static fn( $payee ) => $payee['network'] === $asset['network'] ) );
		$way    = array(
			'network' => $asset['network'],
			'asset'   => $asset['asset'],
		);
		if ( 1 === count( $payees ) ) {
			$way['payTo'] = $payees[0]['account'];
		} elseif ( $payees ) {
			$way['payTo'] = array_map(
				static fn( $payee ) => array(
					'account' => $payee['account'],
					'weight'  => (int) $payee['weight'],
				),
				$payees
			);
		}
		return $way;
	}
}
