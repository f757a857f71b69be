"""A price in a currency as JSON: asked, and with the evidence of what it became, which rate and who said so when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from relay.errors import InvalidRequest
from relay.money import Asset, ChainId, Currency, read_units
from relay.policy import Price
from relay.rate import Quote
from relay.wire.events import timestamp

MAX_CENTS = 100_000_000


class PriceRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked in a currency, such as "4.50" and USD; what that is in an asset is the relay's to find out."""

    amount: str
    currency: str


def read_price(wish: PriceRequest | None) -> Price | None:
    """A price in whole cents, from one to a hundred million."""
    if wish is None:
        return None
    cents = read_units(wish.amount, 2)
    if not 1 <= cents <= MAX_CENTS:
        raise InvalidRequest("price.amount: from 0.01 to 1000000, such as '4.50'")
    if not (len(wish.currency) == 3 and wish.currency.isascii() and wish.currency.isupper()):
        raise InvalidRequest("price.currency: three capitals, such as 'USD'")
    return Price(cents, Currency(wish.currency))


class _Source(msgspec.Struct):
    source: str


class _Quote(msgspec.Struct):
    time: datetime
    sources: tuple[_Source, ...]


_decode = msgspec.json.Decoder(list[_Quote]).decode


def quotes_json(quotes: Iterable[tuple[ChainId, Asset, Quote]]) -> str:
    """One entry per asset; rates are decimals, of the currency for one whole coin."""
    listed = [
        {
            "network": str(chain),
            "asset": asset,
            "pair": str(quote.pair),
            "rate": f"{quote.value:f}",
            "time": timestamp(quote.at),
            "sources": [
                {"source": rate.source, "rate": f"{rate.value:f}", "time": timestamp(rate.at)}
                for rate in quote.evidence
            ],
        }
        for chain, asset, quote in quotes
    ]
    return msgspec.json.encode(listed).decode()


def read_evidence(text: str) -> tuple[datetime, tuple[str, ...]]:
    """When the one quote in it was true, and who said so."""
    [quote] = _decode(text)
    return quote.time, tuple(each.source for each in quote.sources)
