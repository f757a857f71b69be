"""When calls are given up: one timer for all of a connection, as nearly all of them end long before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from math import inf

from relay.chains.hedera.http2.call import Call

_TICK = 0.001  # what loops' clocks count in: a timer may come that much early


class Deadlines:
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        calls: Callable[[], Iterable[Call]],
        expire: Callable[[Call], None],
    ) -> None:
        self.next = inf  # when the timer fires: a call whose deadline is sooner must `hurry` it
        self._loop = loop
        self._calls = calls
        self._expire = expire
        self._timer: asyncio.TimerHandle | None = None

    def hurry(self, deadline: float) -> None:
        self.stop()
        self.next = deadline
        self._timer = self._loop.call_at(deadline, self._sweep)

    def stop(self) -> None:
        self.next = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _sweep(self) -> None:
        now = self._loop.time() + _TICK
        self.next = inf
        soonest = inf
        for call in [*self._calls()]:
            if call.deadline <= now:
                self._expire(call)
            else:
                soonest = min(soonest, call.deadline)
        if soonest < self.next:
            self.hurry(soonest)
