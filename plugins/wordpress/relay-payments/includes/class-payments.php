<?php
/**
 * Payments as the relay last told of them: one row each, in a table of this plugin's own.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** What is written here was read at the relay just before; a webhook only says when to look. */
final class Payments {

	public const SCHEMA        = '2';
	public const SCHEMA_OPTION = 'relay_payments_schema';
	public const STATUSES      = array( 'submitted', 'included', 'settled', 'failed', 'expired', 'rejected', 'reverted' );
	private const CHUNK        = 2000;
	private const KEEP_EVENTS  = 30 * DAY_IN_SECONDS;

	/** Name of the table. */
	public static function table(): string {
		return $GLOBALS['wpdb']->prefix . 'relay_payments';
	}

	/** Name of the table of webhook messages seen. */
	public static function events_table(): string {
		return $GLOBALS['wpdb']->prefix . 'relay_payments_events';
	}

	/** Bring both tables to this version. */
	public static function install(): void {
		if ( self::SCHEMA === get_option( self::SCHEMA_OPTION ) ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$payments = self::table();
		$events   = self::events_table();
		$collate  = $GLOBALS['wpdb']->get_charset_collate();
		// An amount is a text: smallest units of some coins are beyond any number of a database.
		dbDelta(
			"CREATE TABLE $payments (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  payment varchar(64) NOT NULL,
  invoice varchar(64) NOT NULL DEFAULT '',
  status varchar(20) NOT NULL,
  invoice_status varchar(20) NOT NULL DEFAULT '',
  post_id bigint(20) unsigned NOT NULL DEFAULT 0,
  order_id bigint(20) unsigned NOT NULL DEFAULT 0,
  user_id bigint(20) unsigned NOT NULL DEFAULT 0,
  visitor varchar(64) NOT NULL DEFAULT '',
  network varchar(64) NOT NULL,
  asset varchar(128) NOT NULL,
  amount varchar(80) NOT NULL,
  price varchar(40) NOT NULL DEFAULT '',
  payer varchar(128) NOT NULL DEFAULT '',
  transaction_id varchar(255) NOT NULL DEFAULT '',
  created_at datetime NOT NULL,
  updated_at datetime(6) NOT NULL,
  told varchar(41) NOT NULL DEFAULT '',
  PRIMARY KEY  (id),
  UNIQUE KEY payment (payment),
  KEY invoice (invoice),
  KEY reader (post_id, user_id),
  KEY visitor (visitor),
  KEY created_at (created_at)
) $collate;"
		);
		dbDelta(
			"CREATE TABLE $events (
  event varchar(200) NOT NULL,
  received_at bigint(20) unsigned NOT NULL,
  PRIMARY KEY  (event),
  KEY received_at (received_at)
) $collate;"
		);
		update_option( self::SCHEMA_OPTION, self::SCHEMA );
	}

	/**
	 * Write a payment down, or what became of it. An older answer never replaces a newer one.
	 *
	 * @param array      $payment As GET /v1/payments/{id} answers.
	 * @param array|null $invoice As GET /v1/invoices/{id} answers this merchant; null for a payment without one.
	 */
	public static function record( array $payment, ?array $invoice ): void {
		global $wpdb;
		$metadata = (array) ( $invoice['metadata'] ?? array() );
		$price    = (array) ( $invoice['price'] ?? array() );
		$row      = array(
			'invoice'        => (string) ( $payment['invoice'] ?? '' ),
			'status'         => (string) $payment['status'],
			'invoice_status' => (string) ( $invoice['status'] ?? '' ),
			'post_id'        => self::post_of( $payment['contentId'] ?? null ),
			'order_id'       => absint( $metadata['wordpressOrder'] ?? 0 ),
			'network'        => (string) $payment['network'],
			'asset'          => (string) $payment['asset'],
			'amount'         => (string) $payment['amount'],
			'price'          => trim( ( $price['amount'] ?? '' ) . ' ' . ( $price['currency'] ?? '' ) ),
			'payer'          => (string) $payment['payer'],
			'transaction_id' => (string) $payment['transactionId'],
			'updated_at'     => self::moment( $payment['updatedAt'], 'Y-m-d H:i:s.u' ),
		);
		// phpcs:disable WordPress.DB.DirectDatabaseQuery -- a table of our own; freshness matters more than a cache.
		$first = array(
			'payment'    => (string) $payment['payment'],
			'user_id'    => absint( $metadata['wordpressUser'] ?? 0 ),
			'visitor'    => (string) ( $metadata['wordpressVisitor'] ?? '' ),
			'created_at' => self::moment( $payment['createdAt'], 'Y-m-d H:i:s' ),
		);
		$known = $wpdb->get_var( $wpdb->prepare( 'SELECT id FROM %i WHERE payment = %s', self::table(), $first['payment'] ) );
		if ( null === $known ) {
			$quiet = $wpdb->suppress_errors(); // Two messages at once: the second finds the row of the first.
			$done  = $wpdb->insert( self::table(), $first + $row );
			$wpdb->suppress_errors( $quiet );
		}
		if ( null !== $known || ! $done ) {
			$wpdb->query(
				$wpdb->prepare(
					'UPDATE %i SET invoice = %s, status = %s, invoice_status = %s, post_id = %d, order_id = %d, network = %s, asset = %s,
					amount = %s, price = %s, payer = %s, transaction_id = %s, updated_at = %s WHERE payment = %s AND updated_at <= %s',
					self::table(),
					...array_values( $row ),
					...array( $first['payment'], $row['updated_at'] )
				)
			);
		}
		if ( '' !== $row['invoice'] ) {
			$wpdb->update( self::table(), array( 'invoice_status' => $row['invoice_status'] ), array( 'invoice' => $row['invoice'] ) );
		}
		// phpcs:enable
	}

	/** Whether a transaction paid an invoice, or a part of it. */
	public static function has_paid( string $transaction_id, string $invoice ): bool {
		global $wpdb;
		$found = $wpdb->get_var( $wpdb->prepare( 'SELECT id FROM %i WHERE invoice = %s AND transaction_id = %s LIMIT 1', self::table(), $invoice, $transaction_id ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		return null !== $found;
	}

	/**
	 * Whether somebody has paid for a post, for good: this user on any device, or this browser.
	 *
	 * @param int    $post_id What.
	 * @param int    $user_id Who, or 0.
	 * @param string $visitor Name of the browser.
	 */
	public static function opened( int $post_id, int $user_id, string $visitor ): bool {
		global $wpdb;
		$found = $wpdb->get_var( // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			$wpdb->prepare(
				"SELECT id FROM %i WHERE post_id = %d AND status = 'settled' AND invoice_status = 'settled' AND ( ( user_id = %d AND user_id > 0 ) OR visitor = %s ) LIMIT 1",
				self::table(),
				$post_id,
				$user_id,
				$visitor
			)
		);
		return null !== $found;
	}

	/** Whether the chain took a payment back. */
	public static function is_reverted( string $payment ): bool {
		global $wpdb;
		$status = $wpdb->get_var( $wpdb->prepare( 'SELECT status FROM %i WHERE payment = %s', self::table(), $payment ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		return 'reverted' === $status;
	}

	/**
	 * Who paid before signing in owns it after: a purchase without an owner becomes this user's.
	 *
	 * @param int    $user_id Who signed in.
	 * @param string $visitor Name of the browser.
	 */
	public static function adopt( int $user_id, string $visitor ): void {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'UPDATE %i SET user_id = %d WHERE visitor = %s AND user_id = 0', self::table(), $user_id, $visitor ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}

	/** Whether a webhook message was dealt with before. */
	public static function has_seen( string $event ): bool {
		global $wpdb;
		return null !== $wpdb->get_var( $wpdb->prepare( 'SELECT event FROM %i WHERE event = %s', self::events_table(), $event ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}

	/** Note that one was. Now and then, those too old to be believed again are forgotten. */
	public static function note_seen( string $event ): void {
		global $wpdb;
		$quiet = $wpdb->suppress_errors();
		$wpdb->insert( self::events_table(), array( 'event' => $event, 'received_at' => time() ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$wpdb->suppress_errors( $quiet );
		if ( 0 === wp_rand( 0, 99 ) ) {
			$wpdb->query( $wpdb->prepare( 'DELETE FROM %i WHERE received_at < %d', self::events_table(), time() - self::KEEP_EVENTS ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		}
	}

	/**
	 * Rows for the list.
	 *
	 * @param array  $wish   With status and s, either may be empty.
	 * @param int    $limit  At most.
	 * @param int    $offset From here.
	 * @param string $sort   A column.
	 * @param string $order  ASC or DESC.
	 */
	public static function find( array $wish, int $limit, int $offset, string $sort, string $order ): array {
		global $wpdb;
		$order = 'ASC' === $order ? 'ASC' : 'DESC';
		// phpcs:ignore WordPress.DB -- the condition is prepared where it is made, the order is one of two words.
		return (array) $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM %i WHERE ' . self::condition( $wish ) . " ORDER BY %i $order, id $order LIMIT %d OFFSET %d", self::table(), $sort, $limit, $offset ), ARRAY_A );
	}

	/** How many there are of those. */
	public static function count( array $wish ): int {
		global $wpdb;
		return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM %i WHERE ' . self::condition( $wish ), self::table() ) ); // phpcs:ignore WordPress.DB -- as above.
	}

	/** How many there are of each status. */
	public static function statuses(): array {
		global $wpdb;
		$rows = (array) $wpdb->get_results( $wpdb->prepare( 'SELECT status, COUNT(*) AS payments FROM %i GROUP BY status ORDER BY status', self::table() ), ARRAY_A ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		return array_map( 'intval', array_column( $rows, 'payments', 'status' ) );
	}

	/** What has settled, by coin: exact sums of smallest units, however large, so no database adds them up. */
	public static function totals(): array {
		global $wpdb;
		$totals = array();
		$last   = 0;
		do {
			$rows = (array) $wpdb->get_results( $wpdb->prepare( "SELECT id, network, asset, amount FROM %i WHERE status = 'settled' AND id > %d ORDER BY id LIMIT %d", self::table(), $last, self::CHUNK ), ARRAY_A ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			foreach ( $rows as $row ) {
				$last                = (int) $row['id'];
				$name                = "$row[network] $row[asset]";
				$total               = $totals[ $name ] ?? array( 'payments' => 0, 'amount' => '0' ) + $row;
				$total['payments']  += 1;
				$total['amount']     = self::sum( $total['amount'], $row['amount'] );
				$totals[ $name ]     = $total;
			}
		} while ( count( $rows ) === self::CHUNK );
		return array_values( $totals );
	}

	/** Two whole numbers of any length, added: nine digits at a time. */
	private static function sum( string $one, string $other ): string {
		$width = max( strlen( $one ), strlen( $other ) ) + 1;
		$width = $width + ( 9 - $width % 9 ) % 9;
		$ones  = str_split( str_pad( $one, $width, '0', STR_PAD_LEFT ), 9 );
		$over  = 0;
		$sum   = '';
		foreach ( array_reverse( str_split( str_pad( $other, $width, '0', STR_PAD_LEFT ), 9 ), true ) as $at => $part ) {
			$digits = (int) $part + (int) $ones[ $at ] + $over;
			$over   = intdiv( $digits, 1000000000 );
			$sum    = str_pad( (string) ( $digits % 1000000000 ), 9, '0', STR_PAD_LEFT ) . $sum;
		}
		$sum = ltrim( $sum, '0' );
		return '' === $sum ? '0' : $sum;
	}

	/** The SQL of a wish, prepared. */
	private static function condition( array $wish ): string {
		global $wpdb;
		$parts = array( '1 = 1' );
		if ( '' !== $wish['status'] ) {
			$parts[] = $wpdb->prepare( 'status = %s', $wish['status'] );
		}
		if ( '' !== $wish['s'] ) {
			$number  = ctype_digit( $wish['s'] ) ? (int) $wish['s'] : -1; // Zero stands for none, and none is not looked for.
			$like    = '%' . $wpdb->esc_like( $wish['s'] ) . '%';
			$parts[] = $wpdb->prepare( '( payment LIKE %s OR invoice LIKE %s OR payer LIKE %s OR transaction_id LIKE %s OR post_id = %d OR order_id = %d )', $like, $like, $like, $like, $number, $number );
		}
		// A second prepare takes every % for its own; those of a LIKE are already placeholders that it leaves alone.
		return implode( ' AND ', $parts );
	}

	/** What an article is called at the relay. */
	public static function content_of( int $post_id ): string {
		return "post-$post_id";
	}

	/** The article of such a name, or 0. */
	public static function post_of( mixed $content ): int {
		return is_string( $content ) && preg_match( '/^post-([1-9][0-9]{0,17})$/D', $content, $found ) ? (int) $found[1] : 0;
	}

	/** RFC 3339 as a column takes it, in UTC. */
	public static function moment( string $time, string $format ): string {
		return ( new \DateTimeImmutable( $time ) )->setTimezone( new \DateTimeZone( 'UTC' ) )->format( $format );
	}
}
