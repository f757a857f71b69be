"""Stock resource servers ask this relay, stock buyers buy there, all as their registries have them; the chain tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tests.x402.place import BUYER, SHOP, STRANGER, Place, open_place, run

pytestmark = pytest.mark.asyncio(loop_scope="module")
STOCK = Path(__file__).parent / "stock"
SELLERS = {
    "pypi fastapi": (sys.executable, "-m", "tests.x402.stock.sell"),
    "npm express": ("node", str(STOCK / "express.mjs")),
}
BUYERS = {
    "pypi httpx": (sys.executable, "-m", "tests.x402.stock.buy", "httpx"),
    "pypi requests": (sys.executable, "-m", "tests.x402.stock.buy", "requests"),
    "npm fetch": ("node", str(STOCK / "fetch.mjs"), "current"),
}
CENT = 10_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with open_place(tmp_path_factory.mktemp("relay")) as running:
        yield running


@asynccontextmanager
async def seller(kind: str, place: Place, pay_to: str = SHOP) -> AsyncIterator[str]:
    """The URL of a page for a cent."""
    process = await asyncio.create_subprocess_exec(
        *SELLERS[kind], place.facilitator, pay_to, "$0.01", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/page"
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("sold", SELLERS)
async def test_whoever_sells_and_whoever_buys_the_page_is_paid_once(place: Place, sold: str) -> None:
    async with seller(sold, place) as url:
        for bought in BUYERS:
            before = await place.held(SHOP), await place.held(BUYER.address), await place.sent()
            said = msgspec.json.decode(await run(*BUYERS[bought], BUYER.key.to_0x_hex(), url))
            after = await place.held(SHOP), await place.held(BUYER.address), await place.sent()

            assert (said["status"], said["body"]) == (200, "worth it"), (bought, said)
            assert [now - then for now, then in zip(after, before, strict=True)] == [CENT, -CENT, 1], bought
            assert said["receipt"]["success"] is True
            receipt = await place.node.rpc("eth_getTransactionReceipt", said["receipt"]["transaction"])
            assert receipt["status"] == "0x1"


@pytest.mark.parametrize("sold", SELLERS)
async def test_who_is_no_merchant_here_is_not_served_at_our_cost(place: Place, sold: str) -> None:
    before = await place.held(BUYER.address), await place.sent()
    async with seller(sold, place, STRANGER) as url:
        said = msgspec.json.decode(await run(*BUYERS["npm fetch"], BUYER.key.to_0x_hex(), url))

    assert said["status"] == 402
    assert (await place.held(BUYER.address), await place.sent()) == before
