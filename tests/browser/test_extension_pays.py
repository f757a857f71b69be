"""The wallet extension pays: approved, declined, unlocked first, over a real relay and its development node."""

from __future__ import annotations

import json

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, expect

from tests.browser.extension import PASSPHRASE, Wallet, and_closes, asked, invoice, origin, outcome, site
from tests.browser.processes import Demo


def mirror(shop: Demo) -> str:
    """Where the development node takes its faults."""
    told = json.loads((shop.data / "demo.json").read_text())
    return str(told["networks"]["hedera:devnet"]["mirror"])


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_approved_is_paid_and_the_page_hears_settled_with_its_token(
    wallet: Wallet, shop: Demo, page: Page
) -> None:
    price = await invoice(shop)
    window = await wallet.window(page, "pay", asked(shop, price))

    await expect(window.locator("#amount")).to_have_text("0.05\u00a0ℏ")
    await expect(window.locator("#fiat")).to_contain_text("USD by the rate of 127.0.0.1")
    await expect(window.locator("#origin")).to_have_text(page.url.rstrip("/"))
    await expect(window.locator("#facts")).to_contain_text("0.0.2001")
    await expect(window.locator("#facts")).to_contain_text(price["memo"])
    await expect(window.locator("#deny")).to_be_focused()
    await wallet.keep(window, "approve")
    await and_closes(window.click("#yes"))

    event = (await outcome(page))["event"]
    assert (event["status"], event["amount"], event["invoice"]) == ("settled", "5000000", price["id"])
    assert event["accessToken"]
    assert (await page.evaluate("window.progress"))[-2:] == ["submitted", "settled"]
    [newest] = await wallet.history(page)
    assert newest["status"] == "settled"
    assert "signed" not in newest and "token" not in newest
    await wallet.icon_says(page, "Paid on this page")


async def test_the_window_says_how_it_ends_and_what_it_comes_to_in_a_currency(
    wallet: Wallet, shop: Demo, page: Page
) -> None:
    price = {"price": {"amount": "0.25", "currency": "USD"}, "alternatives": [{"network": "hedera:devnet"}]}
    asks = await invoice(shop, network=None, amount=None, contentId="fiat", **price)
    window = await wallet.window(page, "pay", asked(shop, asks))
    await expect(window.locator("#fiat")).to_contain_text("≈ 0.25 USD by the rate of 127.0.0.1")
    await wallet.keep(window, "approve-fiat")
    await window.evaluate("window.close = () => (window.done = true)")
    await window.click("#yes")
    await expect(window.locator("#ended-title")).to_have_text("Settled")
    await window.wait_for_function("window.done")
    await window.close()
    assert (await outcome(page))["event"]["status"] == "settled"

    async with ClientSession() as http, http.post(f"{mirror(shop)}/faults", json={"precheck": [10]}) as response:
        assert response.ok
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop, contentId="refused")))
    await window.click("#yes")
    await expect(window.locator("#ended-title")).to_have_text("Refused")
    await expect(window.locator("#ended-text")).to_contain_text("No money moved.")
    await wallet.keep(window, "refused")
    assert (await outcome(page))["code"] == "node_refused"
    await and_closes(window.click("#close"))


async def test_a_denied_payment_signs_nothing(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await and_closes(window.click("#deny"))
    assert (await outcome(page))["code"] == "declined"
    assert await wallet.history(page) == []
    await wallet.icon_says(page, "Not paid")


async def test_a_closed_window_is_a_no(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await window.close()
    assert (await outcome(page))["code"] == "declined"


async def test_a_locked_wallet_unlocks_and_goes_on(wallet: Wallet, shop: Demo, page: Page) -> None:
    await wallet.asks("lock")
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await expect(window.locator("#locked")).to_be_visible()
    await wallet.keep(window, "approve-locked")
    await window.fill("#passphrase", "wrong wrong wrong")
    await window.click("#unlock-go")
    await expect(window.locator("#unlock-error")).to_have_text("That is not the passphrase.")
    await window.fill("#passphrase", PASSPHRASE)
    await window.click("#unlock-go")
    await and_closes(window.click("#yes"))
    assert (await outcome(page))["event"]["status"] == "settled"


async def test_always_pays_without_asking_until_the_limit_of_a_day_and_then_asks(
    wallet: Wallet, shop: Demo, page: Page
) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop, contentId="always-1")))
    await window.check("input[value=always]")
    await window.fill("#limit", "0.04")
    await window.click("#yes")
    await expect(window.locator("#error")).to_have_text("The limit for a day has to cover this payment.")
    await window.fill("#limit", "0.1")
    await wallet.keep(window, "approve-always")
    await and_closes(window.click("#yes"))
    assert (await outcome(page))["event"]["status"] == "settled"

    # six at once, and the rest of the limit is enough for one
    rest = [asked(shop, await invoice(shop, contentId=f"always-{n}")) for n in range(2, 8)]
    both = """wishes => {
        window.said = [];
        for (const wish of wishes) ask("relay_pay", wish).then((one) => said.push(one));
    }"""
    window = await wallet.window(page, both, rest)
    await expect(window.locator("#notices")).to_contain_text("over the limit you set for this site")
    await wallet.keep(window, "approve-limit")
    await page.wait_for_function("window.said.length === 5")  # all but the one that is asked about
    await and_closes(window.click("#deny"))
    await page.wait_for_function("window.said.length === 6")
    said = await page.evaluate("said.map(({ result, code }) => result ? result.status : code)")
    assert sorted(said) == ["busy"] * 4 + ["declined", "settled"]
    assert [paid["auto"] for paid in await wallet.history(page)] == [True, False]


