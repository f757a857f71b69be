"""Hedera opened over real sockets, what it reports, and a wallet whose transfers are all different."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from relay.abilities import Node
from relay.chain import SignedTransfer
from relay.chains.hedera import Options, open_chain
from relay.chains.hedera.ledger import Hedera
from relay.devchain.ports import free_port
from relay.money import ChainId
from tests.chains.signing import DEVNET, fresh
from tests.servers.hapi_node import HapiNode, hapi_node
from tests.servers.mirror_node import MirrorNode, mirror_node

BOTH = [pytest.param({"direct_grpc": True}, id="direct"), pytest.param({"direct_grpc": False}, id="plain")]

_nanos = itertools.count(1)


class Reports:
    """What a chain reported, to wait for."""

    def __init__(self) -> None:
        self.all: list[Node] = []
        self._news = asyncio.Event()

    def __call__(self, chain: ChainId, node: Node) -> None:
        self.all.append(node)
        self._news.set()

    async def until(self, healthy: bool, account: str = "0.0.3") -> Node:
        """Wait until the latest word on `account` is `healthy`."""
        async with asyncio.timeout(40):
            while True:
                said = [node for node in self.all if node.account == account]
                if said and said[-1].healthy is healthy:
                    return said[-1]
                self._news.clear()
                await self._news.wait()


async def all_healthy(chain: Hedera) -> None:
    """Wait until every node is: which copy goes first depends on it."""
    async with asyncio.timeout(30):
        while not all(node.healthy for node in chain.nodes()):
            await asyncio.sleep(0.005)


class Clock:
    """The time, pushed on at will."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        now = datetime.now(UTC) if self._held is None else self._held
        return datetime.fromtimestamp(now.timestamp() + self.ahead_seconds, UTC)

    def hold(self) -> None:
        """From now on it only moves when it is pushed, however long this machine takes."""
        self._held = datetime.now(UTC)


Open = Callable[..., Any]


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> dict[str, Any]:
    """By what nodes are called: the default; modules whose promises both must keep say `BOTH`."""
    return {}


@pytest.fixture
async def open_hedera(reports: Reports, clock: Clock, channel: dict[str, Any]) -> AsyncIterator[Open]:
    """Open chains with the given options; all are closed when the test is."""
    async with AsyncExitStack() as stack:

        async def open_(id: ChainId = DEVNET, first_seconds: float = 60, **options: Any) -> Hedera:
            told = Options(**channel, **options)
            chain = open_chain(id, told, clock=clock, report=reports, first_seconds=first_seconds)
            return await stack.enter_async_context(chain)

        yield open_


@pytest.fixture
async def stub() -> AsyncIterator[HapiNode]:
    async with hapi_node(port=free_port()) as node:  # one the system gives to nobody while the node is away
        yield node


@pytest.fixture
async def stub_mirror() -> AsyncIterator[MirrorNode]:
    async with mirror_node() as mirror:
        yield mirror


@pytest.fixture
def make(clock: Clock) -> Callable[..., SignedTransfer]:
    """A transfer that was never made before, valid for two minutes from five seconds ago."""
    return lambda **changes: fresh(clock(), next(_nanos), **changes)
