"""All live streams of this process: who follows what, who is told, and the sweep that finds what was lost.

`relay.tail` has the order and the joining of one merchant's events. Here they are found by name, opened, told of what
was recorded in this process or another, and compared with the journal once in a while in case both words were lost:
losing Redis costs latency and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Protocol

from relay.channel import Event, Topic
from relay.errors import RelayError
from relay.followed import Ears
from relay.payment import Payment
from relay.store.journal import Journal
from relay.tail import Deliver, Enter, Send, Tail

log = logging.getLogger(__name__)

ATTEND_SECONDS = 6.0  # how long `attend` lasts; whoever still cares says so every other second


class Peers(Ears, Protocol):
    """The other relay processes, if there are any."""

    def tell(self, event: Event) -> None:
        """Let the others know, soon; may be lost."""
        ...


class Alone:
    """No Redis: this process, or several that find each other's events by the sweep."""

    narrow = False

    def tell(self, event: Event) -> None:
        """Nobody to tell."""

    def listen(self, topic: Topic) -> None:
        """Nobody to hear."""

    def leave(self, topic: Topic) -> None:
        """Nobody was heard."""


class Streams:
    """`spawn` keeps the tails' tasks; `deliver` is the audience, `present` says who of it is there.

    `heard` is told at once of every event we hear of, in any order, perhaps never: it only wakes somebody.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        deliver: Deliver,
        present: Callable[[Topic], bool],
        peers: Peers,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
        heard: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.narrow = peers.narrow
        self._journal = journal
        self._deliver = deliver
        self._present = present
        self._peers = peers
        self._spawn = spawn
        self._heard = heard
        self._tails: dict[str, Tail] = {}
        self._opening: dict[str, asyncio.Future[Tail]] = {}
        self._attended: dict[str, float] = {}  # merchants whose events wake somebody here, and until when

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

    def attend(self, merchant: str) -> None:
        """Hear of the merchant's events for the next seconds, also where nobody follows them here."""
        if merchant not in self._attended:
            self._peers.listen(Topic(merchant))
        self._attended[merchant] = asyncio.get_running_loop().time() + ATTEND_SECONDS

    async def follow(self, payment: Payment, enter: Enter) -> None:
        """Let a payment's room hear of it from now on."""
        tail = self._tails.get(payment.merchant) or await self.tail(payment.merchant)
        if payment.version == 0:  # accepted just now, and here
            if self.narrow:
                tail.follow(Topic(payment.merchant, "payment", payment.id), payment.version)
            await enter(())
        else:
            await tail.join(Topic(payment.merchant, "payment", payment.id), None, _nothing, enter)

    async def join(self, topic: Topic, after: int | None, send: Send, enter: Enter) -> tuple[int, int]:
        """`Tail.join` of a topic."""
        return await (await self.tail(topic.merchant)).join(topic, after, send, enter)

    def listen(self, topic: Topic) -> None:
        """For tails: hear what other processes say of it."""
        self._peers.listen(topic)

    def leave(self, topic: Topic) -> None:
        """For tails: what other processes say of it is of no use to them any more."""
        if topic.of or topic.merchant not in self._attended:
            self._peers.leave(topic)

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
            await self._tidy()
            await self._compare([merchant for merchant, tail in self._tails.items() if tail.followed])

    async def listening(self, topics: Collection[Topic]) -> None:
        """From now on we hear of these; what was said before is in the journal."""
        for topic in topics:
            if topic.of and topic.merchant in self._tails:
                self._tails[topic.merchant].recheck(topic)
        await self._compare([topic.merchant for topic in topics if not topic.of and topic.merchant in self._tails])

    async def _compare(self, merchants: Collection[str]) -> None:
        if not merchants:
            return
        try:
            heads = await self._journal.heads(merchants)
        except RelayError as error:
            log.warning("the sweep could not read the journal", extra={"detail": error.message})
            return
        except Exception:
            log.exception("the sweep could not read the journal")
            return
        for merchant, seq in heads.items():
            self._tails[merchant].reach(seq)

    async def _tidy(self) -> None:
        now = asyncio.get_running_loop().time()
        for merchant in [merchant for merchant, until in self._attended.items() if until < now]:
            del self._attended[merchant]
            tail = self._tails.get(merchant)
            if tail is None or not tail.whole:
                self._peers.leave(Topic(merchant))
        for tail in list(self._tails.values()):
            await tail.tidy()

    async def _open(self, merchant: str) -> Tail:
        try:
            head = (await self._journal.heads([merchant])).get(merchant, 0)
            tail = self._tails[merchant] = Tail(merchant, head, self._journal, self._deliver, self, self._present)
            self._spawn(tail.run())
            return tail
        finally:
            del self._opening[merchant]


async def _nothing(event: Event) -> None:
    """Nothing is replayed from now on."""
