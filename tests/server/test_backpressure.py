"""Back-pressure: when a node or the database does not answer, intake ends with honest refusals, and memory is bounded.

Refused means that nothing was sent: the same bytes pay once whoever was slow is well again.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio

from relay import hapi_pb2 as pb
from relay.chains.hedera import link
from tests.bench.proc import memory
from tests.bench.wire import Wallet
from tests.server.paying import get, signed
from tests.servers.hapi_node import HapiNode, Later, hapi_node
from tests.servers.relay_process import RelayProcess

FLOOD, SOCKETS, UNDERWAY = 2_000, 20, 300
SECONDS = 60.0
MORE_MEMORY = 48_000_000  # bytes; 300 payments and 2,000 answers need a tenth of it
SUCCESS = pb.Response(
    transactionGetReceipt=pb.TransactionGetReceiptResponse(
        header=pb.ResponseHeader(), receipt=pb.TransactionReceipt(status=pb.SUCCESS)
    )
)


@pytest_asyncio.fixture
async def node() -> AsyncIterator[HapiNode]:
    async with hapi_node() as node:
        node.tell(link.RECEIPT, SUCCESS)
        yield node


@pytest_asyncio.fixture
async def small(tmp_path: Path, sqlite_url: str, keys: dict[str, str], node: HapiNode) -> AsyncIterator[RelayProcess]:
    """A relay that lets 300 transfers be under way."""
    server = f"transfers_underway = {UNDERWAY}\nrequests_per_second = 100_000"
    patient = "call_seconds = 60"  # the flood takes a slow machine longer than a node is given
    async with RelayProcess(tmp_path, sqlite_url, node.network, server=server, chain=patient) as relay:
        yield relay


class Flood:
    """Wallets that send without waiting. `answers` are what was said, by the bytes it was said of."""

    def __init__(self, wallets: Sequence[Wallet]) -> None:
        self._wallets = wallets
        self.answers: dict[bytes, dict[str, Any]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def send(self, raws: Sequence[bytes]) -> None:
        self._tasks += [
            asyncio.create_task(self._send(self._wallets[number % SOCKETS], raw)) for number, raw in enumerate(raws)
        ]

    async def answered(self, number: int | None = None) -> None:
        """Wait until that many were, or all."""
        async with asyncio.timeout(SECONDS):
            while len(self.answers) < (len(self._tasks) if number is None else number):
                await asyncio.wait(
                    [task for task in self._tasks if not task.done()], return_when=asyncio.FIRST_COMPLETED
                )

    @property
    def refused(self) -> dict[bytes, dict[str, Any]]:
        return {raw: answer for raw, answer in self.answers.items() if answer["status"] == "rejected"}

    async def settled(self, payments: int) -> None:
        async with asyncio.timeout(SECONDS):
            while sum(wallet.settled for wallet in self._wallets) < payments:
                await asyncio.sleep(0.01)

    async def _send(self, wallet: Wallet, raw: bytes) -> None:
        _, text = await wallet.transfer(raw)
        self.answers[raw] = json.loads(text[text.index(b"[") :])[0]


async def _flood(stack: AsyncExitStack, url: str) -> Flood:
    wallets = [await Wallet.connect(url) for _ in range(SOCKETS)]
    for wallet in wallets:
        stack.callback(wallet.cut)
    return Flood(wallets)


def _honest(flood: Flood) -> None:
    """Refused for the right reason, with advice, and without a payment on record."""
    for answer in flood.refused.values():
        assert answer["reason"] == "overloaded"
        assert "send the same bytes again" in answer["error"] and "nothing of this one was sent" in answer["error"]
        assert answer["payment"] is None


async def _again(flood: Flood) -> None:
    """Those who were refused do as they were told."""
    raws = list(flood.refused)
    for start in range(0, len(raws), UNDERWAY // 2):
        part = raws[start : start + UNDERWAY // 2]
        for raw in part:
            del flood.answers[raw]
        flood.send(part)
        async with asyncio.timeout(SECONDS):
            while not flood.answers.keys() >= set(part):
                await asyncio.sleep(0.005)


async def _all_end(flood: Flood, node: HapiNode, relay: RelayProcess, key: str) -> None:
    assert not flood.refused
    await flood.settled(FLOOD)
    for status in ("accepted", "submitted"):
        assert (await get(relay.url, f"/v1/payments?status={status}", key))[1]["data"] == []
    assert len(node.transfers) == FLOOD, "each once"


async def test_a_node_that_does_not_answer_ends_intake_and_nothing_else(
    small: RelayProcess, node: HapiNode, keys: dict[str, str]
) -> None:
    well = asyncio.Event()
    node.tell(link.TRANSFER, Later(well, pb.TransactionResponse()))
    assert small.process is not None
    async with AsyncExitStack() as stack:
        flood = await _flood(stack, small.url)
        before = memory(small.process.pid)

        flood.send([signed() for _ in range(FLOOD)])
        await flood.answered(FLOOD - UNDERWAY)

        _honest(flood)
        assert len(flood.refused) == FLOOD - UNDERWAY
        assert memory(small.process.pid) - before < MORE_MEMORY
        assert (await get(small.url, "/readyz"))[0] in (200, 503), "and it answers"

        well.set()
        await flood.answered()
        assert len(flood.refused) == FLOOD - UNDERWAY, "what was taken, is sent"
        await _again(flood)
        await _all_end(flood, node, small, keys["shop"])


async def test_a_database_that_does_not_answer_ends_intake_and_nothing_else(
    small: RelayProcess, node: HapiNode, keys: dict[str, str], tmp_path: Path
) -> None:
    assert small.process is not None
    async with AsyncExitStack() as stack:
        flood = await _flood(stack, small.url)
        before = memory(small.process.pid)
        locked = sqlite3.connect(tmp_path / "relay.db", isolation_level=None, timeout=30)
        stack.callback(locked.close)
        locked.execute("BEGIN IMMEDIATE")

        flood.send([signed() for _ in range(FLOOD)])
        await flood.answered(FLOOD - UNDERWAY)

        _honest(flood)
        assert len(flood.refused) == FLOOD - UNDERWAY
        assert node.transfers == [], "nothing is sent that is not written down"
        assert memory(small.process.pid) - before < MORE_MEMORY

        locked.execute("ROLLBACK")
        await flood.answered()
        await _again(flood)
        await _all_end(flood, node, small, keys["shop"])
