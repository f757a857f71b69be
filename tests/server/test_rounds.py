"""Whoever came, paid and left has left nothing: what the relay holds is the same after many rounds as after few.

`python -m tests.bench.rounds` does 100,000 of them and looks at the process's memory; here objects are counted.
"""

from __future__ import annotations

import asyncio
import gc
import os
import types
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from relay import settings
from relay.app import open_relay
from tests.bench.servers import Stub
from tests.bench.wire import Wallet
from tests.server.paying import signed
from tests.servers.relay_process import SIGNING_KEY, RelayProcess, prepare

WARM, ROUNDS = 100, 300
PARTS = ("relay.channels", "relay.server", "relay.stream", "socketio", "engineio", "bidict", "aiohttp", "asyncio",
         "_asyncio", "uvloop", "collections")  # fmt: skip
CONTAINERS = (dict, set, list, types.FunctionType, types.MethodType, types.CoroutineType)


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Stub]:
    """In a process of its own: what it remembers is not counted."""
    stub = await asyncio.to_thread(Stub, tmp_path, os.sched_getaffinity(0))
    yield stub
    await asyncio.to_thread(stub.stop)


async def test_connections_that_came_paid_and_left_leave_nothing_behind(
    tmp_path: Path, node: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path}/relay.db"
    [key] = (await prepare(database, {"shop": "0.0.2001"})).values()
    monkeypatch.setenv("TEST_SIGNING_KEY", SIGNING_KEY)
    relay = RelayProcess(tmp_path, database, {node.address: "0.0.3"}, server="requests_per_second = 100000.0")
    async with open_relay(settings.load(relay.write_config())):
        await rounds(relay.url, key, WARM)
        before = await held()
        await rounds(relay.url, key, ROUNDS)
        grown, looks = await held() - before, 1
        while sum(grown.values()) >= ROUNDS / 3 and looks < 20:  # on a busy machine some are still about to go
            grown, looks = await held() - before, looks + 1
    assert sum(grown.values()) < ROUNDS / 3, grown  # caches with a bound are still being filled


async def rounds(url: str, key: str, number: int) -> None:
    for start in range(0, number, 10):
        await asyncio.gather(*(come_and_go(url, key, turn) for turn in range(start, start + 10)))


async def come_and_go(url: str, key: str, turn: int) -> None:
    client = await Wallet.connect(url, {"apiKey": key} if turn % 2 else None)
    if turn % 2:
        await client.ask("SUBSCRIBE", {"merchant": True})
    await client.pay(signed())
    await client.settle(1)
    if turn % 4 < 2:
        client.cut()
    else:
        client.close()


async def held() -> Counter[str]:
    """How many objects there are of what a connection is made of; caches of other things have bounds of their own."""
    await asyncio.sleep(
        1
    )  # a relay tells nobody when it has let go of the last connection: its sweeps come in a second
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    return Counter(
        {kind.__qualname__: number for kind, number in kinds.items() if kind in CONTAINERS or _is_ours(kind)}
    )


def _is_ours(kind: type) -> bool:
    return str(kind.__module__).startswith(PARTS)
