"""tell(): the loop that delivers webhooks.

    an event is announced ──▶ wake ──▶ claim endpoints ──▶ a desk for each ──▶ calls, one per lane ──▶ record

A *desk* (`relay.desk`) is one endpoint while this process holds it. All that lasts is in the database; a desk that dies
is succeeded after `LEASE`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from relay.channel import Event
from relay.desk import Clerk, Desk, Patience, Post, either
from relay.errors import RelayError
from relay.store.deliveries import Deliveries

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=6)  # how long a process that holds an endpoint may be silent
RENEW_SECONDS = 2.0
POLL_SECONDS = 1.0  # how late work that nobody announced here may be noticed
DRAIN_SECONDS = 3.0  # for calls under way at a stop; a receiver that hangs does not hold the relay up
DRAIN_STEP = 0.005
DESKS = 256  # endpoints one process works on at once
REFRESH_SECONDS = 10.0


class Teller:
    """`post` makes a call, `announce` is told of events recorded here, `hear` that a merchant matters here for now."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        post: Post,
        announce: Callable[[Event], None],
        hear: Callable[[str], None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        clock: Callable[[], datetime],
        patience: Patience,
    ) -> None:
        self._deliveries = deliveries
        self._hear = hear
        self._spawn = spawn
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._clerk = Clerk(
            holder=self._holder, deliveries=deliveries, post=post, announce=announce, clock=clock, patience=patience
        )
        self._merchants: set[str] = set()
        self._desks: dict[str, Desk] = {}
        self._woken = asyncio.Event()
        self._draining = False

    def wake(self, merchant: str, *, sure: bool = False) -> None:
        """An event of this merchant was recorded. `sure` where it is known to have deliveries. Costs nothing else."""
        if sure:
            self._merchants.add(merchant)
        if merchant not in self._merchants:
            return
        self._woken.set()
        for desk in self._desks.values():
            if desk.merchant == merchant:
                desk.news.set()

    async def run(self) -> None:
        """Claim and serve endpoints, for ever."""
        self._spawn(self._keep())
        while not self._draining:
            self._woken.clear()
            try:
                room = DESKS - len(self._desks)
                now = self._clock()
                for id, merchant in await self._deliveries.claim(self._holder, now, now + LEASE, room):
                    self._hear(merchant)
                    self._open(id, merchant)
            except RelayError as error:
                log.warning("webhooks could not be claimed", extra={"detail": error.message})
            except Exception:  # a full disk, for one: it must not end this loop, and with it the relay
                log.exception("webhooks could not be claimed")
            await either(self._woken, POLL_SECONDS)

    async def drain(self) -> None:
        """Begin no call, and wait a moment for those under way: one that is cut off is made again elsewhere."""
        self._draining = True
        for desk in self._desks.values():
            desk.closed = True
            desk.news.set()
        for _ in range(int(DRAIN_SECONDS / DRAIN_STEP)):
            if not self._desks:
                return
            await asyncio.sleep(DRAIN_STEP)

    async def leave(self) -> None:
        """Let another process go on at once, also with what was cut off."""
        try:
            await self._deliveries.leave(self._holder)
        except Exception:
            log.exception("webhook endpoints stay ours until their lease ends")

    async def _keep(self) -> None:
        """Keep the leases, and the list of merchants who have endpoints."""
        age = REFRESH_SECONDS
        while True:
            try:
                if age >= REFRESH_SECONDS:
                    self._merchants = await self._deliveries.merchants()
                    age = 0.0
                for desk in self._desks.values():
                    self._hear(desk.merchant)
                if self._desks:
                    await self._deliveries.renew(self._holder, list(self._desks), self._clock() + LEASE)
            except RelayError as error:
                log.warning("the leases on webhooks could not be renewed", extra={"detail": error.message})
            except Exception:
                log.exception("the leases on webhooks could not be renewed")
            await asyncio.sleep(RENEW_SECONDS)
            age += RENEW_SECONDS

    def _open(self, id: str, merchant: str) -> None:
        desk = self._desks.get(id)
        if desk is not None:  # its lease ran out, by a slow database for one, and no other took it: it goes on
            desk.again = True
            return
        self._desks[id] = desk = Desk(id, merchant)
        self._spawn(self._serve(desk))

    async def _serve(self, desk: Desk) -> None:
        try:
            await self._clerk.serve(desk)
        finally:
            del self._desks[desk.id]  # and what is still ours comes back when the lease ends
            if desk.again and not self._draining:
                self._open(desk.id, desk.merchant)
