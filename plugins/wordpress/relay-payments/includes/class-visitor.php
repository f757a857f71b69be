<?php
/**
 * Who reads, as far as it must be known: a cookie with a random name in it, signed, that no script and no other site can read.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 * It is set by REST routes only, never by a page, so that every visitor gets the same page from any cache. It carries the
 * free articles read and the invoices open in this browser: who only looks leaves nothing in the database.
 */
final class Visitor {

	public const COOKIE      = 'relay_payments_visitor';
	private const LIFETIME   = 400 * DAY_IN_SECONDS; // The longest that browsers keep a cookie.
	private const MAX_LISTED = 30;

	/**
	 * Use `current`.
	 *
	 * @param string $id       Random, of this browser.
	 * @param array  $free     Free articles read: post id => Unix seconds.
	 * @param array  $invoices Newest invoice per post: post id => [invoice id, fingerprint of its terms].
	 */
	private function __construct( private string $id, private array $free, private array $invoices ) {}

	/** The one whose request this is; a cookie that is not ours word for word is none. */
	public static function current(): self {
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- compared with its signature before anything is read.
		$text             = is_string( $_COOKIE[ self::COOKIE ] ?? null ) ? wp_unslash( $_COOKIE[ self::COOKIE ] ) : '';
		[ $body, $proof ] = array_pad( explode( '.', $text, 2 ), 2, '' );
		if ( strlen( $text ) < 4000 && hash_equals( self::signature( $body ), $proof ) ) {
			$said = json_decode( (string) base64_decode( strtr( $body, '-_', '+/' ), true ), true );
			if ( is_array( $said ) && is_string( $said['v'] ?? null ) ) {
				return new self( $said['v'], (array) ( $said['f'] ?? array() ), (array) ( $said['i'] ?? array() ) );
			}
		}
		return new self( bin2hex( random_bytes( 16 ) ), array(), array() );
	}

	/** What stands for the visitor in the database and at the relay: nobody gets back to the cookie from it. */
	public function name(): string {
		return hash_hmac( 'sha256', $this->id, self::key() );
	}

	/**
	 * The free articles read since then.
	 *
	 * @param int $since Unix seconds.
	 */
	public function free_since( int $since ): array {
		return array_filter( $this->free, static fn( $at ) => $at > $since );
	}

	/**
	 * Note that one was read for free.
	 *
	 * @param int $post_id Which.
	 */
	public function read_free( int $post_id ): void {
		$this->free = array( $post_id => $this->free[ $post_id ] ?? time() ) + $this->free;
	}

	/**
	 * The invoice this browser has open for a post, if it was made under these terms.
	 *
	 * @param int    $post_id Which.
	 * @param string $terms   Their fingerprint.
	 */
	public function invoice( int $post_id, string $terms = '' ): ?string {
		[ $invoice, $made_under ] = (array) ( $this->invoices[ $post_id ] ?? array() ) + array( null, null );
		return is_string( $invoice ) && ( '' === $terms || $terms === $made_under ) ? $invoice : null;
	}

	/**
	 * Note the invoice made for a post.
	 *
	 * @param int    $post_id Which.
	 * @param string $invoice Its id.
	 * @param string $terms   Their fingerprint.
	 */
	public function keep_invoice( int $post_id, string $invoice, string $terms ): void {
		unset( $this->invoices[ $post_id ] );
		$this->invoices = array( $post_id => array( $invoice, $terms ) ) + $this->invoices;
	}

	/** Send the cookie with this answer. */
	public function remember(): void {
		arsort( $this->free );
		$said  = array(
			'v' => $this->id,
			'f' => array_slice( $this->free, 0, self::MAX_LISTED, true ),
			'i' => array_slice( $this->invoices, 0, self::MAX_LISTED, true ),
		);
		$body  = rtrim( strtr( base64_encode( (string) wp_json_encode( $said, JSON_FORCE_OBJECT ) ), '+/', '-_' ), '=' );
		$value = $body . '.' . self::signature( $body );
		if ( ! headers_sent() ) {
			setcookie(
				self::COOKIE,
				$value,
				array(
					'expires'  => time() + self::LIFETIME,
					'path'     => COOKIEPATH ? COOKIEPATH : '/',
					'domain'   => (string) COOKIE_DOMAIN,
					'secure'   => is_ssl(),
					'httponly' => true,
					'samesite' => 'Lax',
				)
			);
		}
		$_COOKIE[ self::COOKIE ] = $value;
	}

	/** Over what the cookie says. */
	private static function signature( string $body ): string {
		return hash_hmac( 'sha256', "cookie:$body", self::key() );
	}

	/** Of this site; changing WordPress's salts makes every visitor new. */
	private static function key(): string {
		return hash_hmac( 'sha256', 'relay-payments visitor', wp_salt( 'auth' ) );
	}
}
