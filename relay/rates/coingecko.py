"""CoinGecko, or whoever answers as it does: coins by their id there, which the operator gives for each ticker.

One source among others: keys became mandatory once, and shops that had asked nobody else made no invoices that day.
API: docs.coingecko.com, /simple/price.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from relay.errors import Unreachable
from relay.rate import Pair, Rate
from relay.rates.fetch import fetch, number
from relay.rates.when import moment


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="coingecko"):
    ids: dict[str, str]  # {HBAR = "hedera-hashgraph"}: look-alikes have other ids
    url: str = "https://api.coingecko.com/api/v3"
    key: str | None = None
    key_header: str = "x-cg-demo-api-key"  # of a paid plan, with its own url: x-cg-pro-api-key
    name: str = "coingecko"


class CoinGecko:
    def __init__(self, options: Options, clock: Callable[[], datetime]) -> None:
        self.name = options.name
        self._options = options
        self._clock = clock

    async def rate(self, pair: Pair) -> Rate | None:
        """The market's average as CoinGecko has it, and since when."""
        id = self._options.ids.get(pair.base)
        if id is None:
            return None
        currency = pair.currency.lower()
        asked = urlencode({"ids": id, "vs_currencies": currency, "include_last_updated_at": "true"})
        headers = {} if self._options.key is None else {self._options.key_header: self._options.key}
        found = await fetch(f"{self._options.url.rstrip('/')}/simple/price?{asked}", headers=headers)
        coin = found.get(id) if isinstance(found, dict) else None
        if not isinstance(coin, dict) or currency not in coin or "last_updated_at" not in coin:
            raise Unreachable(f"{self.name} says nothing of {pair}")
        return Rate(self.name, pair, number(coin[currency]), moment(coin["last_updated_at"]))
