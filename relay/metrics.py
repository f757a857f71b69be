"""What is counted while money moves. Counting must cost nothing: plain numbers here, words are found when asked.

A `Sample` is one line of what an operator reads. Labels are networks, statuses, codes, node addresses: few, and public.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from relay.payment import Payment, Status

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Sample(msgspec.Struct, frozen=True):
    """`buckets` are counts up to each bound, not cumulative; the last is what was above all of them."""

    kind: Kind
    name: str
    help: str
    labels: dict[str, str] = {}
    value: float = 0.0  # of a histogram: the sum
    bounds: tuple[float, ...] = ()
    buckets: tuple[int, ...] = ()


class Spread:
    """A histogram. One writer at a time; whoever reads may be a moment early."""

    __slots__ = ("bounds", "buckets", "total")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.buckets[bisect_left(self.bounds, value)] += 1
        self.total += value

    def sample(self, name: str, help: str, **labels: str) -> Sample:
        return Sample(Kind.HISTOGRAM, name, help, labels, self.total, self.bounds, tuple(self.buckets))


class Metrics:
    """One process's numbers since it started."""

    def __init__(self) -> None:
        self.refusals: Counter[str] = Counter()
        self.x402: Counter[tuple[str, str]] = Counter()  # what was asked, what was said
        self.told = Spread()  # event → its audience here
        self.loop_lag = Spread()
        self._payments: dict[tuple[str, str, Status], int] = {}  # by namespace, reference, status
        self._took: dict[tuple[str, str, Status], Spread] = {}

    def payment(self, before: Payment, after: Payment) -> None:
        """A payment was `before` and became `after`."""
        chain = after.signed.chain
        key = (chain.namespace, chain.reference, after.status)
        self._payments[key] = self._payments.get(key, 0) + 1
        if after.status is Status.SUBMITTED or after.status is Status.SETTLED:
            took = self._took.get(key)
            if took is None:
                took = self._took[key] = Spread()
            took.add((after.updated - after.created).total_seconds())

    def event(self, at: datetime, now: datetime) -> None:
        """An event of `at` has reached its audience."""
        self.told.add(max(0.0, (now - at).total_seconds()))

    def samples(self) -> Iterator[Sample]:
        for (namespace, reference, status), count in self._payments.items():
            labels = {"network": f"{namespace}:{reference}", "status": status}
            yield Sample(Kind.COUNTER, "relay_payments", "Payments that came to a status", labels, count)
        for (namespace, reference, status), took in self._took.items():
            help = f"From a payment's arrival until it was {status}"
            yield took.sample(f"relay_payment_{status}_seconds", help, network=f"{namespace}:{reference}")
        for code, count in self.refusals.items():
            yield Sample(Kind.COUNTER, "relay_refusals", "Requests refused, by code", {"code": code}, count)
        for (verb, said), count in self.x402.items():
            labels = {"verb": verb, "answer": said}
            yield Sample(Kind.COUNTER, "relay_x402_answers", "What the x402 facilitator said", labels, count)
        yield self.told.sample("relay_event_lag_seconds", "From an event's record until its listeners here were told")
        yield self.loop_lag.sample("relay_loop_lag_seconds", "How late the event loop is for what is due")


def gauge(name: str, help: str, value: float, **labels: str) -> Sample:
    """A number as it is now."""
    return Sample(Kind.GAUGE, name, help, labels, float(value))
