"""A busy writer waits a moment for more, so that fewer commits carry it; who comes alone waits for nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from relay.metrics import SIZES
from relay.store.lane import Lane
from relay.store.sqlite import Sqlite
from tests.store.test_database import CREATE, Gate, note

FOREVER = 3_600.0
Sleep = Callable[[float], None]
OpenWriter = Callable[..., AbstractAsyncContextManager[Lane]]


@pytest.fixture
def open_writer(tmp_path: Path) -> OpenWriter:
    @asynccontextmanager
    async def opened(sleep: Sleep = time.sleep) -> AsyncIterator[Lane]:
        driver = Sqlite(tmp_path / "notes.db")
        driver.gather_seconds = FOREVER
        lane = Lane("writer", driver, writes=True, threads=1, batch=256, bound=1_000, patience=60.0, sleep=sleep)
        async with asyncio.timeout(30):
            await lane.submit(lambda tx: tx.run(CREATE), "")
            yield lane
        await lane.close()

    return opened


class Pauses:
    """The writer's waits for more: each lasts until it is ended, however long this machine takes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun = asyncio.Semaphore(0)
        self._ended = threading.Semaphore(0)

    def __call__(self, seconds: float) -> None:
        self._loop.call_soon_threadsafe(self._begun.release)
        assert self._ended.acquire(timeout=30)

    async def begun(self) -> None:
        async with asyncio.timeout(30):
            await self._begun.acquire()

    def end(self) -> None:
        self._ended.release()


async def crowd(lane: Lane, size: int) -> list[asyncio.Future[int]]:
    """Notes that all come while one commit is under way."""
    gate = Gate()
    lane.submit(gate, "")
    await gate.entered()
    futures = [lane.submit(note(id), "") for id in range(size)]
    await asyncio.sleep(0)
    gate.open()
    return futures


def commits_of(lane: Lane, operations: float) -> int:
    return lane.batches.buckets[SIZES.index(operations)]


async def test_what_comes_soon_after_a_crowd_shares_a_commit(open_writer: OpenWriter) -> None:
    pauses = Pauses()
    async with open_writer(pauses) as lane:
        many = await crowd(lane, 16)
        await pauses.begun()
        pauses.end()
        await asyncio.gather(*many)
        first = lane.submit(note(100), "")
        await pauses.begun()
        second = lane.submit(note(101), "")
        await asyncio.sleep(0)  # it is handed over
        pauses.end()
        assert await asyncio.gather(first, second) == [1, 1]

    assert commits_of(lane, 2) == 1
    assert commits_of(lane, 16) == 1


async def test_who_comes_alone_waits_for_nobody(open_writer: OpenWriter) -> None:
    async with open_writer() as lane:
        for id in (100, 101):
            await lane.submit(note(id), "")
        await asyncio.gather(*await crowd(lane, 15))


async def test_a_batch_that_is_large_waits_for_nobody(open_writer: OpenWriter) -> None:
    async with open_writer() as lane:
        await asyncio.gather(*await crowd(lane, 64))
