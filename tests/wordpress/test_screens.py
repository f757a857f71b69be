"""The administration in a browser: connect, publish a paid post in the block editor, see payments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.browser.conftest import ARGUMENTS, CHROMIUM, SCREENSHOTS
from tests.browser.reading import is_accessible
from tests.wordpress.articles import SECRET_WORD, publish
from tests.wordpress.shop import Shop, a_reader, ask, pay, selling
from tests.wordpress.site import PASSWORD, Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
PATIENCE = 60_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(sqlite_site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with selling(sqlite_site, tmp_path_factory.mktemp("relay")) as shop:
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(shop: Shop) -> AsyncIterator[BrowserContext]:
    """The site's owner, signed in."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        await page.goto(f"{shop.site.url}/wp-login.php")
        await page.fill("#user_login", "admin")
        await page.fill("#user_pass", PASSWORD)
        await page.click("#wp-submit")
        await page.wait_for_url("**/wp-admin/**")
        await page.close()
        yield context
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(owner: BrowserContext) -> AsyncIterator[Page]:
    page = await owner.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    await page.close()


async def keep(page: Page, name: str, *, whole: bool = False) -> None:
    await page.screenshot(path=SCREENSHOTS / f"wordpress-{name}.png", full_page=whole)


async def test_the_owner_connects_his_relay_and_is_told_what_is_wrong_until_nothing_is(shop: Shop, page: Page) -> None:
    await page.goto(f"{shop.site.url}/wp-admin/admin.php?page=relay-payments-settings")
    results = page.locator("#relay-results li")

    await page.fill("#relay_url", "http://127.0.0.1:1")
    await page.click("#relay-test")
    await expect(results).to_have_class(["wrong"])
    await page.fill("#relay_url", shop.relay.url)
    await page.fill("#api_key", "pk_test_0123456789abcdef")
    await page.click("#relay-test")
    await expect(results.first).to_contain_text("An API key begins with sk_")
    await page.fill("#api_key", shop.key)
    await page.click("#relay-test")
    await expect(results).to_have_class(["ok"] * 4)
    await expect(results.nth(0)).to_contain_text("HBAR, DUSD")

    await page.fill("#price_amount", "0.255")
    await page.click("#submit")
    await expect(page.locator(".notice-error")).to_contain_text("A price is a number above zero")
    await page.fill("#price_amount", "0.25")
    await page.locator("#relay-payees input[name$='[account]']").fill("0.0.2001")
    await page.fill("#free_articles", "0")
    await page.click("#submit")
    await expect(page.locator(".notice-success")).to_be_visible()
    await page.click("#relay-test")
    await expect(results).to_have_class(["ok"] * 4)
    await expect(results.nth(2)).to_contain_text("readers pay 5 HBAR")
    await is_accessible(page, ".wrap")
    await keep(page, "settings", whole=True)
    assert shop.key not in await page.content()
    assert shop.site.php("return RelayPayments\\Settings::webhook_secret();").startswith("whsec_")


async def test_a_post_is_published_in_the_block_editor_with_a_paywall_and_a_price(shop: Shop, page: Page) -> None:
    await page.goto(f"{shop.site.url}/wp-admin/post-new.php")
    await page.evaluate("wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)")
    await page.wait_for_function("wp.blocks.getBlockType('relay-payments/paywall')")
    await page.evaluate(
        """secret => {
            const { createBlock } = wp.blocks;
            wp.data.dispatch('core/editor').editPost({ title: 'Written in the editor' });
            wp.data.dispatch('core/block-editor').insertBlocks([
                createBlock('core/paragraph', { content: 'Everybody reads this.' }),
                createBlock('core/paragraph', { content: `Only who paid reads of ${secret}.` }),
            ]);
        }""",
        SECRET_WORD,
    )
    frame = page.frame_locator("iframe[name=editor-canvas]")
    await expect(frame.get_by_text("Only who paid")).to_be_visible()
    await page.evaluate("""() => {
        const { getBlockOrder } = wp.data.select('core/block-editor');
        wp.data.dispatch('core/block-editor').selectBlock(getBlockOrder()[0], -1);
    }""")
    await expect(frame.locator(".wp-block.is-selected", has_text="Everybody")).to_be_focused()
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await page.keyboard.type("/paywall")
    await page.get_by_role("option", name="Paywall").click()
    await expect(frame.get_by_text("Paid from here on: 0.25 USD")).to_be_visible()

    # A block that is selected brings its own settings to the front, some time after it was inserted.
    await page.wait_for_function(
        """() => {
            wp.data.dispatch('core/block-editor').clearSelectedBlock();
            wp.data.dispatch('core/edit-post').openGeneralSidebar('edit-post/document');
            const buttons = document.querySelectorAll('[aria-label="Editor settings"] button');
            return [...buttons].some((button) => button.textContent === 'Paywall');
        }""",
        polling=200,
    )
    sidebar = page.get_by_role("region", name="Editor settings")
    panel = sidebar.get_by_role("button", name="Paywall")
    if await panel.get_attribute("aria-expanded") == "false":
        await panel.click()
    await sidebar.get_by_label("Price").fill("0.40")
    await expect(frame.get_by_text("Paid from here on: 0.40")).to_be_visible()
    await keep(page, "editor")

    await page.get_by_role("button", name="Publish", exact=True).click()
    await page.get_by_label("Editor publish").get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("is now live.").first).to_be_visible()
    id = int(await page.evaluate("wp.data.select('core/editor').getCurrentPostId()"))

    async with a_reader() as stranger:
        async with stranger.get(f"{shop.site.url}/?p={id}") as answer:
            shown = await answer.text()
        assert "Everybody reads this." in shown and SECRET_WORD not in shown
        assert 'price="0.40 USD"' in shown
        _, invoice = await ask(stranger, "POST", shop.url(id, "invoice"))
        assert invoice["price"] == {"amount": "0.40", "currency": "USD"}


