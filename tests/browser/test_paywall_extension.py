"""The page's element and the wallet extension together: found, asked, approved in the wallet's window, opened."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.extension import Wallet, and_closes, invoice
from tests.browser.paper import PAID, printed
from tests.browser.processes import Demo
from tests.browser.reading import sees

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_the_element_is_paid_with_the_extension_and_opens(wallet: Wallet, shop: Demo) -> None:
    async with printed(shop) as paper:
        reader = await wallet.context.new_page()
        await reader.goto(f"{paper.url}/?wallets=")
        await sees(reader, "locked")
        async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
            await reader.get_by_role("button", name="Unlock").click()
        window = await coming.value
        await expect(window.locator("#amount")).to_have_text("0.7\u00a0ℏ")
        await and_closes(window.click("#yes"))
        await sees(reader, "open")
        await expect(reader.get_by_role("heading", name=PAID)).to_be_visible()
        await reader.close()


async def test_the_payment_page_is_paid_with_the_extension_too(wallet: Wallet, shop: Demo) -> None:
    asked = await invoice(shop)
    payer = await wallet.context.new_page()
    await payer.goto(asked["url"])
    async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
        await payer.get_by_role("button", name="Pay 0.05 HBAR with Relay Wallet").click()
    await and_closes((await coming.value).click("#yes"))
    await expect(payer.locator("#end-title")).to_have_text("Paid")
    await payer.close()
