"""The wallet extension pays: approved, declined, unlocked first, over a real relay and its development node."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import CHROMIUM
from tests.browser.extension import PASSPHRASE, Wallet, asked, invoice, outcome, set_up, site, wallet_in_chromium
from tests.browser.processes import Demo, running_demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed; `make test` as root installs it"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wallet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wallet]:
    async with wallet_in_chromium(tmp_path_factory.mktemp("wallet")) as opened:
        await set_up(opened)
        yield opened
        assert opened.complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(wallet: Wallet) -> AsyncIterator[Page]:
    async with site() as origin:
        opened = await wallet.context.new_page()
        await opened.goto(origin)
        yield opened
        await opened.close()


async def test_what_is_approved_is_paid_and_the_page_hears_settled_with_its_token(
    wallet: Wallet, demo: Demo, page: Page
) -> None:
    price = await invoice(demo)
    window = await wallet.window(page, "pay", asked(demo, price))

    await expect(window.locator("#amount")).to_have_text("0.05\u00a0ℏ")
    await expect(window.locator("#origin")).to_have_text(page.url.rstrip("/"))
    await expect(window.locator("#facts")).to_contain_text("0.0.2001")
    await expect(window.locator("#facts")).to_contain_text(price["memo"])
    await expect(window.locator("#deny")).to_be_focused()
    await wallet.keep(window, "approve")
    await window.click("#yes")

    event = (await outcome(page))["event"]
    assert (event["status"], event["amount"], event["invoice"]) == ("settled", "5000000", price["id"])
    assert event["accessToken"]
    assert (await page.evaluate("window.progress"))[-2:] == ["submitted", "settled"]
    newest = (await wallet.history())[0]
    assert (newest["status"], newest["origin"]) == ("settled", page.url.rstrip("/"))
    assert "signed" not in newest and "token" not in newest


async def test_a_denied_payment_signs_nothing(wallet: Wallet, demo: Demo, page: Page) -> None:
    before = await wallet.history()
    window = await wallet.window(page, "pay", asked(demo, await invoice(demo)))
    await window.click("#deny")
    assert (await outcome(page))["code"] == "declined"
    assert await wallet.history() == before


async def test_a_closed_window_is_a_no(wallet: Wallet, demo: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(demo, await invoice(demo)))
    await window.close()
    assert (await outcome(page))["code"] == "declined"


async def test_a_locked_wallet_unlocks_and_goes_on(wallet: Wallet, demo: Demo, page: Page) -> None:
    await wallet.asks("lock")
    window = await wallet.window(page, "pay", asked(demo, await invoice(demo)))
    await expect(window.locator("#locked")).to_be_visible()
    await wallet.keep(window, "approve-locked")
    await window.fill("#passphrase", "wrong wrong wrong")
    await window.click("#unlock-go")
    await expect(window.locator("#unlock-error")).to_have_text("That is not the passphrase.")
    await window.fill("#passphrase", PASSPHRASE)
    await window.click("#unlock-go")
    await window.click("#yes")
    assert (await outcome(page))["event"]["status"] == "settled"
