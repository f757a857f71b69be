"""An exchange's ticker: any JSON over HTTP, with the places in it where the price, its time and its symbol stand.

kind = "ticker"
name = "example"
url = "https://api.example.com/ticker?symbol={symbol}"
symbols = { "HBAR/USD" = "HBARUSD" }      what the exchange calls the pair
price = ["data", 0, "last"]               names and places from the outside in; "{symbol}" is the symbol
time = ["data", 0, "ts"]                  without it, an answer counts as fresh when it comes
symbol = ["data", 0, "symbol"]            must be the one that was asked; without it, the URL is trusted
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote

import msgspec

from relay.errors import Unreachable
from relay.rate import Pair, Rate
from relay.rates.fetch import fetch, number
from relay.rates.when import moment

Path = tuple[str | int, ...]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="ticker"):
    name: str
    url: str
    symbols: dict[str, str]
    price: Path
    time: Path | None = None
    symbol: Path | None = None


class Ticker:
    def __init__(self, options: Options, clock: Callable[[], datetime]) -> None:
        self.name = options.name
        self._options = options
        self._clock = clock

    async def rate(self, pair: Pair) -> Rate | None:
        """The exchange's last price of the pair, if it says that it is of the pair."""
        symbol = self._options.symbols.get(str(pair))
        if symbol is None:
            return None
        answer = await fetch(self._options.url.replace("{symbol}", quote(symbol, safe="")))
        if self._options.symbol is not None and _at(answer, self._options.symbol, symbol) != symbol:
            raise Unreachable(f"{self.name} answered for another pair than {pair}")
        value = number(_at(answer, self._options.price, symbol))
        time = self._options.time
        return Rate(self.name, pair, value, self._clock() if time is None else moment(_at(answer, time, symbol)))


def _at(answer: object, path: Sequence[str | int], symbol: str) -> object:
    for step in path:
        if isinstance(answer, dict) and isinstance(step, str):
            answer = answer.get(step.replace("{symbol}", symbol))
        elif isinstance(answer, list) and isinstance(step, int) and 0 <= step < len(answer):
            answer = answer[step]
        else:
            raise Unreachable("the answer has not the form it should have")
    return answer
