"""A reader at a paid article in a real browser: the wallet extension pays, the rest appears, and stays his."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, SCREENSHOTS
from tests.browser.extension import PASSPHRASE, Wallet, and_closes, set_up, wallet_in_chromium
from tests.browser.reading import is_accessible
from tests.wordpress.articles import BLOCKS, FREE, PAID, SECRET_WORD, publish
from tests.wordpress.shop import Shop, expired, selling
from tests.wordpress.site import PASSWORD, Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
PATIENCE = 60_000
LONG = BLOCKS.replace(
    FREE, f"{FREE} It began with a coin that could not be divided, and with somebody who had to decide."
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(sqlite_site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with selling(sqlite_site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect()
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mariadb_shop(mariadb_site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with selling(mariadb_site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect()
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wallet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wallet]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with wallet_in_chromium(tmp_path_factory.mktemp("chromium")) as wallet:
        wallet.context.set_default_timeout(PATIENCE)  # a page here is made by PHP, and its wallet's window by Chromium
        await set_up(wallet)
        yield wallet


@pytest_asyncio.fixture(loop_scope="module")
async def page(wallet: Wallet) -> AsyncIterator[Page]:
    page = await wallet.context.new_page()
    await page.set_viewport_size({"width": 1100, "height": 900})
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    await page.close()


async def sees(page: Page, state: str) -> None:
    await expect(page.locator("relay-paywall")).to_have_attribute("state", state, timeout=PATIENCE)


async def opens(page: Page, shop: Shop, id: int) -> None:
    await page.goto(f"{shop.site.url}/?p={id}")
    await sees(page, "locked")
    assert SECRET_WORD not in await page.content()


async def unlocks(wallet: Wallet, page: Page, answer: str) -> None:
    """Ask for the rest, and answer the wallet's window."""
    async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
        await page.get_by_role("button", name="Unlock").click()
    window = await coming.value
    await and_closes(window.click(answer))


async def keep(page: Page, name: str) -> None:
    await page.screenshot(path=SCREENSHOTS / f"wordpress-{name}.png", full_page=True)


async def test_the_rest_appears_once_the_wallets_payment_is_settled_and_stays_after_a_reload(
    shop: Shop, mariadb_shop: Shop, wallet: Wallet, page: Page
) -> None:
    for each in (mariadb_shop, shop):
        await _buys_and_reads_again(each, wallet, page)


async def _buys_and_reads_again(shop: Shop, wallet: Wallet, page: Page) -> None:
    id = publish(shop.site, LONG, title="A short history of rounding")
    await opens(page, shop, id)
    await is_accessible(page)
    await keep(page, "article-locked")
    await unlocks(wallet, page, "#yes")
    await sees(page, "open")
    await expect(page.get_by_text(PAID)).to_be_visible()
    await is_accessible(page)
    await keep(page, "article-open")
    await page.reload()
    await sees(page, "open")
    await page.evaluate("localStorage.clear()")  # the token; the site knows this browser
    await page.reload()
    await expect(page.get_by_text(PAID)).to_be_visible(timeout=PATIENCE)
    await page.context.clear_cookies()  # as in another browser: neither side remembers, but the wallet's account does
    await page.evaluate("localStorage.clear()")
    await page.reload()
    await sees(page, "locked")
    await page.get_by_role("button", name="I have paid already").click()
    await expect(page.get_by_text(PAID)).to_be_visible(timeout=PATIENCE)
    [paid] = [row for row in shop.rows() if row["post_id"] == str(id)]
    assert paid["status"] == "settled"


