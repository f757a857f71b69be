<?php
/**
 * What readers' pages ask over REST: the rest of an article, a free one, an invoice. No answer is ever cached.
 *
 * @package RelayPayments
 */

namespace RelayPayments;

defined( 'ABSPATH' ) || exit;

/**
 *     GET  /posts/{id}/content   the paid part, for a token, a purchase or an author
 *     POST /posts/{id}/free      the paid part, as one of the visitor's free articles
 *     POST /posts/{id}/invoice   what to pay: made with the merchant's key, the price read from the post
 */
final class Routes {

	public const SPACE = 'relay-payments/v1';

	/** Listen. */
	public static function start(): void {
		add_action( 'rest_api_init', array( self::class, 'register' ) );
		add_filter( 'rest_post_dispatch', array( self::class, 'forbid_caching' ), 10, 3 );
		add_filter( 'rest_pre_serve_request', array( self::class, 'close_to_other_sites' ), 20, 4 );
	}

	/** Register them. They are public: what each gives away, it decides itself. */
	public static function register(): void {
		$id = array(
			'id' => array(
				'type'    => 'integer',
				'minimum' => 1,
			),
		);
		foreach ( array(
			'content' => array( \WP_REST_Server::READABLE, array( self::class, 'content' ) ),
			'free'    => array( \WP_REST_Server::CREATABLE, array( self::class, 'free' ) ),
			'invoice' => array( \WP_REST_Server::CREATABLE, array( Invoice_Desk::class, 'serve' ) ),
		) as $name => [ $methods, $callback ] ) {
			register_rest_route(
				self::SPACE,
				"/posts/(?P<id>[1-9][0-9]{0,17})/$name",
				array(
					'methods'             => $methods,
					'callback'            => $callback,
					'permission_callback' => '__return_true',
					'args'                => $id,
				)
			);
		}
	}

	/** The paid part, for whoever may read it. */
	public static function content( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$post = self::article( $request );
		if ( is_wp_error( $post ) ) {
			return $post;
		}
		$reason = Access::reason( $post, $request );
		if ( is_wp_error( $reason ) ) {
			$reader = Access::is_of_this_site( $request ) ? Free_Articles::of( Access::user(), Visitor::current() )->left() : 0;
			$reason->add_data( (array) $reason->get_error_data() + array( 'freeLeft' => $reader ) );
			return $reason;
		}
		return self::rest_of( $post, $reason );
	}

	/** The paid part, if the visitor has a free article left. */
	public static function free( \WP_REST_Request $request ): \WP_REST_Response|\WP_Error {
		$post = self::article( $request );
		if ( is_wp_error( $post ) ) {
			return $post;
		}
		if ( ! Access::is_of_this_site( $request ) ) {
			return new \WP_Error( 'forbidden', __( 'Only pages of this site may ask this.', 'relay-payments' ), array( 'status' => 403 ) );
		}
		if ( ! Free_Articles::of( Access::user(), Visitor::current() )->take( $post->ID ) ) {
			return new \WP_Error( 'payment_required', __( 'Your free articles are read.', 'relay-payments' ), array( 'status' => 402 ) );
		}
		return self::rest_of( $post, 'free' );
	}

	/** The paid article a request names, if everybody may see that it exists. */
	public static function article( \WP_REST_Request $request ): \WP_Post|\WP_Error {
		$post = get_post( (int) $request['id'] );
		$user = Access::is_of_this_site( $request ) ? Access::user() : 0;
		if ( ! Paywall::is_paid( $post ) || post_password_required( $post ) || ! ( is_post_publicly_viewable( $post ) || user_can( $user, 'read_post', $post->ID ) ) ) {
			return new \WP_Error( 'not_found', __( 'There is no such article.', 'relay-payments' ), array( 'status' => 404 ) );
		}
		return $post;
	}

	/** No cache keeps anything of ours, and none confuses two readers. */
	public static function forbid_caching( mixed $response, mixed $server, \WP_REST_Request $request ): mixed {
		if ( $response instanceof \WP_REST_Response && self::is_ours( $request ) ) {
			$response->header( 'Cache-Control', 'private, no-store' );
			$response->header( 'Vary', 'Authorization, Cookie, Origin' );
			foreach ( array( 'DONOTCACHEPAGE', 'DONOTCACHEOBJECT' ) as $agreed ) {
				defined( $agreed ) || define( $agreed, true ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- what page caches look for.
			}
		}
		return $response;
	}

	/** WordPress lets every origin read REST with cookies; what is paid for is this site's only. */
	public static function close_to_other_sites( mixed $served, mixed $response, \WP_REST_Request $request, mixed $server ): mixed {
		$origin = get_http_origin();
		if ( self::is_ours( $request ) && '' !== $origin && strtolower( $origin ) !== Settings::origin() && ! headers_sent() ) {
			header_remove( 'Access-Control-Allow-Origin' );
			header_remove( 'Access-Control-Allow-Credentials' );
		}
		return $served;
	}

	/** Whether a request is for one of this plugin's routes. */
	private static function is_ours( \WP_REST_Request $request ): bool {
		return str_starts_with( $request->get_route(), '/' . self::SPACE . '/' );
	}

	/**
	 * The answer that opens an article.
	 *
	 * @param \WP_Post $post   Which.
	 * @param string   $reason Why it may be read.
	 */
	private static function rest_of( \WP_Post $post, string $reason ): \WP_REST_Response {
		return new \WP_REST_Response(
			array(
				'html'   => Paywall::render_rest( $post ),
				'reason' => $reason,
			)
		);
	}
}
