"""Rates the operator writes down: for tests, for a shop's own coin, for an asset he vouches for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from relay.errors import Misconfigured, Unreachable
from relay.rate import LEAST, MOST, Pair, Rate
from relay.rates.fetch import number


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="fixed"):
    rates: dict[str, str]  # {"HBAR/USD" = "0.07"}
    name: str = "fixed"


class Fixed:
    def __init__(self, options: Options, clock: Callable[[], datetime]) -> None:
        self.name = options.name
        self._clock = clock
        self._rates = {}
        for pair, text in options.rates.items():
            try:
                value = number(text)
            except Unreachable:
                value = number("NaN")
            if not (value.is_finite() and LEAST <= value <= MOST):
                raise Misconfigured(f'rates: {pair} = {text!r} is no rate such as "0.07"')
            self._rates[pair] = value

    async def rate(self, pair: Pair) -> Rate | None:
        """As written."""
        value = self._rates.get(str(pair))
        return None if value is None else Rate(self.name, pair, value, self._clock())
