"""What each price of the list is today, as the relay says; remembered, and honoured longer than it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from relay.errors import RelayError
from relay.paywall.remote import Offers, Remote
from relay.wire import x402

HONOURED_SECONDS = 180.0  # a buyer thinks, signs and comes back
STALE_SECONDS = 600.0  # how old what the relay said may be while it is away


@dataclass(slots=True)
class _Said:
    offers: Offers
    at: float
    before: tuple[Offers, float] | None  # what was shown last, and until when it is honoured


class Terms:
    """One question at a time for each price, so that a crowd at the door is one visitor to the relay."""

    def __init__(self, remote: Remote, clock: Callable[[], float]) -> None:
        self._remote = remote
        self._clock = clock
        self._said: dict[str, _Said] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def of(self, price: str) -> Offers:
        """What to ask now; raises what the relay raises when it never said, or too long ago."""
        known = self._said.get(price)
        if known is not None and self._clock() < known.at + known.offers.seconds:
            return known.offers
        async with self._locks.setdefault(price, asyncio.Lock()):
            known = self._said.get(price)
            if known is not None and self._clock() < known.at + known.offers.seconds:
                return known.offers
            try:
                offers = await self._remote.offers(price)
            except RelayError:
                if known is not None and self._clock() < known.at + known.offers.seconds + STALE_SECONDS:
                    return known.offers
                raise
            now = self._clock()
            before = None if known is None or known.offers == offers else (known.offers, now + HONOURED_SECONDS)
            self._said[price] = _Said(offers, now, before)
            return offers

    async def taken(self, price: str) -> Sequence[x402.PaymentRequirements]:
        """What may be paid now: what we ask, and what we asked a moment ago."""
        offers = await self.of(price)
        known = self._said[price]
        if known.before is None or self._clock() >= known.before[1]:
            return offers.accepts
        return (*offers.accepts, *known.before[0].accepts)