async def test_never_refuses_without_a_window(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await and_closes(window.click("#never"))
    assert (await outcome(page))["code"] == "declined"
    await page.evaluate("pay", asked(shop, await invoice(shop)))
    assert (await outcome(page))["code"] == "declined"
    assert await wallet.waiting() == []


async def test_the_same_content_is_not_paid_twice(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop, contentId="twice")))
    await and_closes(window.click("#yes"))
    first = (await outcome(page))["event"]
    await page.evaluate("pay", asked(shop, await invoice(shop, contentId="twice")))
    again = (await outcome(page))["event"]
    assert (again["payment"], again["accessToken"]) == (first["payment"], first["accessToken"])
    assert len(await wallet.history(page)) == 1


async def test_an_invoice_that_is_paid_is_answered_and_one_that_others_paid_is_not_signed_for(
    wallet: Wallet, shop: Demo, page: Page
) -> None:
    price = await invoice(shop, contentId="one invoice")
    window = await wallet.window(page, "pay", asked(shop, price))
    await and_closes(window.click("#yes"))
    first = (await outcome(page))["event"]
    await page.evaluate("pay", asked(shop, price))
    assert (await outcome(page))["event"]["id"] == first["id"]
    async with site() as other:
        stranger = await wallet.context.new_page()
        await stranger.goto(other)
        await stranger.evaluate("pay", asked(shop, price))
        assert (await outcome(stranger))["code"] == "invoice_paid"
        assert await wallet.history(stranger) == []
        await stranger.close()


async def test_two_requests_at_once_open_one_window(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop, contentId="one")))
    await page.evaluate("pay", asked(shop, await invoice(shop, contentId="two")))
    assert (await outcome(page))["code"] == "busy"
    await and_closes(window.click("#deny"))


LAPSED = """async (origin) => {
    const kept = Object.entries(await chrome.storage.local.get(null));
    const [[key, payment]] = kept.filter(([key, one]) => key.startsWith("payment/") && one.origin === origin);
    const token = `e30.${btoa(JSON.stringify({ exp: 1 }))}.x`;
    await chrome.storage.local.set({ [key]: { ...payment, token, event: { ...payment.event, accessToken: token } } });
}"""


async def test_a_lapsed_token_is_renewed_instead_of_paid_for_again(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop, contentId="lapsed")))
    await and_closes(window.click("#yes"))
    first = (await outcome(page))["event"]
    own = await wallet.opens("ui/welcome.html")
    await own.evaluate(LAPSED, origin(page))
    await own.close()
    await page.evaluate("pay", asked(shop, await invoice(shop, contentId="lapsed")))
    again = (await outcome(page))["event"]
    assert again["payment"] == first["payment"]
    assert again["accessToken"].count(".") == 2 and len(again["accessToken"]) > 200
    assert len(await wallet.history(page)) == 1


async def test_another_site_gets_access_again_only_when_somebody_says_so(
    wallet: Wallet, shop: Demo, page: Page
) -> None:
    price = await invoice(shop, contentId="elsewhere")
    window = await wallet.window(page, "pay", asked(shop, price))
    await and_closes(window.click("#yes"))
    paid = (await outcome(page))["event"]
    wish = {"server": shop.url, "network": "hedera:devnet", "invoice": price["id"]}
    again = await page.evaluate("wish => ask('relay_restore', wish)", wish)
    assert again["result"]["payment"] == paid["payment"]
    async with site() as other:
        stranger = await wallet.context.new_page()
        await stranger.goto(other)
        script = "wish => void ask('relay_restore', wish).then((said) => window.said = said)"
        for button, key in (("#deny", "code"), ("#yes", "result")):
            await stranger.evaluate("window.said = undefined")
            window = await wallet.window(stranger, script, wish)
            await wallet.keep(window, "restore")
            await and_closes(window.click(button))
            await stranger.wait_for_function("window.said")
            assert key in await stranger.evaluate("window.said")
        await stranger.close()
