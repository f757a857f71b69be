"""The rest of a paid article leaves the site nowhere: every way to a post is asked for it, as a stranger."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.wordpress.articles import BLOCKS, FREE, PAID, SECRET_WORD, publish
from tests.wordpress.site import HERE, Site

CLASSIC = f"{FREE}\n\n<!--more-->\n\n{PAID}\n\nAnd so on."
SHORTCODE = f"{FREE}\n\n[relay_paywall]\n\n{PAID}"
NESTED = f"""<!-- wp:group --><div class="wp-block-group"><!-- wp:paragraph --><p>{FREE}</p><!-- /wp:paragraph -->
<!-- wp:relay-payments/paywall /--><!-- wp:paragraph --><p>{PAID}</p><!-- /wp:paragraph --></div><!-- /wp:group -->"""
INLINE = f"""<!-- wp:paragraph --><p>{FREE}</p><!-- /wp:paragraph -->
<!-- wp:columns --><div class="wp-block-columns"><!-- wp:column --><div class="wp-block-column"><!-- wp:paragraph -->
<p>Now: [relay_paywall] it costs.</p><!-- /wp:paragraph --><!-- wp:paragraph --><p>{PAID}</p><!-- /wp:paragraph -->
</div><!-- /wp:column --></div><!-- /wp:columns -->"""
UNMARKED = f"{FREE}\n\n{'It is a long story. ' * 4}\n\n{PAID} {'There is more of it. ' * 4}"
PAGED = f"{FREE}\n\n<!--more-->\n\nA few words.\n\n<!--nextpage-->\n\n{PAID}"


async def read(http: ClientSession, url: str) -> str:
    async with http.get(url) as answer:
        text = await answer.text()
        assert answer.status in (200, 404), text[:2000]
        return text


@pytest.mark.parametrize(
    "content",
    [BLOCKS, CLASSIC, SHORTCODE, NESTED, INLINE, UNMARKED, PAGED],
    ids=["blocks", "classic", "shortcode", "nested", "inline", "unmarked", "paged"],
)
async def test_a_page_shows_the_teaser_and_a_gate_however_the_article_is_written(
    sqlite_site: Site, stranger: ClientSession, content: str
) -> None:
    id = publish(sqlite_site, content)
    for page in ("", "&page=2", "&paged=2", "&preview=true"):
        shown = await read(stranger, f"{sqlite_site.url}/?p={id}{page}")
        assert SECRET_WORD not in shown
    shown = await read(stranger, f"{sqlite_site.url}/?p={id}")
    assert FREE in shown
    assert shown.count("<relay-paywall") == 1
    assert "wp:relay-payments" not in shown
    whole = sqlite_site.php("return RelayPayments\\Paywall::render_rest( get_post( $id ) );", id=id)
    assert SECRET_WORD in whole
    assert "relay_paywall" not in whole and "relay-paywall" not in whole
    assert whole.count("<div") == whole.count("</div>")
    assert shown.count("<div") == shown.count("</div>")


async def test_every_other_way_to_a_post_shows_no_more_than_the_page(any_site: Site, stranger: ClientSession) -> None:
    any_site.add_plugin(HERE / "curious-theme.php")
    id = publish(any_site, title="Curious rounding")
    for path in (
        f"/?p={id}&curious",
        "/?curious",
        "/?s=rounding&curious",
        "/feed/",
        "/feed/atom/",
        f"/?p={id}&embed=true",
        f"/?feed=rss2&p={id}",
        f"/wp-json/wp/v2/posts/{id}",
        f"/wp-json/wp/v2/posts/{id}?context=embed",
        "/wp-json/wp/v2/posts?search=curious",
        "/wp-json/wp/v2/search?search=curious",
        f"/wp-json/oembed/1.0/embed?url={any_site.url}/?p={id}",
        "/wp-sitemap-posts-post-1.xml",
        "/author/admin/",
        "/2026/",
    ):
        shown = await read(stranger, any_site.url + path)
        assert SECRET_WORD not in shown, path
    amp = await read(stranger, f"{any_site.url}/?p={id}&curious&amp")
    assert SECRET_WORD not in amp and "<relay-paywall" not in amp
    assert "Read the rest for" in amp
    assert FREE in await read(stranger, f"{any_site.url}/wp-json/wp/v2/posts/{id}")
    assert FREE in await read(stranger, f"{any_site.url}/feed/")
    assert f'<meta name="description" content="{FREE}' in await read(stranger, f"{any_site.url}/?p={id}&curious")
    assert "direct: " in await read(stranger, f"{any_site.url}/?p={id}&curious")


async def test_what_only_editors_may_ask_is_refused(any_site: Site, stranger: ClientSession) -> None:
    id = publish(any_site)
    any_site.php("wp_update_post( array( 'ID' => $id, 'post_title' => 'Again' ) );", id=id)
    for path in (f"posts/{id}?context=edit", f"posts/{id}/revisions", f"posts/{id}/autosaves"):
        async with stranger.get(f"{any_site.url}/wp-json/wp/v2/{path}") as answer:
            assert answer.status == 401, path
            assert SECRET_WORD not in await answer.text()
    call = (
        f"<methodCall><methodName>wp.getPost</methodName><params><param><int>1</int></param><param><string>x</string>\
</param><param><string>x</string></param><param><int>{id}</int></param></params></methodCall>"
    )
    async with stranger.post(f"{any_site.url}/xmlrpc.php", data=call) as answer:
        assert SECRET_WORD not in await answer.text()


async def test_searching_for_a_word_of_the_rest_finds_nothing(any_site: Site, stranger: ClientSession) -> None:
    word = f"z{any_site.port}qx"
    id = publish(any_site, BLOCKS.replace(SECRET_WORD, word).replace("invented", f"invented a{word}"))
    free = publish(any_site, f"Another article says b{word}.", paid=False)

    async def found(text: str) -> set[int]:
        async with stranger.get(f"{any_site.url}/wp-json/wp/v2/posts", params={"search": text}) as answer:
            listed = {post["id"] for post in await answer.json()}
        page = await read(stranger, f"{any_site.url}/?s={text}")
        assert {each for each in (id, free) if f"post-{each} " in page} == listed
        return listed

    assert await found(f"kept the {word}") == set()
    assert await found(f"a{word}") == {id}
    assert await found(f"b{word}") == {free}


async def test_an_article_that_is_not_paid_for_is_as_it_was(sqlite_site: Site, stranger: ClientSession) -> None:
    id = publish(sqlite_site, f"{FREE}\n\n<!--more-->\n\n{PAID}", paid=False)
    shown = await read(stranger, f"{sqlite_site.url}/?p={id}")
    assert PAID in shown
    assert "relay-paywall" not in shown


async def test_a_paywall_block_makes_an_article_paid_even_where_the_switch_is_off(
    sqlite_site: Site, stranger: ClientSession
) -> None:
    id = publish(sqlite_site, BLOCKS, paid=False)
    assert SECRET_WORD not in await read(stranger, f"{sqlite_site.url}/?p={id}")


def test_a_plugin_that_saves_what_it_read_as_a_visitor_loses_nothing(any_site: Site) -> None:
    id = publish(any_site)
    stored = any_site.php(
        "$found = new WP_Query( array( 'p' => $id ) ); $read = $found->posts[0]->post_content;"
        "wp_update_post( wp_slash( array( 'ID' => $id, 'post_content' => $read . ' more' ) ) );"
        "return array( $read, get_post( $id )->post_content );",
        id=id,
    )
    assert SECRET_WORD not in stored[0]
    assert stored[1] == BLOCKS


def test_nothing_of_this_made_php_or_wordpress_complain(any_site: Site) -> None:
    assert any_site.complaints() == []
