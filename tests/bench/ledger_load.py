"""Payments written into a journal as `Relay` writes them: a process of its own, told what to do on stdin.

{"do": "open", "url": "sqlite:///…"}                            an empty database
{"do": "write", "payments": 6000, "in_flight": 256}             whole payments: accepted, submitted, settled
{"do": "accept", "payments": 6000, "in_flight": 256}            only the first of these
{"do": "write_at", "payments": 4000, "rate": 2500}              whole ones at that rate; `milliseconds` are of one write
{"do": "close"}
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import uvloop

from relay.chain import SIGNED, Receipt, SignedTransfer, Taken
from relay.channel import Event
from relay.cli import SWITCH_SECONDS
from relay.commands.serve import collect_little
from relay.credit import Standing
from relay.ids import new_id
from relay.money import Account, Asset, ChainId, TxId
from relay.payment import OVER, Fact, Payment, PaymentId, Share, advance
from relay.recording import LEASE
from relay.store.database import open_database
from relay.store.entries import New, Recorded
from relay.store.journal import Journal
from relay.store.migrate import migrate
from relay.wire import events
from tests.bench.load import Result, _summary, serve

CHAIN = ChainId.parse("hedera:devnet")
MERCHANTS = 8  # on PostgreSQL one half and the other are written at once
RAW = 240  # bytes of a signed transfer


class LedgerLoad:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._stack = AsyncExitStack()
        self._numbers = itertools.count()

    async def open(self, url: str) -> Result:
        db = await self._stack.enter_async_context(open_database(url))
        await migrate(db)
        self._journal = Journal(db)
        collect_little()  # both as a relay does
        sys.setswitchinterval(SWITCH_SECONDS)
        return {}

    async def close(self) -> Result:
        await self._stack.aclose()
        return {}

    async def write(self, payments: int, in_flight: int) -> Result:
        return await self._closed(payments, in_flight, self._whole)

    async def accept(self, payments: int, in_flight: int) -> Result:
        return await self._closed(payments, in_flight, self._accept)

    async def write_at(self, payments: int, rate: float) -> Result:
        writes, start = list[float](), time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(payments):
                await asyncio.sleep(start + number / rate - time.perf_counter())
                tasks.create_task(self._whole(writes))
        return _summary(writes, time.perf_counter() - start)

    async def _closed(self, payments: int, in_flight: int, one: Callable[[list[float]], Awaitable[object]]) -> Result:
        left, writes = iter(range(payments)), list[float]()

        async def work() -> None:
            for _ in left:
                await one(writes)

        cpu, start = time.process_time(), time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        return _summary(writes, time.perf_counter() - start) | {"cpu": time.process_time() - cpu}

    async def _whole(self, writes: list[float]) -> None:
        payment = await self._accept(writes)
        payment = await self._record(payment, Taken(0), writes)
        await self._record(payment, Receipt(ok=True, code=22, name="SUCCESS"), writes)

    async def _accept(self, writes: list[float]) -> Payment:
        payment = a_payment(next(self._numbers))
        start = time.perf_counter()
        outcome = await self._journal.accept(payment, payment.created + LEASE)
        writes.append(time.perf_counter() - start)
        if not isinstance(outcome, New):
            raise RuntimeError(f"not accepted: {outcome}")
        return outcome.payment

    async def _record(self, before: Payment, fact: Fact, writes: list[float]) -> Payment:
        now = datetime.now(UTC)
        after, id = advance(before, fact, now), new_id("evt", now)

        def tell(seq: int, stands: Standing | None) -> Event:
            return events.payment_event(after, id=id, seq=seq, token=None, invoice=stands)

        start = time.perf_counter()
        outcome = await self._journal.record(before, after, None if after.status in OVER else now + LEASE, tell)
        writes.append(time.perf_counter() - start)
        if not isinstance(outcome, Recorded):
            raise RuntimeError(f"not recorded: {outcome}")
        return after


def a_payment(number: int) -> Payment:
    """As it is when it is accepted; each number is another transfer."""
    now = datetime.now(UTC)
    payer = Account(f"0.0.{100_000 + number % 64}")
    return Payment(
        id=PaymentId(new_id("pay", now)),
        merchant=f"shop-{number % MERCHANTS}",
        invoice=None,
        content=None,
        tx=TxId(f"{payer}@{int(now.timestamp())}.{number:09d}"),
        signed=SignedTransfer(CHAIN, SIGNED, os.urandom(RAW)),
        payer=payer,
        pay_to=(Share(Account("0.0.2001"), 1),),
        asset=Asset("0.0.0"),
        amount=1,
        memo="bench",
        valid_until=now + timedelta(seconds=120),
        created=now,
        updated=now,
    )


if __name__ == "__main__":
    uvloop.run(serve(LedgerLoad))
