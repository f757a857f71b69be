<?php
// A theme and plugins as there are many: they print posts in ways of their own, around the usual one.

if ( ! isset( $_GET['curious'] ) ) {
	return;
}

if ( isset( $_GET['amp'] ) ) {
	function amp_is_request() {
		return true;
	}
}
add_action(
	'wp_head',
	static function () {
		$post = get_queried_object();
		if ( $post instanceof WP_Post ) {
			$text = wp_html_excerpt( strip_shortcodes( $post->post_content ), 150 );
			echo '<meta name="description" content="' . esc_attr( trim( $text ) ) . '">';
		}
	}
);
add_action(
	'wp_footer',
	static function () {
		foreach ( get_posts() as $post ) {
			echo '<p>direct: ' . apply_filters( 'the_content', get_post( $post->ID )->post_content ) . '</p>';
			setup_postdata( $post );
			echo '<p>changed first: ' . apply_filters( 'the_content', strtoupper( '<b>' ) . get_post( $post->ID )->post_content ) . '</p>';
			echo get_the_excerpt( $post ), 'raw: ', get_the_content( null, false, $post->ID );
		}
		wp_reset_postdata();
		echo do_blocks( '<!-- wp:latest-posts {"displayPostContent":true,"displayPostContentRadio":"full_post"} /-->' );
		echo do_blocks( '<!-- wp:query {"query":{"perPage":9,"postType":"post","inherit":false}} --><div><!-- wp:post-template --><!-- wp:post-content /--><!-- wp:post-excerpt /--><!-- /wp:post-template --></div><!-- /wp:query -->' );
	}
);
