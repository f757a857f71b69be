"""A world for narrow tails: a database, some relay processes, the words between them, and who listens.

Nothing here is left to luck: the database works on the loop's own thread, and how many turns of the loop pass until it
looks, and from there until its answer arrives, is said by the test. So every interleaving can be played again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from relay.channel import Event, Topic, topics_of
from relay.errors import RelayError, Unreachable
from relay.store.journal import Journal
from relay.store.tx import Connection, Op, T, Tx
from relay.tail import Tail

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PROCESSES, PAYMENTS, INVOICES, CONTENTS = 2, 4, 2, 1
ENOUGH = 2_000  # turns: by then whatever is under way is over


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class Paced:
    """The real database, but on the loop's own thread. `pace`: turns until it looks, and until it has answered."""

    def __init__(self, connection: Connection) -> None:
        self.pace = (0, 0)
        self.failing = 0  # so many of the next reads
        self._connection = connection

    async def read(self, op: Op[T]) -> T:
        until, since = self.pace
        await turns(until)
        if self.failing:
            self.failing -= 1
            raise Unreachable("the database gives no answer")
        rows = op(self._connection)
        await turns(since)
        return rows

    async def write(self, op: Op[T], *, order: str = "") -> T:
        await turns(self.pace[0])
        self._connection.begin()
        answer = op(self._connection)
        self._connection.commit()
        await turns(1)
        return answer


@dataclass(eq=False)
class Listener:
    """One socket. `since` is known once it has joined."""

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

    def __init__(self, merchant: str, db: Paced) -> None:
        self.listeners: list[Listener] = []
        self.wanted: set[Topic] = set()
        self.channels: set[Topic] = set()  # in effect
        self.late: list[Event] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._db = db
        self._journal = Journal(db)
        self.tail = Tail(merchant, 0, self._journal, self.deliver, self, self.present)

    def listen(self, topic: Topic) -> None:
        self.wanted.add(topic)
        self.tasks.add(asyncio.create_task(self._begin(topic)))

    async def _begin(self, topic: Topic) -> None:
        """As Redis and `Streams.listening` do: heard from some moment on, and from then told to look."""
        await turns(sum(self._db.pace))
        if topic not in self.wanted:
            return
        self.channels.add(topic)
        if topic.of:
            self.tail.recheck(topic)
            return
        try:
            heads = await self._journal.heads([topic.merchant])
        except RelayError:
            return  # the sweep will
        self.tail.reach(heads[topic.merchant])

    def leave(self, topic: Topic) -> None:
        self.wanted.discard(topic)
        self.channels.discard(topic)

    def present(self, topic: Topic) -> bool:
        return any(listener.inside and listener.topic == topic for listener in self.listeners)

    async def deliver(self, event: Event, topics: Collection[Topic] | None) -> None:
        await asyncio.sleep(0)  # a push may give way, and does in Socket.IO
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
        try:
            end, _ = await self.tail.join(listener.topic, listener.after, listener.send, enter)
        except RelayError:  # he is told, and is not subscribed
            if listener in self.listeners:
                self.listeners.remove(listener)
            return
        if listener.after is None:
            listener.since = end


class World:
    """The database, the processes, and the words on their way between them."""

    def __init__(self, merchant: str, connection: Connection) -> None:
        self.merchant, self.db = merchant, Paced(connection)
        self.processes = [Process(merchant, self.db) for _ in range(PROCESSES)]
        self.versions = dict.fromkeys(range(PAYMENTS), 0)
        self.begun: set[int] = set()
        self.events: list[Event] = []  # committed
        self.records: list[asyncio.Task[None]] = []
        self.joins: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> World:
        self._runs = [asyncio.create_task(process.tail.run()) for process in self.processes]
        return self

    async def __aexit__(self, *_: object) -> None:
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)

    def topic(self, kind: int, number: int) -> Topic:
        name = ("", "payment", "invoice", "content")[kind]
        number %= (1, PAYMENTS, INVOICES, CONTENTS)[kind]
        return Topic(self.merchant, name, f"{self.merchant}-{name}-{number}") if name else Topic(self.merchant)  # type: ignore[arg-type]

    async def record(self, process: int, payment: int, fate: int) -> None:
        """A payment changes at one process; its word to the others is lost, late, twice, or in time."""
        event = await self.db.write(lambda tx: self._append(tx, payment))
        mine = self.processes[process]
        mine.tail.offer(event)
        crossed = Event(**{name: getattr(event, name) for name in Event.__slots__ if name != "version"})
        for other in self.processes:
            if other is not mine and other.hears(event):
                other.late += [crossed] * (fate > 0)
                if fate > 1:
                    other.tail.offer(crossed)

    def _append(self, tx: Tx, payment: int) -> Event:
        self.versions[payment] += 1
        seq = len(self.events) + 1
        event = Event(
            f"{self.merchant}-{seq}", self.merchant, seq, "payment.submitted", NOW,
            self.topic(1, payment).id, self.topic(2, payment).id, self.topic(3, 0).id, b"{}", self.versions[payment],
        )  # fmt: skip
        self.events.append(event)
        write_event(tx, event)
        return event

    async def act(self, what: int, where: int, kind: int, number: int, fate: int) -> None:
        process = self.processes[where]
        match what:
            case 0 | 1 | 2:
                self.begun.add(number)
                self.records.append(asyncio.create_task(self.record(where, number, fate)))
            case 3 | 4:
                after = (None, 0, len(self.events), max(0, len(self.events) - 2))[fate]
                listener = Listener(self.topic(kind, number), after=after, since=after or 0)
                self.joins.append(asyncio.create_task(process.join(listener)))
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
            case 10:
                self.db.failing = fate

    async def end(self) -> None:
        """Everyone who still listens has it all after one sweep, and nothing comes twice."""
        await asyncio.gather(*self.records)
        self.db.failing = 0
        for process in self.processes:  # amid whatever else is under way
            process.tail.reach(len(self.events))
        await asyncio.gather(*self.joins, *(task for process in self.processes for task in process.tasks))
        for _ in range(ENOUGH):
            if all(listener.heard[-1:] == self.expected(listener)[-1:] for listener in self.listeners()):
                break
            await asyncio.sleep(0)
        await turns(200)
        for listener in self.listeners():
            assert listener.heard == self.expected(listener), (listener, [vars(p.tail) for p in self.processes])

    def listeners(self) -> Iterator[Listener]:
        return (listener for process in self.processes for listener in process.listeners)

    def expected(self, listener: Listener) -> list[int]:
        mine = [event for event in self.events if listener.topic in (Topic(event.merchant), *topics_of(event))]
        return [event.seq for event in mine if event.seq > listener.since]


def write_event(tx: Tx, event: Event) -> None:
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
