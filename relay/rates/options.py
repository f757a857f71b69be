"""`[rates]` of relay.toml."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import msgspec

from relay.rate import Doubt
from relay.rates import coingecko, fixed, hedera, ticker

SourceOptions = fixed.Options | hedera.Options | coingecko.Options | ticker.Options
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
Symbol = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9.]{1,20}$")]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=24 * 3600)]


class RateOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without sources nothing is priced in a currency."""

    sources: tuple[SourceOptions, ...] = ()
    currencies: tuple[Code, ...] = ("USD",)
    assets: dict[str, Symbol] = {}  # {"eip155:8453/0x8335…" = "USDC"}; a chain's own coin needs no entry
    parity: dict[Symbol, Code] = {}  # {USDC = "USD"}: you vouch that one is worth one
    quote_seconds: Seconds = 900  # how long an invoice's amounts hold
    refresh_seconds: Seconds = 30  # how long an answer is taken for the next asker's too
    max_age_seconds: Seconds = 300  # of what a source says
    max_deviation: Decimal = Decimal("0.03")  # from the median, as a part of it
    min_sources: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1

    def __post_init__(self) -> None:
        if not (self.max_deviation.is_finite() and 0 <= self.max_deviation <= 1):
            raise ValueError("max_deviation: a part of the median, from 0 to 1")

    @property
    def doubt(self) -> Doubt:
        return Doubt(self.max_deviation, self.min_sources, timedelta(seconds=self.max_age_seconds))
