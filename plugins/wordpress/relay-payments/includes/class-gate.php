<?php
/**
 * What stands where the rest of an article was: its price and a way to pay it, the same for every visitor.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/** A block of its own, so that a cut text passes through WordPress as any other. Authors never see it. */
final class Gate {

	/** Listen. */
	public static function start(): void {
		add_action( 'init', array( self::class, 'register' ) );
	}

	/** Register the block and what the page loads for it. */
	public static function register(): void {
		wp_register_script(
			'relay-payments-gate',
			plugins_url( 'assets/relay.js', FILE ),
			array(),
			VERSION,
			array(
				'strategy'  => 'defer',
				'in_footer' => true,
			)
		);
		wp_register_style( 'relay-payments-gate', plugins_url( 'assets/gate.css', FILE ), array(), VERSION );
		register_block_type(
			'relay-payments/gate',
			array(
				'api_version'     => 3,
				'attributes'      => array( 'post' => array( 'type' => 'integer' ) ),
				'supports'        => array( 'inserter' => false ),
				'render_callback' => array( self::class, 'render' ),
			)
		);
	}

	/** The gate of a post; without JavaScript, and where there is none, a sentence. */
	public static function render( array $attributes ): string {
		$id   = (int) ( $attributes['post'] ?? 0 );
		$post = get_post( $id );
		if ( ! Paywall::is_paid( $post ) ) {
			return '';
		}
		if ( ! self::is_page() ) {
			/* translators: %s: a price such as 0.50 USD */
			$text = sprintf( __( 'Read the rest for %s', 'relay-payments' ), Terms::of_post( $id )->label() );
			return '<p class="relay-payments-more"><a href="' . esc_url( get_permalink( $id ) ) . '">' . esc_html( $text ) . '</a></p>';
		}
		wp_enqueue_script( 'relay-payments-gate' );
		wp_enqueue_style( 'relay-payments-gate' );
		$attributes = array(
			'class'       => 'relay-payments-gate',
			'invoice-url' => rest_url( Routes::SPACE . "/posts/$id/invoice" ),
			'content-url' => rest_url( Routes::SPACE . "/posts/$id/content" ),
			'free-url'    => (int) Settings::get( 'free_articles' ) > 0 ? rest_url( Routes::SPACE . "/posts/$id/free" ) : null,
			'content-id'  => Payments::content_of( $id ),
			'relay'       => Relay::url(),
			'merchant'    => Relay::merchant(),
			'price'       => Terms::of_post( $id )->label(),
			'lang'        => str_replace( '_', '-', determine_locale() ),
		);
		foreach ( array( 'paid', 'no_wallet', 'declined' ) as $page ) {
			$target = (int) Settings::get( "page_$page" );
			if ( $target > 0 && get_permalink( $target ) ) {
				$attributes[ 'redirect-' . str_replace( '_', '-', $page ) ] = get_permalink( $target );
			}
		}
		$html = '<relay-paywall';
		foreach ( array_filter( $attributes ) as $name => $value ) {
			$html .= " $name=\"" . esc_attr( $value ) . '"';
		}
		$without = __( 'The rest of this article is paid, and paying needs JavaScript. Please switch it on and load the page again.', 'relay-payments' );
		return "$html></relay-paywall><noscript><p class=\"relay-payments-more\">" . esc_html( $without ) . '</p></noscript>';
	}

	/** Whether a browser shows this as a page of the site itself. */
	private static function is_page(): bool {
		$is_rest = defined( 'REST_REQUEST' ) && REST_REQUEST;
		$is_amp  = function_exists( 'amp_is_request' ) && amp_is_request();
		return ! is_feed() && ! is_embed() && ! $is_rest && ! $is_amp && ! wp_doing_cron();
	}
}
