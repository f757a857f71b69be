<?php
/**
 * The rest of a paid article is withheld: from the page, feeds, REST, excerpts, search and whatever else reads posts.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 * One rule for everybody, the author included, so that every visitor gets the same page from any cache: a paid article is
 * its teaser. The rest leaves this site by Content_Route alone (and where authors edit: the editor, its previews).
 *
 *     content_pagination   what get_the_content() is made of: pages, feeds, excerpts, blocks, embeds
 *     the_content          what REST renders, and any text a theme or plugin took from the post itself
 *     the_posts            post_content of what queries find: descriptions and whatever else reads it directly
 *     posts_search         a word of the rest finds nothing
 */
final class Paywall {

	public const META_TEASER = '_relay_payments_teaser'; // Only on paid posts: what searching may find.
	private const MARK       = 'relay-payments:withheld';
	private const LEAST      = 24; // Characters of a sentence that would give the rest away.

	/**
	 * The article whose rest is being rendered by Content_Route, or 0.
	 *
	 * @var int
	 */
	private static int $released = 0;

	/** Listen. */
	public static function start(): void {
		add_filter( 'content_pagination', array( self::class, 'cut_pages' ), PHP_INT_MAX, 2 );
		add_filter( 'the_content', array( self::class, 'cut_text' ), PHP_INT_MIN );
		add_filter( 'the_posts', array( self::class, 'cut_posts' ), PHP_INT_MAX );
		add_filter( 'posts_search', array( self::class, 'search_teasers' ), PHP_INT_MAX, 2 );
		add_filter( 'posts_search_orderby', array( self::class, 'search_teasers' ), PHP_INT_MAX, 2 );
		add_filter( 'wp_insert_post_data', array( self::class, 'never_save_a_teaser' ), PHP_INT_MAX, 2 );
		add_action( 'save_post', array( self::class, 'note' ), 20 );
		add_action( 'update_option_' . Settings::OPTION, array( self::class, 'note_all' ) );
		foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $change ) {
			add_action( $change, array( self::class, 'note_switch' ), 10, 3 );
		}
	}

	/** Kinds of posts that can be paid for. */
	public static function post_types(): array {
		return (array) apply_filters( 'relay_payments_post_types', array( 'post', 'page' ) );
	}

	/** Whether a post is paid for: its switch is on, or a Paywall stands in it. */
	public static function is_paid( mixed $post ): bool {
		return $post instanceof \WP_Post && in_array( $post->post_type, self::post_types(), true )
			&& ( get_post_meta( $post->ID, Terms::META_ON, true ) || metadata_exists( 'post', $post->ID, self::META_TEASER ) || Split::is_marked( $post->post_content ) );
	}

	/** A post's two parts, from what is stored: the one in memory may be cut already. */
	public static function split( int $post_id ): Split {
		return Split::of( (string) get_post_field( 'post_content', $post_id, 'raw' ), (int) Settings::get( 'teaser_words' ) );
	}

	/**
	 * The paid part as a reader sees it.
	 *
	 * @param \WP_Post $post The article.
	 */
	public static function render_rest( \WP_Post $post ): string {
		$GLOBALS['post'] = $post; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- restored below.
		setup_postdata( $post );
		self::$released = $post->ID;
		try {
			$html = apply_filters( 'the_content', self::split( $post->ID )->rest ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		} finally {
			self::$released = 0;
			wp_reset_postdata();
		}
		return str_replace( ']]>', ']]&gt;', $html );
	}

	/** The one page everybody gets of a paid article, however many its author made. */
	public static function cut_pages( mixed $pages, mixed $post ): mixed {
		return self::is_open( $post ) ? $pages : array( self::shown( $post->ID ) );
	}

	/** The teaser in place of any text that is the post's own, or has something of its rest in it. */
	public static function cut_text( mixed $text ): mixed {
		$post = get_post();
		if ( self::is_open( $post ) || str_contains( (string) $text, self::mark( $post->ID ) ) ) {
			return $text;
		}
		$whole = (string) get_post_field( 'post_content', $post->ID, 'raw' );
		return trim( $whole ) === trim( (string) $text ) || self::gives_away( (string) $text, self::split( $post->ID )->rest ) ? self::shown( $post->ID ) : $text;
	}

	/** Posts as queries find them for readers: without the rest. The administration and the editor get them whole. */
	public static function cut_posts( mixed $posts ): mixed {
		if ( is_admin() || wp_doing_cron() || ( defined( 'WP_CLI' ) && WP_CLI ) || ! is_array( $posts ) ) {
			return $posts;
		}
		foreach ( $posts as $at => $post ) {
			if ( ! self::is_open( $post ) && ! ( self::is_rest() && current_user_can( 'edit_post', $post->ID ) ) ) {
				$posts[ $at ]                        = clone $post; // The one found may go into the object cache.
				$posts[ $at ]->post_content          = self::shown( $post->ID );
				$posts[ $at ]->post_content_filtered = '';
			}
		}
		return $posts;
	}

	/**
	 * In the SQL of a search, the text of a paid post is its teaser.
	 *
	 * @param mixed     $sql   A condition, or an order.
	 * @param \WP_Query $query Which asks.
	 */
	public static function search_teasers( mixed $sql, \WP_Query $query ): mixed {
		global $wpdb;
		if ( is_admin() && ! wp_doing_ajax() && current_user_can( 'edit_others_posts' ) ) {
			return $sql;
		}
		$teaser = $wpdb->prepare( '(SELECT relay_teaser.meta_value FROM %i AS relay_teaser WHERE relay_teaser.post_id = %i.ID AND relay_teaser.meta_key = %s LIMIT 1)', $wpdb->postmeta, $wpdb->posts, self::META_TEASER );
		return preg_replace( '/`?' . preg_quote( $wpdb->posts, '/' ) . '`?\.`?post_content`?(?= (?:NOT )?LIKE )/', "COALESCE($teaser, {$wpdb->posts}.post_content)", (string) $sql );
	}

	/** A plugin that saves what it read as a visitor would save the teaser: what is stored stays instead. */
	public static function never_save_a_teaser( array $data, array $post ): array {
		$id = (int) ( $post['ID'] ?? 0 );
		if ( $id > 0 && str_contains( (string) $data['post_content'], self::mark( $id ) ) ) {
			$data['post_content'] = wp_slash( (string) get_post_field( 'post_content', $id, 'raw' ) );
		}
		return $data;
	}

	/** Write down what searching may find of a post, if it is paid for. */
	public static function note( int $post_id ): void {
		$post = get_post( $post_id );
		if ( ! $post || wp_is_post_revision( $post_id ) || ! in_array( $post->post_type, self::post_types(), true ) ) {
			return;
		}
		if ( get_post_meta( $post_id, Terms::META_ON, true ) || Split::is_marked( (string) get_post_field( 'post_content', $post_id, 'raw' ) ) ) {
			update_post_meta( $post_id, self::META_TEASER, wp_slash( self::split( $post_id )->teaser ) );
		} else {
			delete_post_meta( $post_id, self::META_TEASER );
		}
	}

	/** The same when only the switch was changed. */
	public static function note_switch( mixed $meta_ids, mixed $post_id, mixed $key ): void {
		if ( Terms::META_ON === $key ) {
			self::note( (int) $post_id );
		}
	}

	/** The same for all paid posts: the length of teasers has changed, perhaps. */
	public static function note_all(): void {
		$paid = get_posts(
			array(
				'post_type'   => self::post_types(),
				'post_status' => 'any',
				'numberposts' => 2000,
				'fields'      => 'ids',
				'meta_key'    => self::META_TEASER, // phpcs:ignore WordPress.DB.SlowDBQuery -- when settings are saved only.
			)
		);
		array_map( array( self::class, 'note' ), $paid );
	}

	/** Whether nothing of this is withheld here: it is not paid for, or an author looks at a preview. */
	private static function is_open( mixed $post ): bool {
		return ! self::is_paid( $post ) || self::$released === $post->ID || ( is_preview() && current_user_can( 'edit_post', $post->ID ) );
	}

	/** What everybody gets: the teaser, and the gate in place of the rest. */
	private static function shown( int $post_id ): string {
		$teaser = self::split( $post_id )->teaser;
		// A block in a text turns automatic paragraphs off, and the gate is one.
		$teaser = has_blocks( $teaser ) ? $teaser : wpautop( $teaser );
		return $teaser . "\n\n" . '<!-- wp:relay-payments/gate {"post":' . $post_id . '} /--><!-- ' . self::mark( $post_id ) . ' -->';
	}

	/** Stands in every text that was cut, so that it is not cut again, and never saved. */
	private static function mark( int $post_id ): string {
		return self::MARK . " $post_id";
	}

	/** Whether a text says something that only the rest says. */
	private static function gives_away( string $text, string $rest ): bool {
		$text = self::plain( $text );
		foreach ( preg_split( '/[\n\r.!?]+/', self::plain( $rest ) ) as $sentence ) {
			$sentence = trim( $sentence );
			if ( strlen( $sentence ) >= self::LEAST && str_contains( $text, $sentence ) ) {
				return true;
			}
		}
		return false;
	}

	/** Words without markup. */
	private static function plain( string $html ): string {
		return (string) preg_replace( '/[ \t]+/', ' ', html_entity_decode( wp_strip_all_tags( $html ), ENT_QUOTES ) );
	}

	/** Whether REST answers: it has its own contexts, and checked who may edit. */
	private static function is_rest(): bool {
		return defined( 'REST_REQUEST' ) && REST_REQUEST;
	}
}
