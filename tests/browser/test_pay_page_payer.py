"""The pay page under a payer's hands: paid by the keyboard alone, and what it says when the rate is over."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from relay.devnet.network import DevNode
from relay.store.database import open_database
from tests.browser.chromium import SCREENSHOTS, SECONDS, patient
from tests.conftest import Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.receiver import receiver
from tests.servers.relay_process import RelayProcess

pytestmark = pytest.mark.slow
WALLET = """
const provider = { request: ({ method, params }) =>
    method === "relay_accounts" ? Promise.resolve(["hedera:devnet"]) : window.payWithWallet(params) };
const wallet = { info: { uuid: "7c2e", name: "Test Wallet", icon: "", rdns: "example.wallet" }, provider };
const tell = () => dispatchEvent(new CustomEvent("relay:announceWallet", { detail: wallet }));
addEventListener("relay:requestWallet", tell);
tell();
"""


async def test_an_invoice_is_paid_by_the_keyboard_alone(
    relay: RelayProcess, keys: dict[str, str], chromium: Browser
) -> None:
    asked = await invoice(relay.url, keys["shop"], amount="1000")
    page = await patient(await chromium.new_context(locale="en-GB")).new_page()

    async def pay(wish: dict[str, Any]) -> dict[str, Any]:
        """What a wallet does: it signs, and sends it through the relay."""
        assert wish["invoice"]["id"] == asked["id"]
        raw = "0x" + signed(asked["memo"]).hex()
        _, answer = await post(relay.url, "/v1/payments", json={"network": "hedera:devnet", "transaction": raw})
        return dict(answer)

    await page.expose_function("payWithWallet", pay)
    await page.add_init_script(WALLET)
    await page.goto(asked["url"])
    await expect(page.locator("#pay")).to_have_text("Pay 0.00001 HBAR with Test Wallet")

    for _ in range(10):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "pay":
            break
    await page.screenshot(path=SCREENSHOTS / "pay-keyboard.png")
    await page.keyboard.press("Enter")

    await expect(page.locator("#end-title")).to_have_text("Paid")
    await expect(page.locator("#end-title")).to_be_focused()  # whoever cannot see it hears it


async def test_an_amount_whose_rate_is_over_is_explained_not_asked_and_a_button_gets_a_fresh_one(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start, chromium: Browser
) -> None:
    async with receiver() as exchange:
        exchange.headers = {"Content-Type": "application/json"}
        exchange.body = json.dumps({"last": "0.10"}).encode()
        rates = f"""
            [rates]
            refresh_seconds = 1
            [[rates.sources]]
            kind = "ticker"
            name = "exchange"
            url = "{exchange.url}/{{symbol}}"
            symbols = {{ "HBAR/USD" = "HBARUSD" }}
            price = ["last"]
        """
        relay = await start_relay(sqlite_url, devnet, chain=rates)
        price = {"amount": "4.50", "currency": "USD"}
        _, asked = await post(
            relay.url, "/v1/invoices", keys["shop"], json={"network": "hedera:devnet", "price": price}
        )
        exchange.status = 503
        seen = asked
        async with asyncio.timeout(SECONDS), open_database(sqlite_url) as db:
            while seen["quoteExpiresAt"] >= asked["quoteExpiresAt"]:  # the last rate is remembered for a second
                await db.write(lambda tx: tx.run("UPDATE invoices SET quoted_until = quoted_until - 1200000000"))
                _, seen = await get(relay.url, f"/v1/invoices/{asked['id']}")
        phone = await chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
        page = await patient(phone).new_page()
        await page.goto(asked["url"])

        await expect(page.locator("#stale-text")).to_contain_text("The rate behind this amount is over")
        for amount in ("#ask", "#fiat"):
            await expect(page.locator(amount)).to_be_hidden()
        await page.screenshot(path=SCREENSHOTS / "pay-stale.png")
        await page.focus("#requote")
        await page.keyboard.press("Enter")
        await expect(page.locator("#stale-text")).to_contain_text("no rate to be trusted right now")

        exchange.status, exchange.body = 200, json.dumps({"last": "0.20"}).encode()
        async with asyncio.timeout(SECONDS):
            while not await page.locator("#ask").is_visible():
                await page.keyboard.press("Enter")
                await page.wait_for_timeout(250)
        await expect(page.locator("#stale")).to_be_hidden()
        await expect(page.locator("#amount")).to_have_text("22.5 HBAR")
