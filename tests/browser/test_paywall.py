"""A person meets a price: the 402 page, the pay page, a wallet, and the article; then the same page again, for free."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from relay.devchain.accounts import part
from relay.paywall import Paywall, PriceList, Rule
from relay.paywall.proxy import Proxy
from tests.browser.conftest import a_visitor
from tests.browser.processes import Demo, running_demo
from tests.browser.test_evm import EXTENSION, Extension, held
from tests.paywall.till import get, serving

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
ARTICLE = "<!doctype html><title>Paid</title><h1>What the sea keeps</h1>"
CENTS = 50_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wall(demo: Demo) -> AsyncIterator[str]:
    """A plain site behind the proxy."""

    async def article(request: web.Request) -> web.Response:
        return web.Response(text=ARTICLE, content_type="text/html")

    site = web.Application()
    site.router.add_get("/{path:.*}", article)
    key = json.loads((demo.data / "demo.json").read_text())["apiKey"]
    prices = PriceList([Rule("/articles/*", "$0.05", description="What the sea keeps")])
    async with (
        serving(site) as behind,
        serving(Proxy(behind, Paywall(prices, demo.url, key)).application()) as url,
    ):
        yield url


async def test_a_person_pays_reads_and_reads_again(browser: Browser, demo: Demo, wall: str) -> None:
    visitor, wallet = await a_visitor(browser, demo), Extension()
    await visitor.page.expose_function("walletAsked", wallet.answer)
    await visitor.page.add_init_script(EXTENSION.replace('["0x1"]', '["0x1", "0x7a69"]'))
    shop = part("merchant").address
    before = await held(demo, shop)

    answer = await visitor.page.goto(f"{wall}/articles/sea?from=letter")
    assert answer is not None and answer.status == 402
    await expect(visitor.page.locator("h1")).to_have_text("What the sea keeps")
    await expect(visitor.page.locator(".price strong")).to_have_text("$0.05")
    await expect(visitor.page.locator(".price .fine")).to_have_text("0.05 USDC, 0.05 DUSD or about 0.0000167 ETH")
    await visitor.keep("paywall-402", whole=True)

    await visitor.page.click("#pay")
    await visitor.page.wait_for_url(f"{demo.url}/i/inv_*")
    await visitor.page.get_by_label("USDC").check()
    await expect(visitor.page.locator("#pay")).to_have_text("Pay 0.05 USDC with Test Wallet")
    await visitor.keep("paywall-invoice", whole=True)
    await visitor.page.click("#pay")

    await visitor.page.wait_for_url(f"{wall}/articles/sea?from=letter")
    await expect(visitor.page.locator("h1")).to_have_text("What the sea keeps")
    assert await visitor.page.title() == "Paid"
    assert await held(demo, shop) == before + CENTS

    again = await visitor.page.reload()
    assert again is not None and again.status == 200
    assert again.headers["cache-control"].startswith("private")
    other = await visitor.page.goto(f"{wall}/articles/mountain")
    assert other is not None and other.status == 402
    cookies = [cookie for cookie in await visitor.context.cookies(wall) if cookie["name"].startswith("paywall_")]
    assert [cookie["name"].rpartition("_")[0] for cookie in cookies] == ["paywall_access"]
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in cookies)
    complaints = [said for said in visitor.complaints if "402" not in said]
    assert complaints == []


async def test_another_browser_with_the_invoices_number_is_let_in_nowhere(
    browser: Browser, demo: Demo, wall: str
) -> None:
    visitor = await a_visitor(browser, demo)
    await visitor.page.goto(f"{wall}/articles/sea")
    await visitor.page.click("#pay")
    await visitor.page.wait_for_url(f"{demo.url}/i/inv_*")
    id = visitor.page.url.rpartition("/")[2]

    back = await get(f"{wall}/.paywall/back?to=%2Farticles%2Fsea&id={id}")
    assert (back.status, back.headers["Location"]) == (303, "/articles/sea")
    assert not back.headers.getall("Set-Cookie", [])
    unpaid = await visitor.page.goto(f"{wall}/.paywall/back?to=%2Farticles%2Fsea&id={id}")
    assert unpaid is not None and unpaid.status == 402
