<?php
/**
 * One at a time: what two requests of this site must not do at once about the same thing.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** Held by the database's connection, or by an open file where that is SQLite: either ends with the PHP that holds it, however that ends. */
final class Turn {

	private const WAIT  = 10;    // Seconds, as long as a relay that is slow may keep the one before.
	private const PAUSE = 20000; // Microseconds between two looks at the file.

	/**
	 * Do it, with nobody else at the same thing; an error where that took too long, to be tried again later.
	 *
	 * @param string   $about Such as the id of an invoice.
	 * @param callable $deed  Answers null once done, else what went wrong.
	 */
	public static function take( string $about, callable $deed ): ?\WP_Error {
		$name = 'relay_payments_' . md5( DB_NAME . $GLOBALS['wpdb']->prefix . $about ); // Of the whole server, at most 64 characters.
		$held = self::is_mysql() ? self::get_lock( $name ) : self::lock_file();
		if ( ! $held ) {
			return new \WP_Error( 'busy', __( 'This payment is being looked at by somebody else. Please try again in a moment.', 'relay-payments' ), array( 'status' => 503 ) );
		}
		try {
			return $deed();
		} finally {
			if ( is_resource( $held ) ) {
				fclose( $held ); // phpcs:ignore WordPress.WP.AlternativeFunctions
			} else {
				$GLOBALS['wpdb']->query( $GLOBALS['wpdb']->prepare( 'DO RELEASE_LOCK( %s )', $name ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			}
		}
	}

	/** Whether the database has locks; the drop-in for SQLite says yes to GET_LOCK and does nothing. */
	private static function is_mysql(): bool {
		return ! empty( $GLOBALS['wpdb']->is_mysql );
	}

	/** The database's. */
	private static function get_lock( string $name ): bool {
		global $wpdb;
		return '1' === (string) $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK( %s, %d )', $name, self::WAIT ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
	}

	/**
	 * The file's: one for the whole site, as SQLite has one writer anyway. A file of ours that nobody includes, only read.
	 *
	 * @return resource|false Open while it is held.
	 */
	private static function lock_file(): mixed {
		$file  = fopen( dirname( FILE ) . '/readme.txt', 'r' ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		$until = microtime( true ) + self::WAIT;
		while ( $file && ! flock( $file, LOCK_EX | LOCK_NB ) ) {
			if ( microtime( true ) > $until ) {
				return false;
			}
			usleep( self::PAUSE );
		}
		return $file;
	}
}
