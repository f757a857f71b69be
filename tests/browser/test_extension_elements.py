"""The client's elements and the wallet extension meet on a publisher's page: one script, one tag, one approval."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.extension import Wallet, and_closes
from tests.browser.paper import PAID, Paper, printed
from tests.browser.processes import Demo
from tests.browser.test_extension_tag import tag

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def paper(shop: Demo) -> AsyncIterator[Paper]:
    async with printed(shop) as site:
        yield site


async def approval(wallet: Wallet, page: Page) -> Page:
    """The window that the element's first button brings up."""
    async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
        await page.locator(".primary").click()
    return await coming.value


async def test_what_the_wallet_paid_for_opens_on_settled_and_stays_open(wallet: Wallet, paper: Paper) -> None:
    page = await wallet.context.new_page()
    await page.goto(f"{paper.url}/?wallets=")
    window = await approval(wallet, page)
    await expect(window.locator("#amount")).to_have_text("0.7\u00a0ℏ")
    assert PAID not in await page.content()
    await and_closes(window.click("#deny"))
    await expect(page.get_by_text("Declined. Nothing was paid.")).to_be_visible()
    window = await approval(wallet, page)
    await and_closes(window.click("#yes"))
    await expect(page.get_by_role("heading", name=PAID)).to_be_visible(timeout=30_000)
    await page.reload()
    await expect(page.get_by_role("heading", name=PAID)).to_be_visible()
    assert len([paid for paid in await wallet.history(page) if paid["status"] == "settled"]) == 1
    await page.close()


async def test_a_tag_the_page_serves_itself_is_left_to_it_and_paid_by_the_wallet(wallet: Wallet, paper: Paper) -> None:
    paper.tag = tag(paper.demo)
    page = await wallet.context.new_page()
    await page.goto(f"{paper.url}/?wallets=")
    window = await approval(wallet, page)
    await expect(page.locator("relay-wallet-strip")).to_have_count(0)
    await and_closes(window.click("#yes"))
    await expect(page.locator("hedera-micropayment")).to_have_attribute("state", "paid", timeout=30_000)
    await page.close()
