"""`relay paywall` in front of a plain site and `relay pay` before it, over the demo's networks, as one types them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from relay.commands.pay import pay
from relay.commands.paywall import Wish, paywall
from relay.commands.playground import EVM, HEDERA
from relay.devchain.accounts import part
from relay.errors import InvalidRequest, Misconfigured, RelayError
from tests.browser.processes import Command, Demo
from tests.paywall.till import get, serving
from tests.test_demo_chain import held

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOP = part("merchant").address
CONFIG = """
service_name = "Reports"
[[prices]]
path = "/data/free.json"
price = "free"
[[prices]]
path = "/data/*"
price = "$0.02"
description = "A report"
listed = ["/data/1.json"]
[[prices]]
path = "/hbar.txt"
price = "0.5 HBAR"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    """Somebody's plain website."""

    async def page(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path, "host": request.headers["X-Forwarded-Host"]})

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    async with serving(app) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wall(demo: Demo, site: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    config = tmp_path_factory.mktemp("wall") / "paywall.toml"
    config.write_text(CONFIG)
    async with selling(demo, "--upstream", site, "--config", str(config), "--publish") as url:
        yield url


@asynccontextmanager
async def selling(demo: Demo, *arguments: str) -> AsyncIterator[str]:
    key = json.loads((demo.data / "demo.json").read_text())["apiKey"]
    command = Command(("paywall", "--port", "0", "--relay", demo.url, "--key", key, *arguments))
    try:
        await command.start()
        yield command.ready[-1]
    finally:
        await command.stop()


async def buys(url: str, most: str | None = None, **more: Any) -> int:
    """`relay pay` as the command line calls it; README's own line is run as a process elsewhere."""
    wish = {"network": None, "wallet": None, "rpc": None, "with_sdk": False, "token_file": None, "ask": True, **more}
    return await pay(url, most=most, **wish)


def node(demo: Demo) -> str:
    return str(json.loads((demo.data / "demo.json").read_text())["networks"][EVM]["rpc"])


async def test_the_terminal_wallet_buys_by_x402_within_its_limit(
    demo: Demo, wall: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = await held(node(demo), SHOP)
    assert await buys(f"{wall}/data/1.json", "0.02") == 0
    out, err = capfdbinary.readouterr()
    assert json.loads(out)["path"] == "/data/1.json"
    for said in (f"to        {SHOP}  0.02 USDC", "for       A report", "settled   0x"):
        assert said in err.decode()
    assert await held(node(demo), SHOP) == before + 20_000

    saved = tmp_path / "report.json"
    assert await buys(f"{wall}/data/2.json", output=saved, ask=False) == 0
    assert (capfdbinary.readouterr()[0], json.loads(saved.read_text())["path"]) == (b"", "/data/2.json")

    with pytest.raises(InvalidRequest, match=r"0\.02 USDC is more than is left of the limit, 0\.019 USD"):
        await buys(f"{wall}/data/1.json", "0.019")
    assert await held(node(demo), SHOP) == before + 40_000


async def test_hbar_buys_too_and_what_is_free_costs_nothing(
    wall: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert await buys(f"{wall}/hbar.txt", "0.5 HBAR", network=HEDERA) == 0
    out, err = capfdbinary.readouterr()
    assert json.loads(out)["path"] == "/hbar.txt"
    assert b"to        0.0.2001  0.5 HBAR" in err
    assert (await get(f"{wall}/data/free.json")).status == 200
    assert (await get(f"{wall}/elsewhere")).status == 200


async def test_what_is_sold_can_be_discovered_where_people_and_where_sdks_look(demo: Demo, wall: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(30):
        while len((found := await discovered(http, demo, "/discovery/resources"))["items"]) < 2:
            await asyncio.sleep(0.05)
        items = {item["resource"]: item for item in found["items"]}
        report = items[f"{wall}/data/1.json"]
        assert (report["type"], report["description"], report["serviceName"]) == ("http", "A report", "Reports")
        assert report["accepts"][0]["amount"] == "20000"
        assert set(items) == {f"{wall}/data/1.json", f"{wall}/hbar.txt"}
        hbar = await discovered(http, demo, "/x402/discovery/resources", network=HEDERA, payTo="0.0.2001", limit="1")
        assert hbar["pagination"] == {"limit": 1, "offset": 0, "total": 2}
        assert (await discovered(http, demo, "/discovery/resources", payTo="0.0.9"))["items"] == []


async def discovered(http: aiohttp.ClientSession, demo: Demo, path: str, **query: str) -> Any:
    async with http.get(demo.url + path, params=query) as response:
        assert response.status == 200
        return await response.json()


async def test_a_stock_sdk_lists_what_this_facilitator_knows(demo: Demo, wall: str) -> None:
    from x402.extensions.bazaar import ListDiscoveryResourcesParams, with_bazaar
    from x402.http import FacilitatorConfig, HTTPFacilitatorClientSync

    def look() -> Any:
        facilitator = HTTPFacilitatorClientSync(FacilitatorConfig(url=f"{demo.url}/x402"))
        try:
            wanted = ListDiscoveryResourcesParams(type="http", network=EVM, limit=5)
            return with_bazaar(facilitator).extensions.bazaar.list_resources(wanted)
        finally:
            facilitator.close()

    async with asyncio.timeout(30):
        while not (found := await asyncio.to_thread(look)).items:
            await asyncio.sleep(0.05)
    assert [item.resource for item in found.items] == [f"{wall}/data/1.json"]
    assert found.pagination.total == 1


async def test_what_cannot_be_sold_is_said_in_a_line_at_the_start(demo: Demo, site: str) -> None:
    told = json.loads((demo.data / "demo.json").read_text())
    cases = {
        "--price: what it costs": Wish(upstream=site),
        "--upstream URL": Wish(),
        "is no URL such as": Wish(upstream="127.0.0.1:1", prices=["$1"]),
        "is none such as": Wish(upstream=site, prices=["cheap"]),
        "can be paid on no network": Wish(upstream=site, prices=["1 EURC"]),
        "does not answer": Wish(upstream=site, prices=["$1"], relay="http://127.0.0.1:1"),
        "401": Wish(upstream=site, prices=["$1"], key="sk_test_of_somebody_else"),
    }
    for says, wish in cases.items():
        wished = replace(wish, relay=wish.relay or demo.url, key=wish.key or told["apiKey"], port=0)
        with pytest.raises(RelayError, match=says):
            await paywall(None, wished)
    with pytest.raises(Misconfigured, match="there is no missing"):
        await paywall(Path("missing.toml"), Wish())