async def test_who_paid_signed_in_reads_in_a_second_browser_after_signing_in_there(
    shop: Shop, wallet: Wallet, page: Page
) -> None:
    async def sign_in(page: Page) -> None:
        """By a request beside the page: this Chromium dies of the bubble that offers to save a password."""
        await page.context.add_cookies(
            [{"name": "wordpress_test_cookie", "value": "WP Cookie check", "url": shop.site.url}]
        )
        form = {"log": "reader", "pwd": PASSWORD, "testcookie": "1"}
        answer = await page.context.request.post(f"{shop.site.url}/wp-login.php", form=form)
        assert answer.ok

    id = publish(shop.site)
    await sign_in(page)
    await opens(page, shop, id)
    await unlocks(wallet, page, "#yes")
    await sees(page, "open")  # by the relay's token; what is known of the reader comes by webhook
    async with asyncio.timeout(PATIENCE / 1000):
        while not any(row["post_id"] == str(id) and row["status"] == "settled" for row in shop.rows()):
            await asyncio.sleep(0.1)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        second = await browser.new_page()
        await opens(second, shop, id)
        await sign_in(second)
        await second.goto(f"{shop.site.url}/?p={id}")
        await expect(second.get_by_text(PAID)).to_be_visible(timeout=PATIENCE)
        await browser.close()


async def test_a_locked_wallet_is_unlocked_in_its_own_window_and_pays(shop: Shop, wallet: Wallet, page: Page) -> None:
    id = publish(shop.site)
    await wallet.asks("lock")
    await opens(page, shop, id)
    async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
        await page.get_by_role("button", name="Unlock").click()
    window = await coming.value
    await window.fill("#passphrase", PASSPHRASE)
    await window.click("#unlock-go")
    await and_closes(window.click("#yes"))
    await sees(page, "open")


async def test_declined_costs_nothing_and_what_the_network_refuses_opens_nothing(
    shop: Shop, wallet: Wallet, page: Page
) -> None:
    id = publish(shop.site)
    await opens(page, shop, id)
    await unlocks(wallet, page, "#deny")
    await expect(page.get_by_role("status")).to_have_text("Declined. Nothing was paid.", timeout=PATIENCE)
    assert shop.relay.mirror is not None
    async with ClientSession() as http, http.post(f"{shop.relay.mirror}/faults", json={"precheck": [10]}) as answer:
        assert answer.ok
    await opens(page, shop, id)
    await unlocks(wallet, page, "#yes")
    await expect(page.get_by_role("status")).to_contain_text("No money moved", timeout=PATIENCE)
    await keep(page, "article-refused")
    assert SECRET_WORD not in await page.content()


async def test_an_expired_token_and_a_relay_that_is_away_are_said_plainly(shop: Shop, page: Page) -> None:
    id = publish(shop.site)
    await opens(page, shop, id)
    key = f"relay:{shop.relay.url}:post-{id}"
    await page.evaluate(
        "([key, token]) => localStorage.setItem(key, JSON.stringify({ token }))", [key, expired(shop, id)]
    )
    await page.reload()
    await sees(page, "locked")
    await expect(page.locator("relay-paywall")).to_contain_text("Your access has ended", timeout=PATIENCE)
    await shop.relay.kill()
    try:
        await page.get_by_role("button", name="Unlock").click()
        await expect(page.get_by_role("status")).to_contain_text("cannot be bought right now", timeout=PATIENCE)
        await keep(page, "article-relay-away")
    finally:
        await shop.relay.start()
        shop.site.php("delete_transient( 'relay_payments_away' );")


async def test_a_free_article_is_offered_and_read(shop: Shop, page: Page) -> None:
    shop.site.php("RelayPayments\\Settings::change( array( 'free_articles' => 1 ) );")
    try:
        first, second = publish(shop.site), publish(shop.site)
        await opens(page, shop, first)
        await keep(page, "article-free")
        await page.get_by_role("button", name="Read it free").click()
        await expect(page.get_by_text(PAID)).to_be_visible(timeout=PATIENCE)
        await opens(page, shop, second)
        await expect(page.get_by_role("button", name="Read it free")).to_have_count(0)
    finally:
        shop.site.php("RelayPayments\\Settings::change( array( 'free_articles' => 0 ) );")
