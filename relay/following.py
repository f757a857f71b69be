"""Following a payment that is on its way: look on a bounded schedule while its lease is ours, until it is over.

What is still open then belongs to `relay.worker`, here or elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from relay.abilities import Wakes
from relay.chain import WATCHED
from relay.errors import Overloaded, Unreachable
from relay.money import ChainId
from relay.payment import OVER, Payment, PaymentId, Status

log = logging.getLogger(__name__)

LOOK_SECONDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.0, 1.5, 2.0, 2.0, 2.0)  # together inside the lease
STUCK = timedelta(seconds=10)  # a node took it and the ledger has not heard: it may have lost it, so send it again
FOLLOWED = 1_000  # payments that came without us and are followed here at once; the worker has time for more
FOLLOWED_SENT = 20_000  # those that we sent: some 5 KB each, and the worker finds the rest when their leases end
BEAT_SECONDS = 0.01  # looks that are due within one are made together: one timer, and their questions in one write


class Beats:
    """Waiting by the beat: all that is due at one shares a timer, which alone would cost a payment 4 µs."""

    def __init__(self, beat_seconds: float = BEAT_SECONDS) -> None:
        self._beat_seconds = beat_seconds
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}

    def wait(self, seconds: float) -> asyncio.Future[None]:
        """Done after that long, or up to a beat later."""
        loop = asyncio.get_running_loop()
        beat = math.ceil((loop.time() + seconds) / self._beat_seconds)
        waiting = self._waiting.get(beat)
        if waiting is None:
            waiting = self._waiting[beat] = []
            loop.call_at(beat * self._beat_seconds, self._strike, beat)
        due: asyncio.Future[None] = loop.create_future()
        waiting.append(due)
        return due

    def _strike(self, beat: int) -> None:
        for due in self._waiting.pop(beat):
            if not due.done():  # its task was cancelled
                due.set_result(None)


class Following:
    """`look` asks the ledger and records; `waking` are the chains that say when a look is worth it."""

    def __init__(self, look: Callable[[Payment], Awaitable[Payment]], waking: Mapping[ChainId, Wakes]) -> None:
        self.underway: set[PaymentId] = set()
        self._awaited: set[PaymentId] = set()  # to be followed if nobody else does
        self._look = look
        self._waking = waking
        self._beats = Beats()

    async def follow(self, payment: Payment, wait_seconds: float = 0.0) -> None:
        """Until it is over, or for as long as its lease; returns at once when it, or too many others, are followed.

        With `wait_seconds` that long after, unless whoever sends it has begun to meanwhile.
        """
        if wait_seconds > 0 and not await self._waited(payment.id, wait_seconds):
            return
        if payment.id in self.underway or len(self.underway) >= FOLLOWED_SENT:
            return
        self.underway.add(payment.id)
        try:
            for seconds in LOOK_SECONDS:
                if payment.status in OVER:
                    return
                await self._pause(payment, seconds)
                try:
                    payment = await self._look(payment)
                except (Unreachable, Overloaded):  # this time no source could tell, or the database not write
                    continue
        except Exception:
            log.exception("following a payment was interrupted; the worker will look for it")
        finally:
            self.underway.discard(payment.id)

    async def _waited(self, id: PaymentId, seconds: float) -> bool:
        """False at once when somebody waits for it already, or for too many others."""
        if id in self._awaited or len(self._awaited) >= FOLLOWED_SENT:
            return False
        self._awaited.add(id)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._awaited.discard(id)
        return True

    async def _pause(self, payment: Payment, seconds: float) -> None:
        """Until the next look is due, or the chain says that it is worth one."""
        waking = self._waking.get(payment.signed.chain)
        if waking is None:
            await self._beats.wait(seconds)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await waking.changed(payment.signed)


def may_be_lost(payment: Payment, now: datetime) -> bool:
    """Whether bytes the ledger lacks may have been lost on their way, or with a block replaced, and can still land."""
    if payment.signed.scheme == WATCHED or now >= payment.valid_until:
        return False
    doubtful = payment.precheck is None or now - payment.updated > STUCK
    taken_back = payment.status in (Status.INCLUDED, Status.REVERTED)  # nodes need not remember what was in there
    return taken_back or (payment.status is Status.SUBMITTED and doubtful)
