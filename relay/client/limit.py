"""How much may be spent: `Limit("1 USD", "20 HBAR")`, and with `each` how much of it at once.

What was signed counts as spent, also where it bought nothing: whoever has a signature may use it until it expires.
"""

from __future__ import annotations

import re
from fractions import Fraction

from relay.client.assets import DOLLAR, Known
from relay.errors import InvalidRequest

_AMOUNT = re.compile(r"\$?\s*([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([A-Za-z]{2,12})?")


class Limit:
    """Amounts by what they are of: `USD` is any asset that is one dollar, else the symbol of the asset."""

    def __init__(self, *most: str, each: str | None = None) -> None:
        if not most:
            raise InvalidRequest("a limit names an amount, such as Limit('1 USD')")
        self._left = dict(map(_reversed, map(read_amount, most)))
        self._each = None if each is None else read_amount(each)

    def __repr__(self) -> str:
        return f"Limit(left: {', '.join(f'{float(amount):g} {unit}' for unit, amount in self._left.items())})"

    def refusal(self, units: int, known: Known) -> str | None:
        """Why this much of an asset is too much now; None when it is within the limit."""
        amount, unit = Fraction(units, 10**known.decimals), self._unit(known)
        if unit is None:
            return f"no limit was stated for {known.symbol}"
        asked, left = f"{float(amount):g} {known.symbol}", self._left[unit]
        if amount > left:
            return f"{asked} is more than is left of the limit, {float(left):g} {unit}"
        if self._each is not None and self._each[1] == unit and amount > self._each[0]:
            return f"{asked} is more than the limit for one payment, {float(self._each[0]):g} {unit}"
        return None

    def spend(self, units: int, known: Known) -> None:
        """Count what is about to be signed; raises `InvalidRequest` when it is too much."""
        refusal, unit = self.refusal(units, known), self._unit(known)
        if refusal is not None or unit is None:
            raise InvalidRequest(refusal or "over the limit", code="over_limit")
        self._left[unit] -= Fraction(units, 10**known.decimals)

    def _unit(self, known: Known) -> str | None:
        if known.symbol.upper() in self._left:
            return known.symbol.upper()
        return DOLLAR if known.dollar and DOLLAR in self._left else None


def read_amount(text: str) -> tuple[Fraction, str]:
    """`0.10`, `$0.10`, `0.10 USDC`, `5 HBAR`; raises `InvalidRequest`."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidRequest(f"{text[:50]!r} is no amount such as 0.10 USD or 5 HBAR")
    return Fraction(found[1]), (found[2] or DOLLAR).upper()


def _reversed(pair: tuple[Fraction, str]) -> tuple[str, Fraction]:
    return pair[1], pair[0]
