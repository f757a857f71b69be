"""The live end of a merchant's events in this process: each reaches whoever follows it once, in order, without a gap.

The journal is the truth; everything else only wakes us up. A tail is *whole* while somebody here follows all of the
merchant's events: it keeps the number of the last one delivered and moves on only to the next, reading what it lacks
from the journal. Else it is *narrow*: it hears only of the topics that are followed here, and goes by their cursors
(`relay.followed`).

Joining is where replay systems lose or repeat events. `Tail.join` replays from the journal without the lock, then takes
the lock for the last stretch: while it is held nothing is delivered, so "replayed up to" and "live from" meet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from itertools import islice

from relay.channel import Event, Topic
from relay.errors import RelayError
from relay.followed import Ears, Followed
from relay.store.journal import Journal

log = logging.getLogger(__name__)

PAGE = 500
TOPICS = 500  # asked of the journal at once
KEEP_EARLY = 10_000  # events that arrived before their turn, kept per merchant; what does not fit is read back

Deliver = Callable[[Event, Collection[Topic] | None], Awaitable[None]]  # to followers of these topics; None: to all
Send = Callable[[Event], Awaitable[None]]
Enter = Callable[[Sequence[Event]], Awaitable[object]]


class Tail:
    """`deliver` gets every event that is followed here. `present` says whether anybody still follows a topic."""

    def __init__(
        self,
        merchant: str,
        seq: int,
        journal: Journal,
        deliver: Deliver,
        ears: Ears,
        present: Callable[[Topic], bool],
    ) -> None:
        self.all = Topic(merchant)
        self.whole = not ears.narrow
        self.seq = seq  # of the last event delivered, while it is whole
        self._merchant = merchant
        self._journal = journal
        self._deliver = deliver
        self._ears = ears
        self._present = present
        self._lock = asyncio.Lock()
        self._early: dict[int, Event] = {}
        self._head = seq  # the highest number we know to exist
        self._followed = Followed(ears, present)  # only kept if it can be narrow
        self._unattended = False  # nobody followed all of it when we last looked
        self._news = asyncio.Event()

    @property
    def followed(self) -> bool:
        """Whether there is anything to deliver."""
        return self.whole or bool(self._followed.cursors)

    def offer(self, event: Event) -> None:
        """An event exists and this is it."""
        if self.whole:
            if event.seq > self.seq and len(self._early) < KEEP_EARLY:
                self._early[event.seq] = event
            self.reach(event.seq)
        elif behind := self._followed.behind(event):
            if len(self._early) < KEEP_EARLY:
                self._early[event.seq] = event
            else:
                self._followed.doubtful.update(behind)
            self._news.set()

    def reach(self, seq: int) -> None:
        """An event with this number exists, says the journal or who recorded it."""
        if self.whole:
            if seq > self.seq:
                self._head = max(self._head, seq)
                self._news.set()
            return
        if seq > self._head:
            self._head = seq
            self._followed.doubtful.update(self._followed.cursors)
        if self._followed.doubtful:  # also what could not be read the last time
            self._news.set()

    def recheck(self, topic: Topic) -> None:
        """Something of the topic may have been said while we could not hear."""
        if topic in self._followed.cursors and not self.whole:
            self._followed.doubtful.add(topic)
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
                    "a stream waits for the journal", extra={"merchant": self._merchant, "detail": error.message}
                )
            except Exception:  # a full disk, for one: the sweep calls again then, too
                log.exception("a stream waits for the journal", extra={"merchant": self._merchant})

    def follow(self, payment: Topic, version: int) -> None:
        """A payment that was just accepted here is followed here: it has no events yet, and we record them.

        For a tail that can be narrow: one that cannot delivers every event anyway.
        """
        self._followed.begin(payment, self.seq if self.whole else self._head, version)

    async def join(self, topic: Topic, after: int | None, send: Send, enter: Enter) -> tuple[int, int]:
        """Replay what comes after `after`, then let the listener into the live audience of a topic.

        `send` gets the missed events one by one and may take its time. `enter` gets the last few at once, must not wait
        for the listener, and makes it part of the audience: between these and the first live one nothing is missing and
        nothing repeats. `after=None` means from now on. Returns the number up to which it has everything, and how many
        events it missed.
        """
        cursor, sent = after, 0
        if cursor is not None:
            async for event in self._since(cursor, topic):
                await send(event)
                sent, cursor = sent + 1, event.seq
        # Past this he may have read at another process; past our audience, if it is whole, he need not have.
        head = await self._read_head() if not self.whole or (cursor or 0) > self.seq else self.seq
        async with self._lock:
            end = await self._level(topic, head)
            rest: list[Event] = []
            if cursor is not None:
                async for event in self._since(cursor, topic):
                    if event.seq > end:
                        break  # the audience has not heard it either: it will come live
                    rest.append(event)
            await enter(rest)
            if self._ears.narrow and topic != self.all:
                self._followed.cursors[topic] = end
                if not self.whole:
                    self._followed.hear({topic})
                    self.recheck(topic)  # what came while it was joining is in the journal
        return end, sent + len(rest)

    async def tidy(self) -> None:
        """Let go of what nobody follows any more; to be called every second or so. What is absent twice is gone."""
        if not self._ears.narrow:
            return
        self._followed.tidy(hear=not self.whole)
        unattended = self.whole and not self._present(self.all)
        if unattended and self._unattended and not self._lock.locked():
            async with self._lock:
                if not self._present(self.all):  # still: whoever waited for the lock before us may have joined
                    self._become_narrow()
        self._unattended = unattended

    # --- below, the lock is held ---

    async def _level(self, topic: Topic, head: int) -> int:
        """Bring the audience of a topic up to date; returns the number up to which it has heard."""
        if topic == self.all and not self.whole:
            await self._become_whole()
        if self.whole:
            self.reach(head)
            await self._advance_whole()
            return self.seq
        if topic not in self._followed.cursors:
            return head
        self._followed.doubtful.add(topic)
        await self._advance_narrow()
        return max(head, self._followed.cursors.get(topic, 0))

    async def _advance(self) -> None:
        await (self._advance_whole() if self.whole else self._advance_narrow())

    async def _advance_whole(self) -> None:
        while self.seq < self._head:
            event = self._early.pop(self.seq + 1, None)
            if event is not None:
                await self._hand_over(event)
                continue
            page = await self._journal.events(self._merchant, self.seq, PAGE)
            if not page:
                return  # announced before its commit is visible to our reader: the next word or sweep brings it
            for event in page:
                self._early.pop(event.seq, None)
                await self._hand_over(event)
        for late in [seq for seq in self._early if seq <= self.seq]:
            del self._early[late]

    async def _advance_narrow(self) -> None:
        followed = self._followed
        while self._early or followed.doubtful:
            for seq in sorted(self._early):
                event = self._early.pop(seq)
                behind = followed.behind(event)
                if all(followed.is_next(topic, event) for topic in behind):
                    await self._hand_over(event, behind)
                else:
                    followed.doubtful.update(behind)
            if followed.doubtful:
                await self._ask(set(islice(followed.doubtful, TOPICS)))

    async def _ask(self, topics: set[Topic], end: int | None = None) -> None:
        """Deliver what the journal has of these topics, up to number `end`."""
        followed, head = self._followed, self._head if end is None else end
        try:
            while True:
                followed.doubtful -= topics  # before we look: what is heard from here on makes them doubtful again
                topics &= followed.cursors.keys()  # of the rest the last follower left
                if not topics:
                    return
                floor = min(followed.cursors[topic] for topic in topics)
                page = await self._journal.events_of(self._merchant, floor, topics, PAGE)
                more = {topic for event in page for topic in followed.behind(event)} - topics
                if not more:
                    break
                topics |= more  # an event goes to all who follow it at once, so all of its topics must be known
        except BaseException:
            followed.doubtful |= topics
            raise
        for event in page:
            if end is None or event.seq <= end:
                await self._hand_over(event, followed.behind(event))
        if len(page) < PAGE:
            followed.raise_to(head, topics)
        elif end is None or page[-1].seq < end:
            followed.raise_to(page[-1].seq, topics)
            followed.doubtful |= topics
        else:
            followed.raise_to(end, topics)

    async def _hand_over(self, event: Event, to: Collection[Topic] | None = None) -> None:
        # The number first: an audience that fails to hear one event does not hear it twice instead.
        if to is None:
            self.seq = event.seq
        elif to:
            self._followed.pass_on(event, to)
        else:
            return
        try:
            await self._deliver(event, to)
        except Exception:  # one listener's trouble is not the others', nor the stream's
            log.exception("an event was not heard by everyone", extra={"merchant": self._merchant, "seq": event.seq})
        if to is not None:
            self._followed.end(to)

    async def _become_whole(self) -> None:
        """All topics up to one number, and from there on every event."""
        followed = self._followed
        head = await self._read_head()  # whatever was delivered is not above it
        followed.doubtful.update(followed.cursors)
        while followed.doubtful:
            await self._ask(set(islice(followed.doubtful, TOPICS)), head)
        followed.hear_none()
        followed.restart(head)
        self.whole, self.seq, self._head = True, head, head
        self._ears.listen(self.all)
        self.reach(await self._read_head())  # what came while it was narrow

    def _become_narrow(self) -> None:
        if self.seq < self._head or self._early:
            return  # the next time
        self.whole = False
        self._ears.leave(self.all)
        self._followed.restart(self.seq)
        self._followed.hear(self._followed.cursors.keys())

    # --- reading ---

    async def _read_head(self) -> int:
        return (await self._journal.heads([self._merchant]))[self._merchant]

    async def _since(self, cursor: int, topic: Topic) -> AsyncIterator[Event]:
        while True:
            if topic == self.all:
                page = await self._journal.events(self._merchant, cursor, PAGE)
            else:
                page = await self._journal.events_of(self._merchant, cursor, [topic], PAGE)
            for event in page:
                yield event
            if len(page) < PAGE:
                return
            cursor = page[-1].seq
