"""What breaks the reference facilitators: lost answers, send errors, no blocks, many at once. No revert, no lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from relay.settlement import Underway
from tests.servers.evm import authorize
from tests.x402.place import BUYER, SHOP, Place, open_place
from tests.x402.terms import call, objects, terms

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRICE = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with open_place(tmp_path_factory.mktemp("relay")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_reverts(place: Place) -> AsyncIterator[None]:
    """Whatever happens, every transaction we paid for went through, and every payment was made once."""
    held, sent = await place.held(SHOP), await place.sent()
    first = int(await place.node.rpc("eth_blockNumber"), 16) + 1
    yield
    place.proxy.lost.clear()
    place.proxy.faults.clear()
    for number in range(first, int(await place.node.rpc("eth_blockNumber"), 16) + 1):
        receipts = await place.node.rpc("eth_getBlockReceipts", hex(number))
        assert {receipt["status"] for receipt in receipts} <= {"0x1"}
    assert await place.held(SHOP) - held == PRICE * (await place.sent() - sent)


def payment(place: Place) -> dict[str, Any]:
    return call(authorize(BUYER, place.token, to=SHOP, value=PRICE), terms(place.token, SHOP, PRICE))


async def not_waited_for(place: Place, body: dict[str, Any]) -> Underway:
    """As somebody asks who has two seconds: what cannot be settled now is pending."""
    told = await place.app.facilitator.settle(*objects(body), seconds=2.0)
    assert isinstance(told, Underway), told
    return told


async def settled(place: Place, body: dict[str, Any]) -> dict[str, Any]:
    """As a stock resource server asks: at once again as long as it is pending. What it says in between is no no."""
    async with asyncio.timeout(40):
        while True:
            status, said = await place.post("/settle", body)
            assert status == 200
            if said["success"]:
                return dict(said)
            assert said["errorReason"] == "settlement_pending", said
            assert said["transaction"]


async def test_a_payment_whose_answer_was_lost_is_settled_and_never_called_failed(place: Place) -> None:
    sent = await place.sent()
    place.proxy.lost = {"eth_sendRawTransaction"}

    said = await settled(place, payment(place))

    assert await place.sent() == sent + 1
    receipt = await place.node.rpc("eth_getTransactionReceipt", said["transaction"])
    assert receipt["status"] == "0x1"


async def test_a_send_error_holds_up_nobody_and_the_payment_arrives_after_all(place: Place) -> None:
    place.proxy.faults = {"eth_sendRawTransaction": {"code": -32000, "message": "internal error"}}
    unlucky = payment(place)
    told = await not_waited_for(place, unlucky)
    assert told.transaction.startswith("0x")
    place.proxy.faults = {}

    others = await asyncio.gather(*(settled(place, payment(place)) for _ in range(8)))
    late = await settled(place, unlucky)

    assert late["transaction"] == told.transaction
    assert len({each["transaction"] for each in others}) == 8


async def test_without_a_block_it_is_pending_with_its_transaction_and_the_second_call_waits_on(place: Place) -> None:
    body = payment(place)
    await place.node.rpc("evm_setAutomine", False)
    try:
        told = await not_waited_for(place, body)
        waiting = asyncio.create_task(settled(place, body))
    finally:
        await place.node.rpc("evm_setAutomine", True)
        await place.node.rpc("evm_mine")

    assert (await waiting)["transaction"] == told.transaction


async def test_many_payments_and_copies_of_each_at_once_end_each_with_one_success(place: Place) -> None:
    bodies, sent = [payment(place) for _ in range(32)], await place.sent()

    told = await asyncio.gather(*(place.post("/settle", body) for body in bodies * 3))

    successes = [said for _, said in told if said["success"]]
    assert len(successes) == 32
    assert {said.get("errorReason") for _, said in told} == {None, "duplicate_settlement"}
    assert await place.sent() == sent + 32


async def test_verifying_waits_for_no_settlement(place: Place) -> None:
    await place.node.rpc("evm_setAutomine", False)
    try:
        waiting = [asyncio.create_task(place.post("/settle", payment(place))) for _ in range(8)]
        async with asyncio.timeout(20):  # a settlement waits for 40
            verified = await asyncio.gather(*(place.post("/verify", payment(place)) for _ in range(8)))
    finally:
        await place.node.rpc("evm_setAutomine", True)
        await place.node.rpc("evm_mine")
    assert all(said["isValid"] for _, said in verified)
    await asyncio.gather(*waiting)


async def test_while_no_node_answers_the_facilitator_says_that_it_cannot_tell(place: Place) -> None:
    body = payment(place)
    place.proxy.away = True
    try:
        for path, member in (("/verify", "isValid"), ("/settle", "success")):
            status, said = await place.post(path, body)
            assert (status, said["code"], said[member]) == (503, "node_unreachable", False)
    finally:
        place.proxy.away = False
    await settled(place, body)


async def test_nodes_that_go_away_after_the_broadcast_make_it_pending_and_nothing_worse(place: Place) -> None:
    body, before = payment(place), place.proxy.asked("eth_sendRawTransaction")
    await place.node.rpc("evm_setAutomine", False)
    try:
        asking = asyncio.create_task(not_waited_for(place, body))
        async with asyncio.timeout(30):
            while place.proxy.asked("eth_sendRawTransaction") == before:
                await asyncio.sleep(0.01)
        place.proxy.away = True
        told = await asking
    finally:
        place.proxy.away = False
        await place.node.rpc("evm_setAutomine", True)
        await place.node.rpc("evm_mine")

    assert (await settled(place, body))["transaction"] == told.transaction


async def test_a_relay_that_stops_says_that_it_is_pending(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as http:

        async def ask(url: str, body: dict[str, Any]) -> dict[str, Any]:
            async with http.post(url, json=body) as answer:
                return dict(await answer.json())

        async with open_place(tmp_path) as stopping:
            await stopping.node.rpc("evm_setAutomine", False)
            asking = asyncio.create_task(ask(f"{stopping.facilitator}/settle", payment(stopping)))
            async with asyncio.timeout(30):
                while not stopping.proxy.asked("eth_sendRawTransaction"):
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(20):  # it would wait for 40
            said = await asking

    assert (said["success"], said["errorReason"]) == (False, "settlement_pending")
    assert said["transaction"]
