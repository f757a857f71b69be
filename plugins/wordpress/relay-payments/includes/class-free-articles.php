<?php
/**
 * Articles everybody may read for free: so many in so many days.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Counted per user where there is one, else in the visitor's own cookie: who throws that away starts anew. */
final class Free_Articles {

	private const META = '_relay_payments_free';

	/**
	 * Use `of`.
	 *
	 * @param int     $user    Who, or 0.
	 * @param Visitor $visitor His browser.
	 */
	private function __construct( private int $user, private Visitor $visitor ) {}

	/** Those of a reader. */
	public static function of( int $user, Visitor $visitor ): self {
		return new self( $user, $visitor );
	}

	/** Whether one of them is this. */
	public function includes( int $post_id ): bool {
		return isset( $this->read()[ $post_id ] );
	}

	/** How many are left. */
	public function left(): int {
		return max( 0, (int) Settings::get( 'free_articles' ) - count( $this->read() ) );
	}

	/** Take one more, unless none is left; reading the same one again takes nothing. */
	public function take( int $post_id ): bool {
		if ( $this->includes( $post_id ) ) {
			return true;
		}
		if ( 0 === $this->left() ) {
			return false;
		}
		if ( $this->user > 0 ) {
			update_user_meta( $this->user, self::META, array( $post_id => time() ) + array_slice( $this->read(), 0, 1000, true ) );
		}
		$this->visitor->read_free( $post_id );
		$this->visitor->remember();
		return true;
	}

	/** Those read within the period: post id => when. What was read before signing in counts, too. */
	private function read(): array {
		if ( 0 === (int) Settings::get( 'free_articles' ) ) {
			return array();
		}
		$days  = (int) Settings::get( 'free_days' );
		$since = 0 === $days ? 0 : time() - $days * DAY_IN_SECONDS;
		$kept  = $this->user > 0 ? get_user_meta( $this->user, self::META, true ) : array();
		$kept  = array_filter( is_array( $kept ) ? $kept : array(), static fn( $at ) => $at > $since );
		return $kept + $this->visitor->free_since( $since );
	}
}
