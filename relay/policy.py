"""What a merchant's invoice does with money that is not exactly what was asked, exactly when. Part of the invoice, for
both sides to read beforehand, so that every outcome can name the rule it follows.

    tolerance   how much of the sum may be missing for the invoice to count as paid; of all its payments together
    over        how much more than asked is not worth a flag
    late        how long after its end money still counts; past it, it is the merchant's, for no invoice
    partial     whether the relay sends transfers that are not exact. Money that came without the relay counts anyway.

Defaults: a price in units of an asset is exact, one in a currency has 1 % of room, at most 10 cents; an over-payment
is flagged above 1 %, late money counts for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from relay.money import Currency

MILLION = 1_000_000
FIAT_TOLERANCE_PPM = 10_000
FIAT_TOLERANCE_CENTS = 10
OVER_PPM = 10_000
OVER_CENTS = 50
LATE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Price:
    """What is asked, in a currency; whole cents."""

    cents: int
    currency: Currency


@dataclass(frozen=True, slots=True)
class Policy:
    """Shares of the sum in millionths."""

    partial: bool = False
    tolerance_ppm: int = 0
    over_ppm: int = OVER_PPM
    late: timedelta = LATE

    @property
    def enough(self) -> Fraction:
        """The part of the sum that counts as all of it."""
        return 1 - Fraction(self.tolerance_ppm, MILLION)

    @property
    def too_much(self) -> Fraction:
        """What is above this part of the sum is flagged."""
        return 1 + Fraction(self.over_ppm, MILLION)


USUAL = Policy()


def usual(price: Price | None) -> Policy:
    """The default for an invoice with this price."""
    if price is None:
        return USUAL
    tolerance = min(FIAT_TOLERANCE_PPM, FIAT_TOLERANCE_CENTS * MILLION // price.cents)
    return Policy(tolerance_ppm=tolerance, over_ppm=max(OVER_PPM, OVER_CENTS * MILLION // price.cents))
