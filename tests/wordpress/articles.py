"""Articles on a site: what everybody may read of them, and what is paid for."""

from __future__ import annotations

from itertools import count

from tests.wordpress.site import Site

FREE = "Everybody reads how rounding was invented."
PAID = "Only readers who paid learn that the tax collector kept the crumbs."
SECRET_WORD = "crumbs"
_numbers = count(1)

BLOCKS = f"""<!-- wp:paragraph -->
<p>{FREE}</p>
<!-- /wp:paragraph -->

<!-- wp:relay-payments/paywall /-->

<!-- wp:heading -->
<h2 class="wp-block-heading">What rounding up did</h2>
<!-- /wp:heading -->

<!-- wp:paragraph -->
<p>{PAID}</p>
<!-- /wp:paragraph -->"""


def publish(site: Site, content: str = BLOCKS, *, paid: bool = True, title: str = "", **fields: object) -> int:
    """A published article; its id. `fields` are those of wp_insert_post."""
    post = {"post_title": title or f"Rounding, part {next(_numbers)}", "post_content": content, **fields}
    made = site.php(
        "kses_remove_filters(); $post += array( 'post_status' => 'publish', 'post_author' => 1 );"
        "$id = wp_insert_post( wp_slash( $post ) );"
        "if ( $paid ) { update_post_meta( $id, '_relay_payments_on', '1' ); } return $id;",
        post=post,
        paid=paid,
    )
    return int(made)