async def test_the_list_of_posts_shows_prices_and_changes_them(shop: Shop, page: Page) -> None:
    one, two = publish(shop.site, "Plain.", paid=False), publish(shop.site, "Plain, too.", paid=False)
    await page.goto(f"{shop.site.url}/wp-admin/edit.php")
    row = page.locator(f"#post-{one}")
    await expect(row.locator(".column-relay_payments")).to_contain_text("—")
    await row.hover()
    await row.get_by_role("button", name="Quick Edit").click()
    form = page.locator(f"#edit-{one}")
    await form.locator("[name=relay_on]").select_option("1")
    await form.locator("[name=relay_amount]").fill("3")
    await form.locator("[name=relay_unit]").select_option("hedera:devnet 0.0.0")
    await form.locator("[name=relay_payees]").fill("hedera:devnet 0.0.2001 3\nhedera:devnet 0.0.2002 1")
    await is_accessible(page, f"#edit-{one} .relay-edit")
    await keep(page, "quick-edit")
    await form.get_by_role("button", name="Update").click()
    await expect(row.locator(".column-relay_payments")).to_contain_text("3 HBAR")

    for id in (one, two):
        await page.check(f"#cb-select-{id}")
    await page.select_option("#bulk-action-selector-top", "edit")
    await page.click("#doaction")
    await page.locator("#bulk-edit [name=relay_on]").select_option("1")
    await page.click("#bulk_edit")
    await expect(page.locator(f"#post-{two} .column-relay_payments")).to_contain_text("0.25 USD")
    await expect(row.locator(".column-relay_payments")).to_contain_text("3 HBAR")
    await keep(page, "posts")
    kept = shop.site.php("return get_post_meta( $id, '_relay_payments_payees', true );", id=one)
    assert [payee["weight"] for payee in kept] == [3, 1]


async def test_payments_are_listed_searched_added_up_and_downloaded(shop: Shop, page: Page) -> None:
    shop.connect()
    id = publish(shop.site, title="=HYPERLINK(1)")
    async with a_reader() as reader:
        for _ in range(2):
            _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
            await pay(shop, invoice)
            reader.cookie_jar.clear()
        async with asyncio.timeout(40):
            while [row["status"] for row in shop.rows()].count("settled") < 2:
                await asyncio.sleep(0.1)
    await page.goto(f"{shop.site.url}/wp-admin/admin.php?page=relay-payments")
    await expect(page.locator(".relay-totals dd").first).to_have_text("10 HBAR")
    await expect(page.locator("tbody .column-what").first).to_contain_text("=HYPERLINK(1)")
    await is_accessible(page, ".wrap")
    await keep(page, "payments")
    await page.fill("#relay-payments-search-input", "' OR 1=1 -- %")
    await page.click("#search-submit")
    await expect(page.locator("tbody")).to_contain_text("No payments here yet.")
    await page.fill("#relay-payments-search-input", "0.0.1001")
    await page.click("#search-submit")
    await expect(page.locator("tbody tr")).to_have_count(2)
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Download as CSV").click()
    path = await (await started.value).path()
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert ",500000000," in lines[1] and lines[1].endswith(',"5 HBAR"')
