"""Pages and payment servers that lie, cover, hurry and forge: the wallet extension gives them nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from tests.browser.extension import Wallet, and_closes, asked, invoice, outcome, site
from tests.browser.processes import Demo

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

TURNED = "pay \u202e00.1\u202c only"
OWN = ["decide", "account.reveal", "account.import", "state", "unlock", "settings", "site.change", "history", "backup"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def liar() -> AsyncIterator[str]:
    """A payment server that says HBAR has 12 decimals, a token is called ℏ, and writes memos that turn around."""
    assets = [
        {"asset": "0.0.0", "symbol": "cents", "decimals": 12},
        {"asset": "0.0.666", "symbol": "ℏ", "decimals": 8},
    ]
    nodes = [{"address": "127.0.0.1:1", "account": "0.0.3", "healthy": True}]
    network = {"network": "hedera:devnet", "nodes": nodes, "assets": assets}

    def asks(id: str, asset: str, memo: str, amount: str) -> dict[str, Any]:
        pay_to = [{"account": "0.0.666", "amount": amount}]
        return {"id": id, "network": "hedera:devnet", "asset": asset, "memo": memo, "amount": "1", "payTo": pay_to}

    invoices = [
        asks("inv_much", "0.0.0", TURNED, "900000000000"),
        asks("inv_token", "0.0.666", TURNED, "5"),
        asks("inv_long", "0.0.0", "\u202e" * 5000, "5"),
    ]

    async def answer(request: web.Request) -> web.Response:
        known: dict[str, Any] = {"/v1/networks": {"data": [network]}}
        known |= {f"/v1/invoices/{one['id']}": one for one in invoices}
        body = known.get(request.path, {"code": "not_found"})
        return web.json_response(body, headers={"Access-Control-Allow-Origin": "*"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_server_cannot_make_much_look_like_little(wallet: Wallet, liar: str, page: Page) -> None:
    window = await wallet.window(page, "pay", {"server": liar, "invoice": {"id": "inv_much"}})
    await expect(window.locator("#amount")).to_have_text("9,000\u00a0ℏ")
    await expect(window.locator("#facts")).to_contain_text("pay \\u{202e}00.1\\u{202c} only")
    await wallet.keep(window, "approve-turned")
    await and_closes(window.click("#deny"))


async def test_a_token_is_called_by_its_id_whatever_it_calls_itself(wallet: Wallet, liar: str, page: Page) -> None:
    window = await wallet.window(page, "pay", {"server": liar, "invoice": {"id": "inv_token"}})
    await expect(window.locator("#amount")).to_contain_text("of token 0.0.666")
    await expect(window.locator("#amount")).not_to_contain_text("ℏ")
    await expect(window.locator("#notices")).to_contain_text("not one the wallet knows")
    await wallet.keep(window, "approve-token")
    await and_closes(window.click("#deny"))


async def test_a_memo_no_transfer_could_hold_is_no_payment(wallet: Wallet, liar: str, page: Page) -> None:
    await page.evaluate("pay", {"server": liar, "invoice": {"id": "inv_long"}})
    assert "code" in await outcome(page)
    assert await wallet.waiting() == []


async def test_another_payment_server_is_asked_about_in_red_even_where_the_site_may_pay(
    wallet: Wallet, shop: Demo, liar: str, page: Page
) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await window.check("input[value=always]")
    await and_closes(window.click("#yes"))
    await outcome(page)
    window = await wallet.window(page, "pay", {"server": liar, "invoice": {"id": "inv_much"}})
    await expect(window.locator("#notices .bad")).to_contain_text("and now names")
    await wallet.keep(window, "approve-server")
    await and_closes(window.click("#deny"))


async def test_a_yes_that_comes_too_soon_is_none(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await expect(window.locator("#yes")).to_be_visible()
    await window.evaluate("""() => {
        dispatchEvent(new Event("focus"));  // from here on it was read for no time at all, however slow the tests are
        document.getElementById("yes").disabled = false;
        document.getElementById("yes").click();
    }""")
    await and_closes(window.keyboard.press("Enter"))  # on Deny, where the focus is
    assert (await outcome(page))["code"] == "declined"
    assert await wallet.history(page) == []


async def test_bytes_changed_behind_the_window_are_not_signed(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await window.evaluate("""async () => {
        let asks;
        do ({ asks } = await chrome.storage.session.get("asks"));
        while (asks[0].window === null);  // the wallet is still writing
        const bodies = asks[0].work.prepared.bodies;
        bodies[0] = bodies[0].slice(0, -4) + (bodies[0].slice(-4) === "AAAA" ? "BBBB" : "AAAA");
        await chrome.storage.session.set({ asks });
    }""")
    await window.click("#yes")
    await expect(window.locator("#error")).to_contain_text("not what would be signed")
    await and_closes(window.click("#deny"))
    assert await wallet.history(page) == []


@pytest.mark.parametrize("way", ["provider", "message"])
async def test_a_page_reaches_nothing_of_the_wallets_own(wallet: Wallet, page: Page, way: str) -> None:
    for method in OWN:
        if way == "provider":
            assert (await page.evaluate("method => ask(method, {})", method))["code"] == 4200, method
        else:
            forged = {"relayWallet": "request", "id": f"forged-{method}", "type": method, "origin": wallet.base}
            await page.evaluate("message => postMessage(message, '*')", forged)
    assert (await page.evaluate("ask('eth_accounts')"))["result"] == []  # it came the same way after all of them
    assert await page.evaluate("typeof chrome === 'undefined' || chrome.runtime === undefined")
    assert await page.evaluate("window.relayWalletRequest") is None
    assert await wallet.waiting() == []


async def test_a_page_cannot_frame_or_fetch_the_wallet(wallet: Wallet, page: Page) -> None:
    for path in ("ui/approve.html", "ui/popup.html", "worker.js"):
        url = f"{wallet.base}/{path}"
        assert await page.evaluate("url => fetch(url).then(() => 'read', () => 'blocked')", url) == "blocked"
        await page.evaluate(
            "url => { document.body.append(Object.assign(document.createElement('iframe'), {src: url})) }", url
        )
    for frame in page.frames[1:]:
        await frame.wait_for_url("chrome-error://**")
    assert len(page.frames) == 4


async def test_a_frame_of_another_site_gets_no_wallet_and_speaks_for_nobody(wallet: Wallet, shop: Demo) -> None:
    async with site() as inner, site(f'<iframe src="{inner}"></iframe>') as outer:
        page = await wallet.context.new_page()
        await page.goto(outer)
        frame = page.frames[1]
        await frame.wait_for_load_state()
        assert await frame.evaluate("window.wallets.length") == 0
        await page.evaluate("addEventListener('message', ({ source }) => (window.framed ||= source !== window))")
        params = asked(shop, await invoice(shop))
        message = {"relayWallet": "request", "id": "framed-00001", "method": "relay_pay", "params": params}
        await frame.evaluate("message => parent.postMessage(message, '*')", message)
        await page.wait_for_function("window.framed")
        assert (await page.evaluate("ask('eth_accounts')"))["result"] == []  # it came the same way after it
        assert await wallet.waiting() == []
        await page.close()


@pytest.mark.parametrize(
    "params",
    [
        {"server": "http://pay.example", "invoice": {"id": "inv_1"}},
        {"server": "https://pay.example", "invoice": {"id": "../../v1/keys"}},
        {"server": "https://pay.example", "payTo": [{"account": "0.0.7", "amount": "-5"}]},
        {"server": "https://pay.example", "payTo": [{"account": "0.0.\uff17", "amount": "5"}]},
        {"server": "https://pay.example", "payTo": []},
        {},
    ],
    ids=["no https", "a path", "less than nothing", "digits of another script", "nobody", "nothing"],
)
async def test_a_wish_that_is_not_right_opens_nothing(wallet: Wallet, page: Page, params: dict[str, Any]) -> None:
    await page.evaluate("pay", params)
    assert (await outcome(page))["code"] == "invalid_request"
    assert await wallet.waiting() == []
