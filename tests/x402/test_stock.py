"""Stock resource servers ask this relay, stock buyers buy there, all as their registries have them; the chain tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from tests.x402.place import BUYER, SHOP, STRANGER, Place, open_place, run

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
STOCK = Path(__file__).parent / "stock"
SELLERS = {
    "pypi fastapi": (sys.executable, "-m", "tests.x402.stock.sell"),
    "npm express": ("node", str(STOCK / "express.mjs")),
}
BUYERS = (
    (sys.executable, "-m", "tests.x402.stock.buy", "both"),
    ("node", str(STOCK / "fetch.mjs"), "current"),
)
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
        async with asyncio.timeout(120):  # what a stock seller imports is seconds of CPU
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/page"
    finally:
        process.kill()
        await process.wait()


async def test_whoever_sells_and_whoever_buys_the_page_is_paid_once(place: Place) -> None:
    before = await place.held(SHOP), await place.held(BUYER.address), await place.sent()
    async with AsyncExitStack() as stack:
        urls = await asyncio.gather(*(stack.enter_async_context(seller(kind, place)) for kind in SELLERS))
        printed = await asyncio.gather(*(run(*command, BUYER.key.to_0x_hex(), *urls) for command in BUYERS))
    bought = [msgspec.json.decode(line) for text in printed for line in text.splitlines()]
    after = await place.held(SHOP), await place.held(BUYER.address), await place.sent()

    assert len({(each["buyer"], each["url"]) for each in bought}) == 6
    assert {(each["status"], each["body"]) for each in bought} == {(200, "worth it")}
    assert [now - then for now, then in zip(after, before, strict=True)] == [6 * CENT, -6 * CENT, 6]
    assert all(each["receipt"]["success"] for each in bought)
    transactions = {each["receipt"]["transaction"] for each in bought}
    receipts = [await place.node.rpc("eth_getTransactionReceipt", hash) for hash in transactions]
    assert [receipt["status"] for receipt in receipts] == ["0x1"] * 6


async def test_who_is_no_merchant_here_is_not_served_at_our_cost(place: Place) -> None:
    before = await place.held(BUYER.address), await place.sent()
    async with seller("npm express", place, STRANGER) as url:
        said = msgspec.json.decode(await run(*BUYERS[1], BUYER.key.to_0x_hex(), url))

    assert said["status"] == 402
    assert (await place.held(BUYER.address), await place.sent()) == before
