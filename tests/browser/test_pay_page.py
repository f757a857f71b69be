"""The pay page in a real browser: what to pay, how it goes, and what a site that frames it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page, Route, expect

from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from tests.browser.chromium import SCREENSHOTS, SECONDS
from tests.browser.reading import is_accessible, one_reader
from tests.server.paying import invoice, post, signed
from tests.servers.relay_process import RelayProcess

pytestmark = pytest.mark.slow
DEVNET = ChainId("hedera", "devnet")
COPIED = "async (text) => await navigator.clipboard.readText() === text"


@pytest_asyncio.fixture
async def browser_page(chromium: Browser) -> AsyncIterator[Page]:
    """A phone, dark, with somebody who reads English."""
    settings = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    async with one_reader(chromium, **settings, permissions=["clipboard-read", "clipboard-write"]) as page:
        yield page


def settled_is_heard(page: Page, frames: list[str]) -> asyncio.Event:
    """Once the relay has told the page; what it tells is added to `frames`. The page may have read it before."""
    told = asyncio.Event()

    def hear(frame: bytes | str) -> None:
        frames.append(str(frame))
        if "payment.settled" in frames[-1]:
            told.set()

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    return told


async def pay(relay: RelayProcess, asked: dict[str, Any], amount: int = 1_000) -> None:
    raw = signed(asked["memo"], pay_to=[("0.0.2001", amount)])
    status, answer = await post(
        relay.url, "/v1/payments", json={"network": "hedera:devnet", "transaction": "0x" + raw.hex()}
    )
    assert status in (200, 201), answer


async def test_a_payer_sees_what_to_pay_and_is_sent_back_when_it_is_settled(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    back = f"{relay.url}/healthz?order=7"
    asked = await invoice(relay.url, keys["shop"], amount="1000", redirectUrl=back)
    sockets: list[str] = []
    browser_page.on("websocket", lambda socket: sockets.append(socket.url))

    await browser_page.goto(asked["url"])

    await expect(browser_page.locator("#sum")).to_have_text("0.00001 HBAR")
    await expect(browser_page.locator("#payee-0")).to_have_text("0.0.2001")
    await expect(browser_page.locator("#memo")).to_have_text(asked["memo"])
    await expect(browser_page.locator("#left")).to_contain_text("left")
    await expect(browser_page.locator("#connection")).to_have_text("Live")
    await browser_page.click("#terms summary")
    await expect(browser_page.locator("#terms-facts")).to_contain_text("still counts for 1 day")
    await browser_page.click("#phone summary")
    await browser_page.wait_for_function("document.getElementById('qr').naturalWidth > 100")
    await is_accessible(browser_page)
    await browser_page.screenshot(path=SCREENSHOTS / "pay-open.png", full_page=True)

    await browser_page.click("#memo-row .copy")
    await browser_page.wait_for_function(COPIED, arg=asked["memo"])

    left = asyncio.Event()

    async def stay(route: Route) -> None:
        await route.fulfill(status=204)
        left.set()

    await browser_page.route("**/healthz?order=7*", stay, times=1)  # it leaves by itself, however long we look
    await pay(relay, asked)

    await expect(browser_page.locator("#end-title")).to_have_text("Paid")
    await expect(browser_page.locator("#sum")).to_have_text("0.00001 HBAR")  # what was asked, not what is left of it
    await is_accessible(browser_page)
    await browser_page.screenshot(path=SCREENSHOTS / "pay-paid.png", full_page=True)
    async with asyncio.timeout(SECONDS):
        await left.wait()
    await browser_page.click("#go")
    await browser_page.wait_for_url(f"{back}&id={asked['id']}")
    assert len(sockets) == 1


async def test_the_page_is_worked_with_the_keyboard_alone(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    alternatives = [
        {"network": "hedera:devnet", "amount": "1000"},
        {"network": "hedera:devnet", "asset": "0.0.5001", "amount": "2500000"},
    ]
    wish = {"alternatives": alternatives}
    status, asked = await post(relay.url, "/v1/invoices", keys["shop"], json=wish)
    assert status == 201
    await browser_page.emulate_media(color_scheme="light")
    await browser_page.goto(asked["url"])
    await expect(browser_page.locator("#sum")).to_have_text("0.00001 HBAR")

    await browser_page.keyboard.press("Tab")
    await browser_page.keyboard.press("ArrowDown")

    await expect(browser_page.locator("#sum")).to_have_text("2.5 DUSD")
    await is_accessible(browser_page)
    await browser_page.screenshot(path=SCREENSHOTS / "pay-options.png", full_page=True)


async def test_a_link_to_no_invoice_says_so_to_a_person(relay: RelayProcess, browser_page: Page) -> None:
    answer = await browser_page.goto(f"{relay.url}/i/inv_mistyped")
    assert answer is not None and answer.status == 404
    await expect(browser_page.get_by_role("heading")).to_have_text("There is no such invoice")
    await is_accessible(browser_page)


async def test_without_scripts_the_essentials_are_in_words(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    asked = await invoice(relay.url, keys["shop"], amount="150000000")
    answer = await browser_page.request.get(asked["url"], headers={"Accept": "text/html"})
    text = await answer.text()
    assert "<dd>1.5 HBAR</dd>" in text and f"<dd>{asked['memo']}</dd>" in text and "<dd>0.0.2001</dd>" in text


async def test_an_expired_and_a_cancelled_invoice_say_so(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    asked = await invoice(relay.url, keys["shop"], expiresIn=2)
    await browser_page.goto(asked["url"])
    await expect(browser_page.locator("#end-title")).to_have_text("This invoice has expired")
    await is_accessible(browser_page)
    await browser_page.screenshot(path=SCREENSHOTS / "pay-expired.png")

    asked = await invoice(relay.url, keys["shop"])
    await browser_page.goto(asked["url"])
    await expect(browser_page.locator("#sum")).to_have_text("0.00001 HBAR")
    await post(relay.url, f"/v1/invoices/{asked['id']}/cancel", keys["shop"])
    await browser_page.reload()
    await expect(browser_page.locator("#end-title")).to_have_text("This invoice was cancelled")


async def test_who_looks_on_hears_the_payment_without_its_access_token(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    frames: list[str] = []
    told = settled_is_heard(browser_page, frames)
    asked = await invoice(relay.url, keys["shop"], contentId="post-1")
    await browser_page.goto(asked["url"])
    await expect(browser_page.locator("#connection")).to_have_text("Live")

    await pay(relay, asked)

    await expect(browser_page.locator("#end-title")).to_have_text("Paid")
    async with asyncio.timeout(SECONDS):
        await told.wait()
    assert "accessToken" not in "".join(frames)


async def test_news_that_comes_while_the_page_reads_the_invoice_is_read_too(
    relay: RelayProcess, keys: dict[str, str], browser_page: Page
) -> None:
    asked = await invoice(relay.url, keys["shop"])
    reading, told = asyncio.Event(), settled_is_heard(browser_page, [])

    async def answer_late(route: Route) -> None:
        unpaid = await route.fetch()
        reading.set()
        await told.wait()
        await route.fulfill(response=unpaid)

    await browser_page.route(f"**/v1/invoices/{asked['id']}", answer_late, times=1)
    await browser_page.add_init_script("window.setInterval = () => 0")  # it does not look again of its own accord
    await browser_page.goto(asked["url"])
    async with asyncio.timeout(SECONDS):
        await reading.wait()
    await pay(relay, asked)
    await expect(browser_page.locator("#end-title")).to_have_text("Paid")


@pytest_asyncio.fixture
async def sites(relay: RelayProcess) -> AsyncIterator[list[str]]:
    """Two sites that frame whatever invoice they are given: the merchant's own, and another."""
    client = f"{relay.url}/i/assets/client/embed.js"

    async def page(request: web.Request) -> web.Response:
        script = """
            import { embed } from "/embed.js";
            window.heard = [];
            embed(document.body, new URLSearchParams(location.search).get("url"), {
                onReady: () => window.heard.push("ready"),
                onStatus: (now) => window.heard.push(now.status),
                onEvent: (event) => window.heard.push(event.type),
            });"""
        text = f'<!doctype html><html lang="en"><title>Shop</title><body><script type="module">{script}</script>'
        return web.Response(text=text, content_type="text/html")

    async def module(request: web.Request) -> web.Response:
        async with ClientSession() as http, http.get(client) as answer:
            return web.Response(body=await answer.read(), content_type="text/javascript")

    origins = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            app = web.Application()
            app.router.add_get("/", page)
            app.router.add_get("/embed.js", module)
            runner = web.AppRunner(app)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            origins.append(f"http://127.0.0.1:{runner.addresses[0][1]}")
        yield origins


