<?php
/**
 * Where an article is cut: what everybody reads, and what is paid.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 * The author's word decides: a Paywall block or [relay_paywall], else the More tag; else the length of the teaser. At least
 * half of an article nobody marked is paid, however short it is. The teaser never holds anything of the rest.
 */
final class Split {

	public const BLOCK     = 'relay-payments/paywall';
	public const SHORTCODE = 'relay_paywall';

	/**
	 * Use `of`.
	 *
	 * @param string $teaser What everybody reads; raw, as `post_content` is.
	 * @param string $rest   What is paid; raw, too.
	 */
	private function __construct( public readonly string $teaser, public readonly string $rest ) {}

	/** Whether the author marked where the paid part begins. */
	public static function is_marked( string $content ): bool {
		return has_block( self::BLOCK, $content ) || 1 === preg_match( '/\[' . self::SHORTCODE . '[\s\/\]]/', $content );
	}

	/**
	 * Cut an article.
	 *
	 * @param string $content As `post_content` is.
	 * @param int    $words   Of the teaser, where the author marked nothing.
	 */
	public static function of( string $content, int $words ): self {
		if ( has_blocks( $content ) && self::is_marked( $content ) ) {
			return self::at_block( $content );
		}
		$marks = array( '/\[' . self::SHORTCODE . '[^\]]*\]/', '/<!-- wp:more.*?<!-- \/wp:more -->|<!--more(.*?)?-->/s' );
		foreach ( $marks as $mark ) {
			if ( preg_match( $mark, $content, $found, PREG_OFFSET_CAPTURE ) ) {
				$teaser = substr( $content, 0, $found[0][1] );
				return new self( self::closed( $teaser ), substr( $content, $found[0][1] + strlen( $found[0][0] ) ) );
			}
		}
		return self::by_length( $content, $words );
	}

	/** Cut where the Paywall stands, a block or a block with its shortcode, however deep: what is around it is closed on both sides. */
	private static function at_block( string $content ): self {
		$teaser = array();
		$rest   = array();
		$found  = false;
		foreach ( parse_blocks( $content ) as $block ) {
			if ( $found ) {
				$rest[] = $block;
			} elseif ( self::is_mark( $block ) ) {
				$found = true;
				$rest  = array( $block ); // A shortcode may have words around it, and both render as nothing.
			} else {
				[ $before, $after ] = self::around( $block );
				$teaser[]           = $before;
				$found              = null !== $after;
				$rest               = $found ? array( $after ) : array();
			}
		}
		return new self( serialize_blocks( $teaser ), serialize_blocks( $rest ) );
	}

	/**
	 * A block up to the Paywall block inside it, and from there on; the second is null where there is none inside.
	 *
	 * @param array $block As parse_blocks gives it.
	 */
	private static function around( array $block ): array {
		foreach ( $block['innerBlocks'] as $at => $inner ) {
			[ $inner_before, $inner_after ] = self::is_mark( $inner ) ? array( null, $inner ) : self::around( $inner );
			if ( null === $inner_after ) {
				continue;
			}
			$children = array_keys( $block['innerContent'], null, true );
			$head     = array_slice( $block['innerContent'], 0, $children[ $at ] );
			$tail     = array_slice( $block['innerContent'], $children[ $at ] + 1 );
			$opening  = preg_match( '/^\s*(?:<\w[^>]*>\s*)+/', (string) ( $head[0] ?? '' ), $match ) ? $match[0] : '';
			$closing  = preg_match( '/(?:<\/\w+>\s*)+$/', (string) ( end( $tail ) ? end( $tail ) : '' ), $match ) ? $match[0] : '';

			$before                 = $block;
			$before['innerBlocks']  = array_slice( $block['innerBlocks'], 0, $at );
			$before['innerContent'] = $head;
			$after                  = $block;
			$after['innerBlocks']   = array_slice( $block['innerBlocks'], $at + 1 );
			$after['innerContent']  = array_merge( array( $opening ), $tail );
			array_unshift( $after['innerBlocks'], $inner_after );
			array_splice( $after['innerContent'], 1, 0, array( null ) );
			if ( null !== $inner_before ) {
				$before['innerBlocks'][]  = $inner_before;
				$before['innerContent'][] = null;
			}
			$before['innerContent'][] = $closing;
			return array( $before, $after );
		}
		return array( $block, null );
	}

	/** Whether a block is the Paywall, or one without others inside that has its shortcode. */
	private static function is_mark( array $block ): bool {
		return self::BLOCK === $block['blockName'] || ( ! $block['innerBlocks'] && self::is_marked( $block['innerHTML'] ) );
	}

	/** Whole blocks or paragraphs until there are enough words; a first one that is too long is shortened. */
	private static function by_length( string $content, int $words ): self {
		$parts = has_blocks( $content )
			? array_map( static fn( $block ) => serialize_blocks( array( $block ) ), parse_blocks( $content ) )
			: preg_split( '/(?<=\n)(?=\s*\n)/', str_replace( "\r\n", "\n", $content ) );
		$most  = min( $words, intdiv( self::count_words( $content ), 2 ) );
		$taken = array();
		$count = 0;
		foreach ( $parts as $part ) {
			$count += self::count_words( $part );
			if ( $count > $most ) {
				break;
			}
			$taken[] = $part;
		}
		$teaser = implode( '', $taken );
		$rest   = implode( '', array_slice( $parts, count( $taken ) ) );
		if ( '' === trim( wp_strip_all_tags( $teaser ) ) && $most > 0 ) {
			// The whole article is paid for, and read from its start: nobody joins half a paragraph.
			return new self( '<p>' . esc_html( wp_trim_words( strip_shortcodes( $content ), $most ) ) . '</p>', $content );
		}
		return new self( self::closed( $teaser ), $rest );
	}

	/** Words a reader sees. */
	private static function count_words( string $content ): int {
		return (int) preg_match_all( '/[\p{L}\p{N}][\p{L}\p{N}\'’-]*/u', wp_strip_all_tags( strip_shortcodes( $content ) ) );
	}

	/** HTML whose elements end where it ends. */
	private static function closed( string $html ): string {
		return force_balance_tags( $html );
	}
}
