"""What a seller asks his relay: what a price is, access for who paid, and a place among what is for sale."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from relay.access import verify
from relay.commands.playground import HEDERA
from relay.devnet import open_devnet
from tests.conftest import MERCHANTS
from tests.server.paying import get, post, signed
from tests.servers.relay_process import RelayProcess, prepare

pytestmark = pytest.mark.asyncio(loop_scope="module")
RATES = """
[rates]
assets = { "hedera:devnet/0.0.5001" = "DUSD" }
parity = { DUSD = "USD" }
[[rates.sources]]
kind = "fixed"
rates = { "HBAR/USD" = "0.07" }
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[RelayProcess, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("relay")
    keys = await prepare(f"sqlite:///{folder}/relay.db", MERCHANTS)
    async with open_devnet() as devnet:
        exact = f'fee_payer = {{ account = "0.0.3002", key = "{"11" * 32}" }}'
        relay = RelayProcess(folder, f"sqlite:///{folder}/relay.db", devnet.network, devnet.mirror, chain=exact + RATES)
        async with relay:
            yield relay, keys


async def offers(site: tuple[RelayProcess, dict[str, str]], price: str) -> Any:
    relay, keys = site
    status, body = await get(relay.url, f"/v1/offers?price={price.replace(' ', '%20')}", keys["shop"])
    assert status == 200, body
    return body


async def test_a_price_in_dollars_is_every_asset_that_has_a_worth_the_networks_own_last(site: Any) -> None:
    told = await offers(site, "0.014 USD")
    dusd, hbar = told["accepts"]
    assert (dusd["asset"], dusd["amount"], dusd["payTo"]) == ("0.0.5001", "14000", "0.0.2001")
    assert (hbar["asset"], hbar["amount"], hbar["network"]) == ("0.0.0", "20000000", HEDERA)
    assert hbar["extra"] == {"feePayer": "0.0.3002"}
    assert [each["amount"] for each in told["alternatives"]] == ["14000", "20000000"]
    assert told["shown"] == "0.014 DUSD or about 0.2 HBAR"
    assert told["audience"] == "https://shop.example" and told["expiresIn"] == 60


async def test_a_price_in_an_asset_is_that_asset(site: Any) -> None:
    told = await offers(site, "0.5 HBAR")
    assert [each["amount"] for each in told["accepts"]] == ["50000000"]
    assert told["expiresIn"] == 300


@pytest.mark.parametrize("price", ["1", "0 USD", "1 XYZ", "-1 USD", "1e3 USD", "1 usd", "", "1 USD "])
async def test_what_is_no_price_here_is_refused(site: Any, price: str) -> None:
    relay, keys = site
    status, body = await get(relay.url, f"/v1/offers?price={price.replace(' ', '%20')}", keys["shop"])
    assert (status, body["code"]) == (400, "invalid_request")


async def settled(relay: RelayProcess, key: str, **wish: object) -> tuple[str, dict[str, Any]]:
    """A payment that is settled, and its invoice."""
    status, asked = await post(relay.url, "/v1/invoices", key, json={"network": HEDERA, "amount": "1000", **wish})
    assert status == 201
    raw = signed(asked["memo"])
    _, sent = await post(relay.url, "/v1/payments", json={"network": HEDERA, "transaction": "0x" + raw.hex()})
    async with asyncio.timeout(40):
        while (await get(relay.url, f"/v1/payments/{sent['payment']}", key))[1]["status"] != "settled":
            await asyncio.sleep(0.05)
    return sent["payment"], asked


async def test_a_merchant_grants_access_for_his_own_settled_payments_only(site: Any) -> None:
    relay, keys = site
    payment, _ = await settled(relay, keys["shop"])
    status, granted = await post(
        relay.url, "/v1/access/grant", keys["shop"], json={"payment": payment, "contentId": "/a?b=c"}
    )
    assert status == 200, granted
    _, jwks = await get(relay.url, "/.well-known/jwks.json")
    claims = verify(
        granted["accessToken"],
        jwks,
        issuer=relay.url,
        audience="https://shop.example",
        scope="content:/a?b=c",
        now=datetime.now(UTC),
    )
    assert claims["pay"] == payment

    wish = {"payment": payment, "contentId": "/a"}
    assert (await post(relay.url, "/v1/access/grant", keys["blog"], json=wish))[0] == 404
    assert (await post(relay.url, "/v1/access/grant", json=wish))[0] == 401
    for_content, _ = await settled(relay, keys["shop"], contentId="post-1")
    wish = {"payment": for_content, "contentId": "post-2"}
    assert (await post(relay.url, "/v1/access/grant", keys["shop"], json=wish))[0] == 409
    assert (await post(relay.url, "/v1/access/grant", keys["shop"], json={**wish, "contentId": "post-1"}))[0] == 200


async def test_a_listing_is_on_the_merchants_own_site_and_says_how_it_is_paid(site: Any) -> None:
    relay, keys = site
    wish = {"url": "https://api.shop.example/report", "price": "0.01 USD", "method": "POST", "tags": ["weather"]}
    status, listed = await post(relay.url, "/v1/resources", keys["shop"], json=wish)
    assert status == 201, listed
    _, found = await get(relay.url, "/discovery/resources?network=hedera:devnet&type=http")
    [item] = found["items"]
    assert (item["resource"], item["x402Version"], item["tags"]) == (wish["url"], 2, ["weather"])
    assert item["extensions"]["bazaar"]["info"]["input"] == {"type": "http", "method": "POST"}
    assert [each["payTo"] for each in item["accepts"]] == ["0.0.2001", "0.0.2001"]

    for other in (
        "https://blog.example/x",
        "https://notshop.example/x",
        "https://shop.example.evil.test/x",
        "ftp://shop.example/x",
        "nonsense",
    ):
        assert (await post(relay.url, "/v1/resources", keys["shop"], json={**wish, "url": other}))[0] == 400
    assert (await get(relay.url, "/v1/resources", keys["blog"]))[1]["data"] == []
    assert (await remove(relay, keys["blog"], listed["id"])) == 404
    assert (await remove(relay, keys["shop"], listed["id"])) == 200
    assert (await get(relay.url, "/x402/discovery/resources"))[1]["pagination"]["total"] == 0


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "offset=-1", "offset=99999", "limit=x"])
async def test_discovery_is_bounded(site: Any, query: str) -> None:
    relay, _ = site
    assert (await get(relay.url, f"/discovery/resources?{query}"))[0] == 400


async def remove(relay: RelayProcess, key: str, id: str) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.delete(f"{relay.url}/v1/resources/{id}", headers={"Authorization": f"Bearer {key}"}) as response,
    ):
        return response.status
