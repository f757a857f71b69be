"""Sales under way and lately done: a payment is reserved before the handler runs, and remembered with what it bought.

    reserved ─▶ served ─▶ settling ─▶ paid      flow `authorization`
    reserved ─▶ settling ─▶ paid ─▶ served      flow `upfront`
        └─▶ dropped        nothing was charged: the same payment may be presented again

The same payment for the same request joins its sale and is given the same answer; for any other request it is used up.
All in memory and bounded: who settles a payment once, whatever process asks, is the relay.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from relay.paywall.request import Served

AT_ONCE = 100  # sales looked at for one to forget, whenever one is opened

Receipt = Mapping[str, Any]  # a SettleResponse


@dataclass(frozen=True, slots=True)
class Settled:
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing moved, and will not by this payment. `reason` is x402's."""

    reason: str
    message: str
    receipt: Receipt | None = None


Outcome = Settled | Refused


@dataclass(eq=False, slots=True)
class Sale:
    """`turn` is held by the request that works on it. `settlement` runs on when all who asked have gone."""

    key: str
    fingerprint: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    settlement: asyncio.Task[Outcome] | None = None
    answer: Served | None = None  # whole; kept to be given again
    delivered: bool = False  # the handler did its work for this money, whether its answer could be kept or not
    dropped: bool = False
    failure: Served | None = None  # what those who joined a dropped sale are told
    until: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether it may be forgotten."""
        return not self.turn.locked() and (self.settlement is None or self.settlement.done())

    @property
    def bytes(self) -> int:
        return 0 if self.answer is None else len(self.answer.body)


@dataclass(frozen=True, slots=True)
class New:
    sale: Sale


@dataclass(frozen=True, slots=True)
class Known:
    sale: Sale


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The payment bought something else."""


@dataclass(frozen=True, slots=True)
class Full:
    """More sales are under way than we can hold."""


Opened = New | Known | Elsewhere | Full


class Sales:
    """`most` sales with at most `most_bytes` of answers, each for `keep_seconds` after it was last worked on."""

    def __init__(
        self, *, clock: Callable[[], float], keep_seconds: float, most: int = 10_000, most_bytes: int = 64 << 20
    ) -> None:
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._sales: OrderedDict[str, Sale] = OrderedDict()  # the one that was touched longest ago first

    def open(self, key: str, fingerprint: str) -> Opened:
        """The sale of a payment to a request. What was found or made is this request's to work on, by its `turn`."""
        self._forget()
        found = self._sales.get(key)
        if found is not None:
            if found.fingerprint != fingerprint:
                return Elsewhere()
            self._touch(found)
            return Known(found)
        if len(self._sales) >= self._most:
            return Full()
        sale = self._sales[key] = Sale(key, fingerprint)
        self._touch(sale)
        return New(sale)

    def drop(self, sale: Sale, failure: Served | None = None) -> None:
        """Nothing was charged: forget it."""
        sale.dropped, sale.failure = True, failure
        if self._sales.get(sale.key) is sale:
            self._remove(sale)

    def keep(self, sale: Sale, answer: Served) -> None:
        """Remember the answer, if it is whole, and that it was made."""
        if answer.whole and self._sales.get(sale.key) is sale:
            self._bytes += len(answer.body) - sale.bytes
            sale.answer = answer
            self._touch(sale)
            self._forget()

    def _touch(self, sale: Sale) -> None:
        sale.until = self._clock() + self._keep_seconds
        self._sales.move_to_end(sale.key)

    def _forget(self) -> None:
        now = self._clock()
        for sale in list(islice(self._sales.values(), AT_ONCE)):
            if sale.until > now and not self._over:
                break
            if sale.idle:
                self._remove(sale)

    @property
    def _over(self) -> bool:
        return len(self._sales) >= self._most or self._bytes > self._most_bytes

    def _remove(self, sale: Sale) -> None:
        del self._sales[sale.key]
        self._bytes -= sale.bytes
