"""What one coin of an asset is worth in a currency: what sources say, what may be believed of it, what that makes due.

    usable     positive, in bounds, fresh by the source's own clock, and of the pair that was asked
    believed   no farther from the median of the usable ones than `deviation`; and most of the usable ones are that near

So one source of three may lie as it likes, and of two that differ neither is believed. Nothing believed is
`RateUnavailable`: a price is never made of a guess. Rates are decimals, units are integers, and what is due is rounded
up to what the chain can move.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import ceil
from statistics import median

from relay.errors import RateUnavailable
from relay.money import Currency

LEAST, MOST = Decimal("1e-12"), Decimal("1e12")  # of any currency for any coin: beyond is a mistake of somebody's
AHEAD = timedelta(seconds=60)  # how far a source's clock may be before ours
_DIGITS = Context(prec=18, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Pair:
    """`HBAR/USD`: the worth of one HBAR, in dollars. `base` is the ticker of an asset, in capitals."""

    base: str
    currency: Currency

    def __str__(self) -> str:
        return f"{self.base}/{self.currency}"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one source said. `at` is when it was true, by the source's own word where it gives one."""

    source: str
    pair: Pair
    value: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """What we believe, and whom. `parity`: by the operator's word one coin is one of the currency; it does not age."""

    pair: Pair
    value: Decimal
    at: datetime
    evidence: tuple[Rate, ...]
    parity: bool = False


@dataclass(frozen=True, slots=True)
class Worth:
    """What settled units were worth then: the rate of one whole coin, when it was true, and whose word it is."""

    units: int
    decimals: int
    currency: Currency
    rate: Decimal
    at: datetime
    sources: tuple[str, ...]

    @property
    def cents(self) -> Fraction:
        return Fraction(self.units, 10**self.decimals) * Fraction(self.rate) * 100


@dataclass(frozen=True, slots=True)
class Doubt:
    """How much is believed. `deviation` is a part of the median; `sources` how many must be believed at least."""

    deviation: Decimal = Decimal("0.03")
    sources: int = 1
    age: timedelta = timedelta(minutes=5)


def believe(pair: Pair, rates: Iterable[Rate], now: datetime, doubt: Doubt) -> Quote:
    """The median of the believed rates. Pure; raises `RateUnavailable` where that is none, or of too few."""
    usable = [rate for rate in rates if rate.pair == pair and is_usable(rate, now, doubt.age)]
    if not usable:
        raise RateUnavailable(f"no source gives a fresh rate of {pair} now; ask again later")
    middle = _median(usable)
    near = tuple(rate for rate in usable if abs(Fraction(rate.value) / middle - 1) <= Fraction(doubt.deviation))
    if 2 * len(near) <= len(usable):
        raise RateUnavailable(f"the sources of {pair} differ by more than {doubt.deviation:%}; ask again later")
    if len(near) < doubt.sources:
        raise RateUnavailable(f"only {len(near)} of the {doubt.sources} sources needed for {pair} can be believed now")
    return Quote(pair, _decimal(_median(near)), min(rate.at for rate in near), near)


def is_usable(rate: Rate, now: datetime, age: timedelta) -> bool:
    """Whether a rate could be true now, by itself."""
    sane = rate.value.is_finite() and LEAST <= rate.value <= MOST
    return sane and now - age <= rate.at <= now + AHEAD


def units_due(cents: int, rate: Decimal, *, decimals: int, step: int = 1) -> int:
    """What a price in whole cents is in smallest units, rounded up to a multiple of `step`: at least one step."""
    exact: Fraction = Fraction(cents, 100) / Fraction(rate) * 10**decimals
    return ceil(exact / step) * step


def _median(rates: Iterable[Rate]) -> Fraction:
    return Fraction(median(Fraction(rate.value) for rate in rates))


def _decimal(value: Fraction) -> Decimal:
    """To 18 digits: what is published is what is reckoned with."""
    return _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
