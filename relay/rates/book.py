"""All sources of a relay, asked together; what they agreed on is remembered for a moment, and asked for once at a time.

A source that is away, slow or broken costs its own word only. One that keeps failing is in the log, without its URL.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never

from relay.errors import InvalidRequest, Misconfigured, RateUnavailable, RelayError
from relay.money import Asset, ChainId, Currency
from relay.rate import Pair, Quote, Rate, believe
from relay.rates import coingecko, fixed, hedera, ticker
from relay.rates.coingecko import CoinGecko
from relay.rates.fixed import Fixed
from relay.rates.hedera import Hedera
from relay.rates.options import RateOptions, SourceOptions
from relay.rates.source import Source
from relay.rates.ticker import Ticker

log = logging.getLogger(__name__)

SECONDS = 6.0  # for all sources together; each bounds itself to less
FAILED_SECONDS = 5.0  # how long nobody asks again after nothing could be believed


@dataclass(frozen=True, slots=True)
class _Remembered:
    outcome: Quote | RateUnavailable
    until: datetime


class Rates:
    def __init__(self, options: RateOptions, clock: Callable[[], datetime]) -> None:
        """Raises `Misconfigured` for sources that cannot be meant."""
        self._options = options
        self._clock = clock
        self._sources = [_opened(source, clock) for source in options.sources]
        if len({source.name for source in self._sources}) != len(self._sources):
            raise Misconfigured("rates.sources: each needs a name of its own")
        self._assets = {name.lower(): base for name, base in options.assets.items()}  # a token's address in any case
        self._remembered: dict[Pair, _Remembered] = {}  # as many as there are assets times currencies
        self._asking: dict[Pair, asyncio.Task[Quote]] = {}

    @property
    def currency(self) -> Currency | None:
        """The first one, which reports are in; None where nobody says what anything is worth."""
        spoken = self._options.sources or self._options.parity
        return Currency(self._options.currencies[0]) if spoken and self._options.currencies else None

    @property
    def lifetime(self) -> timedelta:
        """How long amounts made from a quote hold."""
        return timedelta(seconds=self._options.quote_seconds)

    async def quote(self, chain: ChainId, asset: Asset, coin: str | None, currency: Currency) -> Quote:
        """What one whole coin of an asset is worth now. `coin` is its ticker where it is its chain's own, else None.

        Raises `InvalidRequest` for a currency that is not configured, `RateUnavailable` where nothing is believed.
        """
        if currency not in self._options.currencies:
            raise InvalidRequest(f"price.currency: expected one of {', '.join(self._options.currencies)}")
        base = self._assets.get(f"{chain}/{asset}".lower(), coin)
        if base is None:
            raise RateUnavailable(f"the operator of this relay has not said what {asset} on {chain} is worth")
        pair = Pair(base.upper(), currency)
        now = self._clock()
        if self._options.parity.get(pair.base) == currency:
            return Quote(pair, Decimal(1), now, (Rate("parity", pair, Decimal(1), now),), parity=True)
        found = self._remembered.get(pair)
        if found is None or not found.until > now:
            return await self._ask_once(pair)
        if isinstance(found.outcome, RateUnavailable):
            raise RateUnavailable(found.outcome.message)
        return found.outcome

    async def close(self) -> None:
        """End what is being asked."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask_once(self, pair: Pair) -> Quote:
        asking = self._asking.get(pair)
        if asking is None:
            asking = self._asking[pair] = asyncio.create_task(self._ask(pair))
            asking.add_done_callback(lambda done: self._asked(pair, done))
        return await asyncio.shield(asking)

    def _asked(self, pair: Pair, done: asyncio.Task[Quote]) -> None:
        del self._asking[pair]
        if not done.cancelled():
            done.exception()  # whoever waited has it; when nobody did any more, nobody needs it

    async def _ask(self, pair: Pair) -> Quote:
        said = [rate for rate in await asyncio.gather(*(_one(each, pair) for each in self._sources)) if rate]
        now = self._clock()
        try:
            quote = believe(pair, said, now, self._options.doubt)
        except RateUnavailable as error:
            before = self._remembered.get(pair)
            self._remembered[pair] = _Remembered(error, now + timedelta(seconds=FAILED_SECONDS))
            if before is None or isinstance(before.outcome, Quote):  # once, not for every visitor
                log.warning("no rate can be believed", extra={"detail": error.message})
            raise
        self._remembered[pair] = _Remembered(quote, now + timedelta(seconds=self._options.refresh_seconds))
        return quote


async def _one(source: Source, pair: Pair) -> Rate | None:
    try:
        async with asyncio.timeout(SECONDS):
            return await source.rate(pair)
    except (RelayError, TimeoutError) as error:
        detail = error.message if isinstance(error, RelayError) else "too slow"
        log.warning("a source gave no rate", extra={"source": source.name, "pair": str(pair), "detail": detail})
    except Exception:  # no source may keep the others from being heard
        log.exception("a source of rates broke", extra={"source": source.name, "pair": str(pair)})
    return None


def _opened(options: SourceOptions, clock: Callable[[], datetime]) -> Source:
    match options:
        case fixed.Options():
            return Fixed(options, clock)
        case hedera.Options():
            return Hedera(options, clock)
        case coingecko.Options():
            return CoinGecko(options, clock)
        case ticker.Options():
            return Ticker(options, clock)
        case _:  # pragma: no cover  # mypy proves that every source has its case
            assert_never(options)
