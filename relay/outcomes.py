"""Waiting for a payment to be over, without asking for it: whoever records a change in this process says so.

What another process records is found by looking into the journal once in a while; what is sent from here is followed
here, so that seldom.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from relay.errors import RelayError
from relay.payment import Payment, PaymentId, Status
from relay.store.journal import Journal

LOOK_SECONDS = 1.0
OWN_LOOK_SECONDS = 5.0  # for what this process sent, and follows itself


class Outcomes:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._listening: dict[PaymentId, set[Listener]] = {}
        self._stopping = False

    def stop(self) -> None:
        """Nobody waits any longer: the process ends, and who is told where a payment stands can ask the next one."""
        self._stopping = True
        for listeners in self._listening.values():
            for listener in listeners:
                listener.stop()

    def changed(self, before: Payment, after: Payment) -> None:
        """A change was recorded here."""
        for listener in self._listening.get(after.id, ()):
            listener.hear(after)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """Somebody who will follow one payment, until the block ends."""
        listener = Listener(self._journal, self._listening)
        if self._stopping:
            listener.stop()
        try:
            yield listener
        finally:
            listener.leave()


class Listener:
    def __init__(self, journal: Journal, listening: dict[PaymentId, set[Listener]]) -> None:
        self._journal = journal
        self._listening = listening
        self._latest: Payment | None = None
        self._news = asyncio.Event()
        self._stopped = False
        self._look_seconds = LOOK_SECONDS

    def stop(self) -> None:
        """Wait no longer."""
        self._stopped = True
        self._news.set()

    async def watch(self, payment: Payment, *, again: bool = False) -> None:
        """From now on this one; called before it is sent, nothing is missed."""
        self._latest = payment
        self._look_seconds = LOOK_SECONDS if again else OWN_LOOK_SECONDS
        self._listening.setdefault(payment.id, set()).add(self)

    def hear(self, payment: Payment) -> None:
        """It changed."""
        self._latest = payment
        self._news.set()

    async def until(self, payment: Payment, wanted: Collection[Status], seconds: float) -> Payment:
        """The payment as soon as its status is one of `wanted`; as it is when the time is up."""
        clock = asyncio.get_running_loop().time
        end = clock() + seconds
        while True:
            if self._latest is not None and self._latest.version > payment.version:
                payment = self._latest
            left = end - clock()
            if payment.status in wanted or left <= 0 or self._stopped:
                return payment
            self._news.clear()
            try:
                async with asyncio.timeout(min(left, self._look_seconds)):
                    await self._news.wait()
            except TimeoutError:
                with contextlib.suppress(RelayError):  # the database is away: somebody here may still hear of it
                    payment = await self._journal.payment(payment.id) or payment

    def leave(self) -> None:
        """Listen no more."""
        if self._latest is not None:
            listeners = self._listening[self._latest.id]
            listeners.discard(self)
            if not listeners:
                del self._listening[self._latest.id]
