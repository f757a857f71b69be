"""Stock buyers, as their registries have them, buy from our resource server by our facilitator; the chain tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from relay.client import Client, Limit
from relay.errors import InvalidRequest
from relay.evm_wallet import EvmWallet
from relay.paywall import Access, Flow, Paywall, PriceList, Rule
from tests.paywall.sites import SITES, WORTH_IT, aiohttp_site
from tests.paywall.till import get
from tests.x402.place import BUYER, SHOP, Place, open_place, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
STOCK = Path(__file__).parents[1] / "x402" / "stock"
BUYERS = {
    "pypi httpx": (sys.executable, "-m", "tests.x402.stock.buy", "httpx"),
    "pypi requests": (sys.executable, "-m", "tests.x402.stock.buy", "requests"),
    "npm fetch": ("node", str(STOCK / "fetch.mjs"), "current"),
    "npm x402-fetch (version 1)": ("node", str(STOCK / "fetch.mjs"), "legacy"),
}
CENT = 10_000
WALLET = EvmWallet.of(BUYER.address, bytes(BUYER.key))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with open_place(tmp_path_factory.mktemp("relay")) as running:
        yield running


def paywall(place: Place, *rules: Rule) -> Paywall:
    return Paywall(PriceList(rules or [Rule("/report", "$0.01")]), place.app.url, place.key)


async def balances(place: Place) -> tuple[int, int, int]:
    return await place.held(SHOP), await place.held(BUYER.address), await place.sent()


@asynccontextmanager
async def costing(place: Place, *change: int) -> AsyncIterator[None]:
    """What the block costs: what the shop gains, what the buyer gains, transactions."""
    before = await balances(place)
    yield
    assert [now - then for now, then in zip(await balances(place), before, strict=True)] == list(change)


@pytest.mark.parametrize(
    ("site", "bought"),
    [
        *(("aiohttp", each) for each in BUYERS),
        *((site, "npm fetch") for site in SITES if site != "aiohttp"),
    ],
)
async def test_a_stock_buyer_pays_a_cent_once_and_gets_what_is_sold(place: Place, site: str, bought: str) -> None:
    runs: list[str] = []
    async with SITES[site](paywall(place), runs) as url, costing(place, CENT, -CENT, 1):
        said = msgspec.json.decode(await run(*BUYERS[bought], BUYER.key.to_0x_hex(), f"{url}/report"))

        assert (said["status"], said["body"]) == (200, WORTH_IT), said
        assert said["receipt"]["success"] is True
        assert len(runs) == 1
        receipt = await place.node.rpc("eth_getTransactionReceipt", said["receipt"]["transaction"])
        assert receipt["status"] == "0x1"


@pytest.mark.parametrize("site", SITES)
async def test_a_python_program_buys_within_its_limit(place: Place, site: str) -> None:
    runs: list[str] = []
    async with SITES[site](paywall(place), runs) as url, Client(WALLET, Limit("0.015 USD")) as client:
        async with costing(place, CENT, -CENT, 1):
            answer = await client.post(f"{url}/report", {"question": 1})
        assert (answer.status, answer.text, runs) == (200, WORTH_IT, ['{"question":1}'])
        assert answer.paid is not None and answer.paid.shown == "0.01 USDC"
        assert (await client.get(f"{url}/free")).paid is None

        async with costing(place, 0, 0, 0):
            with pytest.raises(InvalidRequest, match="more than is left of the limit") as refused:
                await client.get(f"{url}/report")
        assert refused.value.code == "over_limit"


@pytest.mark.parametrize("flow", Flow)
async def test_of_twenty_copies_of_one_payment_the_handler_runs_once_and_one_transaction_is_made(
    place: Place, flow: Flow
) -> None:
    runs: list[str] = []
    async with aiohttp_site(paywall(place, Rule("/report", "$0.01", flow=flow)), runs) as url:
        paid = await signed(place, f"{url}/report")
        async with costing(place, CENT, -CENT, 1):
            got = await asyncio.gather(*(get(f"{url}/report", **paid) for _ in range(20)))
        assert [each.status for each in got] == [200] * 20
        assert len(runs) == 1


async def test_a_lost_answer_survives_the_paywalls_own_restart_and_opens_nothing_for_others(place: Place) -> None:
    runs: list[str] = []
    rules = [Rule("/report", "$0.01"), Rule("/free", "$0.01")]
    async with aiohttp_site(paywall(place, *rules), runs) as url:
        port, paid = url, await signed(place, f"{url}/report")
        async with costing(place, CENT, -CENT, 1):
            assert (await get(f"{url}/report", **paid)).status == 200
    async with aiohttp_site(paywall(place, *rules), runs) as url, costing(place, 0, 0, 0):
        assert port != url
        again = await get(f"{url}/report", **paid)
        assert (again.status, again.body) == (200, WORTH_IT.encode())
        other = await get(f"{url}/free", **paid)
        copied = await get(f"{url}/report", Idempotency_Key="a-name-of-somebody-else", **paid)
        assert (other.status, copied.status) == (402, 402)
        assert other.header("PAYMENT-RESPONSE")["success"] is False


async def test_a_buyer_comes_back_with_an_access_token_where_all_are_given_one(place: Place) -> None:
    runs: list[str] = []
    rules = [Rule("/report", "$0.01", access=Access.ALL), Rule("/free", "$0.01", access=Access.ALL)]
    async with aiohttp_site(paywall(place, *rules), runs) as url, Client(WALLET, Limit("0.01 USD")) as client:
        async with costing(place, CENT, -CENT, 1):
            first = await client.get(f"{url}/report")
            again = await client.get(f"{url}/report")
        assert first.access_token is not None
        assert (again.text, again.paid, len(runs)) == (WORTH_IT, None, 2)
        elsewhere = await get(f"{url}/free", Authorization=f"Bearer {first.access_token}")
        assert elsewhere.status == 402
        head, body, mac = first.access_token.split(".")
        forged = await get(f"{url}/report", Authorization=f"Bearer {head}.{body}.{mac[::-1]}")
        assert forged.status == 402


async def signed(place: Place, url: str) -> dict[str, str]:
    """A payment for a page, signed and not presented."""
    from relay.client.buyer import Answer, _header

    async with Client(WALLET, Limit("1 USD")) as client:
        asked = await get(url)
        return _header(client.choose(Answer(asked.status, asked.headers, asked.body, url)))