async def test_the_merchants_site_may_frame_the_page_and_hears_how_it_goes(
    relay: RelayProcess, sqlite_url: str, keys: dict[str, str], sites: list[str], browser_page: Page
) -> None:
    own, foreign = sites
    async with open_database(sqlite_url) as db:
        shop = Merchant("framed", "Framed", ((DEVNET, Account("0.0.2050")),), own)
        await Merchants(db).add(shop)
        key = (await Keys(db).add("framed", "tests")).text
    asked = await invoice(relay.url, key, payTo="0.0.2001")

    await browser_page.goto(f"{own}/?url={asked['url']}")
    inside = browser_page.frame_locator("iframe")
    await expect(inside.locator("#connection")).to_have_text("Live")
    await pay(relay, asked)
    await expect(inside.locator("#end-title")).to_have_text("Paid")
    # a status is read, an event is told: which of two comes first is nobody's promise
    await browser_page.wait_for_function("heard.includes('payment.settled') && heard.includes('settled')")
    heard = await browser_page.evaluate("heard")
    assert heard[:2] == ["ready", "created"]
    assert [said for said in heard if "." not in said][-1] == "settled"
    await browser_page.screenshot(path=SCREENSHOTS / "pay-framed.png")

    await browser_page.goto(f"{foreign}/?url={asked['url']}")
    await expect(browser_page.locator("iframe")).to_be_attached()
    await browser_page.wait_for_load_state("networkidle")
    assert await browser_page.evaluate("window.heard") == []
