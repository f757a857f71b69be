"""A merchant's events, live and in order, whoever recorded them.

The journal is the truth; everything else only wakes us up: an event recorded in this process, a word from another
process (Redis), and a sweep that compares numbers once in a while in case both were lost. A `Tail` keeps the number of
the last event it delivered and moves on only to the next one, reading what it lacks from the journal. So listeners of
this process hear each event once, in order, without a gap, and losing Redis costs them latency and nothing else.

Joining is where replay systems lose or repeat events. `Tail.join` replays from the journal without the lock, then takes
the lock for the last stretch: while it is held nothing is delivered, so "replayed up to" and "live from" meet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from relay.channel import Event
from relay.errors import RelayError
from relay.store.journal import Journal

log = logging.getLogger(__name__)

PAGE = 500
KEEP_EARLY = 10_000  # events that arrived before their turn, kept per merchant; what does not fit is read back

Deliver = Callable[[Event], Awaitable[None]]
Enter = Callable[[Sequence[Event]], Awaitable[None]]


class Peers(Protocol):
    """The other relay processes, if there are any."""

    def tell(self, event: Event) -> None:
        """Let the others know, soon; may be lost."""
        ...

    def listen(self, merchant: str) -> None:
        """From now on this process wants to hear of the merchant's events."""
        ...


class Alone:
    """No Redis: this process, or several that find each other's events by the sweep."""

    def tell(self, event: Event) -> None:
        """Nobody to tell."""

    def listen(self, merchant: str) -> None:
        """Nobody to hear."""


class Tail:
    """The live end of one merchant's stream in this process. `deliver` gets every event once, in order."""

    def __init__(self, merchant: str, seq: int, journal: Journal, deliver: Deliver) -> None:
        self.merchant = merchant
        self.seq = seq  # of the last event delivered
        self._journal = journal
        self._deliver = deliver
        self._lock = asyncio.Lock()
        self._early: dict[int, Event] = {}
        self._head = seq  # the highest number we know to exist
        self._news = asyncio.Event()

    def offer(self, event: Event) -> None:
        """An event exists and this is it."""
        if event.seq > self.seq and len(self._early) < KEEP_EARLY:
            self._early[event.seq] = event
        self.reach(event.seq)

    def reach(self, seq: int) -> None:
        """An event with this number exists."""
        if seq > self.seq:
            self._head = max(self._head, seq)
            self._news.set()

    async def run(self) -> None:
        """Deliver what there is, as it comes, for ever."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                async with self._lock:
                    await self._advance()
            except RelayError as error:  # the database: the sweep calls again
                log.warning(
                    "a stream waits for the journal", extra={"merchant": self.merchant, "detail": error.message}
                )
            except Exception:  # a full disk, for one: the sweep calls again then, too
                log.exception("a stream waits for the journal", extra={"merchant": self.merchant})

    async def join(self, after: int | None, send: Deliver, enter: Enter, **only: str) -> int:
        """Replay what comes after `after`, then let the listener into the live audience; returns how many it missed.

        `send` gets the missed events one by one and may take its time. `enter` gets the last few at once, must not wait
        for the listener, and makes it part of the audience: between these and the first live one nothing is missing and
        nothing repeats. `after=None` means from now on. `only` narrows to an `invoice` or a `content`.
        """
        cursor = self.seq if after is None else after
        sent = 0
        if after is not None:
            async for event in self._since(cursor, only):
                await send(event)
                sent, cursor = sent + 1, event.seq
        if cursor > self.seq:  # he read further, here or at another process, than our audience has heard
            heads = await self._journal.heads([self.merchant])
            self.reach(min(cursor, heads[self.merchant]))
        async with self._lock:
            await self._advance()
            rest: list[Event] = []
            if after is not None:
                async for event in self._since(cursor, only):
                    if event.seq > self.seq:
                        break  # the audience has not heard it either: it will come live
                    rest.append(event)
            await enter(rest)
        return sent + len(rest)

    async def _since(self, cursor: int, only: Mapping[str, str]) -> AsyncIterator[Event]:
        while True:
            page = await self._journal.events(self.merchant, cursor, PAGE, **only)
            for event in page:
                yield event
            if len(page) < PAGE:
                return
            cursor = page[-1].seq

    async def _advance(self) -> None:
        while self.seq < self._head:
            event = self._early.pop(self.seq + 1, None)
            if event is not None:
                await self._hand_over(event)
                continue
            page = await self._journal.events(self.merchant, self.seq, PAGE)
            if not page:
                return  # announced before its commit is visible to our reader: the next word or sweep brings it
            for event in page:
                self._early.pop(event.seq, None)
                await self._hand_over(event)
        for late in [seq for seq in self._early if seq <= self.seq]:
            del self._early[late]

    async def _hand_over(self, event: Event) -> None:
        self.seq = event.seq  # first: an audience that fails to hear one event does not hear it twice instead
        try:
            await self._deliver(event)
        except Exception:  # one listener's trouble is not the others', nor the stream's
            log.exception("an event was not heard by everyone", extra={"merchant": self.merchant, "seq": event.seq})


class Streams:
    """All tails of this process. `spawn` keeps their tasks; `deliver` is the audience.

    `heard` is told at once of every event we hear of, in any order, perhaps never: it only wakes somebody.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        deliver: Deliver,
        peers: Peers,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        heard: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._journal = journal
        self._deliver = deliver
        self._peers = peers
        self._spawn = spawn
        self._heard = heard
        self._tails: dict[str, Tail] = {}
        self._opening: dict[str, asyncio.Future[Tail]] = {}

    def announce(self, event: Event) -> None:
        """An event was recorded in this process."""
        self.hear(event)
        self._peers.tell(event)

    def hear(self, event: Event) -> None:
        """An event was recorded somewhere."""
        tail = self._tails.get(event.merchant)
        if tail is not None:
            tail.offer(event)
        self._heard(event)

    def listen(self, merchant: str) -> None:
        """Hear of the merchant's events also where nobody follows them here."""
        self._peers.listen(merchant)

    async def tail(self, merchant: str) -> Tail:
        """The merchant's tail, started at today's head if nobody listened before."""
        tail = self._tails.get(merchant)
        if tail is not None:
            return tail
        opening = self._opening.get(merchant)
        if opening is None:
            opening = self._opening[merchant] = asyncio.ensure_future(self._open(merchant))
        return await asyncio.shield(opening)

    async def sweep(self, seconds: float) -> None:
        """Compare our numbers with the journal's every so often, for ever."""
        while True:
            await asyncio.sleep(seconds)
            await self.catch_up()

    async def catch_up(self) -> None:
        """Compare once: after a reconnection, or when the sweep is due."""
        if not self._tails:
            return
        try:
            heads = await self._journal.heads(list(self._tails))
        except RelayError as error:
            log.warning("the sweep could not read the journal", extra={"detail": error.message})
            return
        except Exception:
            log.exception("the sweep could not read the journal")
            return
        for merchant, seq in heads.items():
            self._tails[merchant].reach(seq)

    async def _open(self, merchant: str) -> Tail:
        try:
            self._peers.listen(merchant)  # before reading the head: what is said in between is not missed
            head = (await self._journal.heads([merchant])).get(merchant, 0)
            tail = self._tails[merchant] = Tail(merchant, head, self._journal, self._deliver)
            self._spawn(tail.run())
            return tail
        finally:
            del self._opening[merchant]
