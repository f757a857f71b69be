"""Bounds on what one client may ask: token buckets per second, counts of what is open."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence

from relay.errors import RateLimited

HEAVY = 16 * 1024  # bytes; a transfer of any chain is lighter
_TEXTS, _LISTS = (str, bytes, bytearray), (tuple, list, Sequence)  # `str | bytes` would be made anew with each message
FORGET_BEYOND = 50_000  # clients remembered; a full bucket is the same as an unknown one, so the oldest may go


class Rate:
    """`per_second` on average and `burst` at once, per client. Time is `clock()` in seconds, monotonic."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float], remembered: int = FORGET_BEYOND
    ) -> None:
        self._remembered = remembered
        self.per_second = per_second
        self.burst = burst
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def spend(self, client: Hashable, cost: float = 1.0) -> None:
        """Take one, or raise `RateLimited` saying when the next is free."""
        now = self._clock()
        tokens, since = self._buckets.pop(client, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.per_second)
        if tokens < cost:
            self._buckets[client] = tokens, now
            wait = int((cost - tokens) / self.per_second) + 1
            raise RateLimited(f"too many requests; try again in {wait} s", retry_after=wait)
        self._buckets[client] = tokens - cost, now
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)  # least recently used: every use re-inserts

    def left(self, client: Hashable) -> int:
        """How many the client could spend right now."""
        tokens, since = self._buckets.get(client, (self.burst, self._clock()))
        return int(min(self.burst, tokens + (self._clock() - since) * self.per_second))

    def until_full(self, client: Hashable) -> int:
        """Whole seconds until the client could spend `burst` again."""
        return -int(-(self.burst - self.left(client)) // self.per_second)

    def forget(self, client: Hashable) -> None:
        self._buckets.pop(client, None)


def weight(value: object) -> float:
    """What reading a message costs: one, and one more for each `HEAVY` bytes it carries."""
    return 1 + _carried(value) // HEAVY


def _carried(value: object) -> int:
    if isinstance(value, _TEXTS):
        return len(value)
    if isinstance(value, _LISTS):  # of bytes, as numbers; or of arguments
        return len(value) + sum([_carried(each) for each in value[:16]])
    if isinstance(value, Mapping):
        return sum(map(_carried, value.values()))
    return 0


def rate(per_second: float) -> Rate:
    """So many on average, twice as many at once, by this machine's clock."""
    return Rate(per_second, 2 * per_second, time.monotonic)


class Count:
    """At most `most` of something open at once, per client."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._open: dict[Hashable, int] = {}

    def enter(self, client: Hashable) -> None:
        """Open one, or raise `RateLimited`."""
        already = self._open.get(client, 0)
        if already >= self._most:
            raise RateLimited(f"at most {self._most} {self._what} at once; wait for one to end")
        self._open[client] = already + 1

    def leave(self, client: Hashable) -> None:
        """Close one; the pair of `enter`."""
        left = self._open.pop(client, 0) - 1
        if left > 0:
            self._open[client] = left
