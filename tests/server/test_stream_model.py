"""`Tail` against a model: whatever order news comes in, late, twice or not at all, every listener hears 1, 2, 3, …"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.channel import Event, Topic
from relay.store.database import Database, open_database
from relay.store.journal import Journal
from relay.store.migrate import migrate
from relay.store.tx import Tx
from relay.stream import Alone
from relay.tail import Tail

NOW = datetime(2026, 11, 20, tzinfo=UTC)
INVOICES = ("inv_a", "inv_b")
EVENTS = 120


class Audience:
    """Listeners of one process, as rooms keep them: whoever is in hears the event."""

    def __init__(self) -> None:
        self.inside: list[Listener] = []

    async def deliver(self, event: Event, topics: Collection[Topic] | None) -> None:
        await asyncio.sleep(0)  # a push may give way, and does in Socket.IO
        for listener in self.inside:
            if listener.invoice in (None, event.invoice):
                listener.heard.append(event.seq)


class Listener:
    def __init__(self, tail: Tail, audience: Audience, invoice: str | None, after: int | None) -> None:
        self.tail = tail
        self.audience = audience
        self.invoice = invoice
        self.after = after
        self.heard: list[int] = []
        self.joined_at = 0

    async def join(self) -> None:
        topic = Topic("shop") if self.invoice is None else Topic("shop", "invoice", self.invoice)
        await self.tail.join(topic, self.after, self.send, self.enter)

    async def send(self, event: Event) -> None:
        await asyncio.sleep(random.choice((0, 0, 0.001)))
        self.heard.append(event.seq)

    async def enter(self, missed: Sequence[Event]) -> None:
        self.joined_at = self.tail.seq
        self.heard += [event.seq for event in missed]
        self.audience.inside.append(self)


async def append(db: Database, event: Event) -> None:
    def op(tx: Tx) -> None:
        tx.run(
            "INSERT INTO events (merchant, seq, id, type, time, invoice, body)"
            " VALUES ('shop', :seq, :id, 'payment.settled', 0, :invoice, :body)",
            seq=event.seq, id=event.id, invoice=event.invoice, body=event.body,
        )  # fmt: skip
        tx.run(
            "INSERT INTO heads (merchant, seq) VALUES ('shop', :seq)"
            " ON CONFLICT (merchant) DO UPDATE SET seq = excluded.seq",
            seq=event.seq,
        )

    await db.write(op)


@pytest.mark.parametrize("seed", range(8))
async def test_every_listener_hears_each_event_once_and_in_order(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    random.seed(seed)
    async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
        await migrate(db)
        journal, listeners, tasks = Journal(db), list[Listener](), list[asyncio.Task[None]]()
        tails = []
        for _ in range(2):  # two processes, each with its audience
            audience = Audience()
            tails.append((Tail("shop", 0, journal, audience.deliver, Alone(), lambda topic: True), audience))
        runs = [asyncio.create_task(tail.run()) for tail, _ in tails]
        joins: list[asyncio.Task[None]] = []

        async def late(tail: Tail, event: Event) -> None:
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.005, 0.02)))
            tail.offer(event)

        for seq in range(1, EVENTS + 1):
            invoice = chance.choice(INVOICES)
            event = Event(f"evt_{seq}", "shop", seq, "payment.settled", NOW, None, invoice, None, b"{}")
            await append(db, event)
            for tail, audience in tails:
                for _ in range(chance.choice((0, 1, 1, 1, 2))):  # lost, told, told twice
                    tasks.append(asyncio.create_task(late(tail, event)))
                if chance.random() < 0.15:
                    after = chance.choice(
                        (None, 0, 0, max(0, seq - 5), tail.seq, seq)
                    )  # seq: he read so far at the other process
                    listener = Listener(tail, audience, chance.choice((None, *INVOICES)), after)
                    listeners.append(listener)
                    joins.append(asyncio.create_task(listener.join()))
        await asyncio.gather(*tasks, *joins)
        by_seq = {event.seq: event for event in await journal.events("shop", 0, EVENTS)}

        def expected(listener: Listener) -> list[int]:
            start = listener.joined_at if listener.after is None else listener.after
            return [seq for seq in range(start + 1, EVENTS + 1) if listener.invoice in (None, by_seq[seq].invoice)]

        with contextlib.suppress(TimeoutError):  # a number is moved on before its event is delivered
            async with asyncio.timeout(30):
                while any(listener.heard[-1:] != expected(listener)[-1:] for listener in listeners):
                    for tail, _ in tails:
                        tail.reach(EVENTS)  # the sweep
                    await asyncio.sleep(0.001)
        for run in runs:
            run.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await run
    assert listeners
    for listener in listeners:
        assert listener.heard == expected(listener), (listener.after, listener.invoice, listener.joined_at)


async def test_one_listener_in_trouble_costs_the_others_nothing(tmp_path: Path) -> None:
    async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
        await migrate(db)
        heard: list[int] = []

        async def deliver(event: Event, topics: Collection[Topic] | None) -> None:
            if event.seq == 2:
                raise RuntimeError("a socket broke in the middle")
            heard.append(event.seq)

        tail = Tail("shop", 0, Journal(db), deliver, Alone(), lambda topic: True)
        run = asyncio.create_task(tail.run())
        for seq in (1, 2, 3):
            event = Event(f"evt_{seq}", "shop", seq, "payment.settled", NOW, None, None, None, b"{}")
            await append(db, event)
            tail.offer(event)
        async with asyncio.timeout(30):
            while tail.seq < 3:
                await asyncio.sleep(0.001)
        assert not run.done()
        run.cancel()
        assert heard == [1, 3]
