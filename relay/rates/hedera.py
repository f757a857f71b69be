"""The Hedera network's own rate of HBAR in US dollars, by which it charges its fees; from a mirror node, without a key.

The network renews it every hour (file 0.0.112, HAPI `ExchangeRateSet`): a current rate with its end, and the next one.
A rate is in force until its end, so that is what makes it fresh, not how long ago it was written.
Path and fields: hiero-mirror-node, rest/api/v1/openapi.yml, /api/v1/network/exchangerate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from relay.errors import Unreachable
from relay.rate import Pair, Rate
from relay.rates.fetch import fetch


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="hedera"):
    mirror: str = "https://mainnet.mirrornode.hedera.com"
    name: str = "hedera"


class _InForce(msgspec.Struct, frozen=True):
    cent_equivalent: int
    hbar_equivalent: int
    expiration_time: int  # seconds since 1970


class _ExchangeRate(msgspec.Struct, frozen=True):
    current_rate: _InForce
    next_rate: _InForce


class Hedera:
    def __init__(self, options: Options, clock: Callable[[], datetime]) -> None:
        self.name = options.name
        self._url = f"{options.mirror.rstrip('/')}/api/v1/network/exchangerate"
        self._clock = clock

    async def rate(self, pair: Pair) -> Rate | None:
        """What the network itself takes one HBAR for; it knows no other pair."""
        if str(pair) != "HBAR/USD":
            return None
        try:
            found = msgspec.convert(await fetch(self._url), _ExchangeRate)
        except msgspec.ValidationError:
            raise Unreachable("the mirror's answer is not an exchange rate") from None
        now = self._clock()
        for each in (found.current_rate, found.next_rate):
            if each.hbar_equivalent > 0 and now < _moment(each.expiration_time):
                return Rate(self.name, pair, Decimal(each.cent_equivalent) / (100 * each.hbar_equivalent), now)
        raise Unreachable("the mirror's exchange rate is out of force")


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreachable("the mirror's exchange rate has an impossible end") from None
