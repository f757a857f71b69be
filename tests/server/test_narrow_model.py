"""Narrow tails against a model: several processes, words lost, late, twice and in any order, listeners come and go.

Whatever happens, each listener hears the events of what it follows once, in order, and none is missing in between.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.channel import Event, Topic, topics_of
from relay.store.database import Database, open_database
from relay.store.journal import Journal
from relay.store.migrate import migrate
from relay.store.tx import Tx
from relay.tail import Tail

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PROCESSES, PAYMENTS, INVOICES, CONTENTS = 2, 4, 2, 1
_merchants = itertools.count()


@dataclass
class Listener:
    """One socket. `wanted` are the numbers it must have heard by now if it is still there."""

    topic: Topic
    heard: list[int] = field(default_factory=list)
    after: int | None = None  # the cursor it came with
    since: int = 0  # what it follows begins past this
    inside: bool = False

    async def send(self, event: Event) -> None:
        await asyncio.sleep(0)
        self.heard.append(event.seq)


class Process:
    """One tail, its audience, and what it can hear of the others."""

    narrow = True

    def __init__(self, merchant: str, journal: Journal) -> None:
        self.listeners: list[Listener] = []
        self.channels: set[Topic] = set()
        self.late: list[Event] = []
        self.tail = Tail(merchant, 0, journal, self.deliver, self, self.present, self.at_once)

    def listen(self, topic: Topic) -> None:
        if topic not in self.channels:
            self.channels.add(topic)
            asyncio.get_running_loop().call_soon(self.tail.recheck, topic)

    def leave(self, topic: Topic) -> None:
        self.channels.discard(topic)

    def present(self, topic: Topic) -> bool:
        return any(listener.inside and listener.topic == topic for listener in self.listeners)

    async def deliver(self, event: Event, topics: Collection[Topic] | None) -> None:
        await asyncio.sleep(0)  # a push may give way, and does in Socket.IO
        self.tell(event, topics)

    def at_once(self, event: Event, topics: Collection[Topic] | None) -> bool:
        if event.seq % 2:
            return False
        self.tell(event, topics)
        return True

    def tell(self, event: Event, topics: Collection[Topic] | None) -> None:
        rooms = {Topic(event.merchant), *topics_of(event)} if topics is None else set(topics)
        for listener in self.listeners:
            if listener.inside and listener.topic in rooms:
                listener.heard.append(event.seq)

    def hears(self, event: Event) -> bool:
        return bool(self.channels & {Topic(event.merchant), *topics_of(event)})

    async def join(self, listener: Listener) -> None:
        async def enter(missed: Sequence[Event]) -> None:
            await asyncio.sleep(0)
            listener.heard += [event.seq for event in missed]
            listener.inside = True

        self.listeners.append(listener)
        end, _ = await self.tail.join(listener.topic, listener.after, listener.send, enter)
        if listener.after is None:
            listener.since = end


class World:
    """The database, the processes, and the words on their way between them."""

    def __init__(self, merchant: str, db: Database) -> None:
        self.merchant, self.db, self.journal = merchant, db, Journal(db)
        self.processes = [Process(merchant, self.journal) for _ in range(PROCESSES)]
        self.versions = dict.fromkeys(range(PAYMENTS), 0)
        self.begun: set[int] = set()
        self.events: list[Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    def topic(self, kind: int, number: int) -> Topic:
        name = ("", "payment", "invoice", "content")[kind]
        return Topic(self.merchant, name, f"{self.merchant}-{name}-{number}") if name else Topic(self.merchant)  # type: ignore[arg-type]

    async def record(self, process: int, payment: int, fate: int) -> None:
        """A payment changes at one process; its word to the others is lost, late, twice, or in time."""
        self.begun.add(payment)
        self.versions[payment] += 1
        seq = len(self.events) + 1
        event = Event(
            f"{self.merchant}-{seq}", self.merchant, seq, "payment.submitted", NOW,
            self.topic(1, payment).id, self.topic(2, payment % INVOICES).id, self.topic(3, 0).id, b"{}",
            self.versions[payment],
        )  # fmt: skip
        self.events.append(event)
        await self.db.write(lambda tx: _append(tx, event))
        mine = self.processes[process]
        mine.tail.offer(event)
        crossed = Event(**{name: getattr(event, name) for name in Event.__slots__ if name != "version"})
        for other in self.processes:
            if other is not mine and other.hears(event):
                other.late += [crossed] * (fate > 0)
                if fate > 1:
                    other.tail.offer(crossed)

    async def act(self, what: int, where: int, kind: int, number: int, fate: int) -> None:
        process = self.processes[where]
        match what:
            case 0 | 1 | 2:
                await self.record(where, number, fate)
            case 3 | 4:
                after = (None, 0, len(self.events), max(0, len(self.events) - 2))[fate]
                listener = Listener(self.topic(kind, number % (INVOICES, PAYMENTS, INVOICES, CONTENTS)[kind]))
                listener.after, listener.since = after, after or 0
                self.tasks.append(asyncio.create_task(process.join(listener)))
            case 5:
                if process.listeners:
                    process.listeners.pop(number % len(process.listeners)).inside = False
            case 6:
                if process.late:
                    process.tail.offer(process.late.pop(number % len(process.late)))
            case 7:
                await process.tail.tidy()
            case 8:
                process.tail.reach(len(self.events))
            case 9:
                if number not in self.begun:  # it was accepted here just now, and its sender listens
                    self.begun.add(number)
                    payer = Listener(self.topic(1, number), inside=True)
                    process.tail.follow(payer.topic, 0)
                    process.listeners.append(payer)
        for _ in range(fate * 2):
            await asyncio.sleep(0)
        if fate == 3:
            await asyncio.sleep(0.002)  # the database's thread gets its turn

    async def end(self) -> None:
        """Everyone who still listens has it all after one sweep."""
        await asyncio.gather(*self.tasks)
        for process in self.processes:
            process.tail.reach(len(self.events))
        async with asyncio.timeout(10):
            while not all(listener.heard[-1:] == self.expected(listener)[-1:] for listener in self.listeners()):
                await asyncio.sleep(0.001)
        await asyncio.sleep(0.005)  # whatever would come twice has come
        for listener in self.listeners():
            assert listener.heard == self.expected(listener), (listener, [vars(p.tail) for p in self.processes])

    def listeners(self) -> Iterator[Listener]:
        return (listener for process in self.processes for listener in process.listeners)

    def expected(self, listener: Listener) -> list[int]:
        mine = [event for event in self.events if listener.topic in (Topic(event.merchant), *topics_of(event))]
        return [event.seq for event in mine if event.seq > listener.since]


def _append(tx: Tx, event: Event) -> None:
    tx.run(
        "INSERT INTO events (merchant, seq, id, type, time, payment, invoice, content, body)"
        " VALUES (:merchant, :seq, :id, :type, 0, :payment, :invoice, :content, :body)",
        merchant=event.merchant, seq=event.seq, id=event.id, type=event.type, payment=event.payment,
        invoice=event.invoice, content=event.content, body=event.body,
    )  # fmt: skip
    tx.run(
        "INSERT INTO heads (merchant, seq) VALUES (:merchant, :seq)"
        " ON CONFLICT (merchant) DO UPDATE SET seq = excluded.seq",
        merchant=event.merchant, seq=event.seq,
    )  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('model')}/relay.db"

    async def make() -> None:
        async with open_database(url) as db:
            await migrate(db)

    asyncio.run(make())
    return url


STEP = st.tuples(
    st.integers(0, 9), st.integers(0, PROCESSES - 1), st.integers(0, 3), st.integers(0, PAYMENTS - 1), st.integers(0, 3)
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=10, max_size=50))
def test_every_listener_hears_what_it_follows_once_in_order_and_without_a_gap(
    database: str, steps: list[tuple[int, int, int, int, int]]
) -> None:
    async def play() -> None:
        async with open_database(database) as db:
            world = World(f"m{next(_merchants)}", db)
            runs = [asyncio.create_task(process.tail.run()) for process in world.processes]
            try:
                for step in steps:
                    await world.act(*step)
                await world.end()
            finally:
                for run in runs:
                    run.cancel()
                await asyncio.gather(*runs, return_exceptions=True)

    asyncio.run(play())


async def test_a_change_that_another_process_recorded_is_not_jumped_over(database: str) -> None:
    async with open_database(database) as db:
        world = World(f"m{next(_merchants)}", db)
        here, elsewhere = 0, 1
        runs = [asyncio.create_task(process.tail.run()) for process in world.processes]
        await world.act(9, here, 0, 0, 0)
        for process in (here, elsewhere, here):
            await world.record(process, 0, fate=0)
        await world.end()
        for run in runs:
            run.cancel()
    assert [listener.heard for listener in world.listeners()] == [[1, 2, 3]]


async def test_what_is_recorded_here_about_a_payment_sent_here_needs_no_question(database: str) -> None:
    async with open_database(database) as db:
        world = World(f"m{next(_merchants)}", db)
        run = asyncio.create_task(world.processes[0].tail.run())
        await world.act(9, 0, 0, 0, 0)
        for version in (1, 2):
            event = Event(f"unwritten-{version}", world.merchant, version, "payment.submitted", NOW,
                          world.topic(1, 0).id, None, None, b"{}", version)  # fmt: skip
            world.processes[0].tail.offer(event)
        async with asyncio.timeout(10):
            while len(next(world.listeners()).heard) < 2:
                await asyncio.sleep(0.001)
        assert not world.processes[0].channels
        run.cancel()
