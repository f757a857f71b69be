"""note(): what money was worth when it settled, for the books of merchants whose prices are coins.

No settlement waits for a rate, or fails for want of one. The rate is noted a moment later, by whichever process comes
first, and only while it is still the rate of that time: after `FRESH` the worth stays unknown, and nobody guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from relay.errors import RateUnavailable
from relay.money import Currency
from relay.store.worths import Worths
from relay.terms import Terms

SECONDS = 1.0  # between rounds
FRESH = timedelta(minutes=5)  # after a settlement its rate can still be noted, when sources were away


async def note(worths: Worths, terms: Terms, currency: Currency | None, clock: Callable[[], datetime]) -> None:
    """One round. Safe to repeat and in several processes; without a currency there is nothing to do."""
    if currency is None:
        return
    since = clock() - FRESH
    for chain, asset in await worths.wanted(since):
        try:
            quote, decimals = await terms.rate(chain, asset, currency)
        except RateUnavailable:
            continue  # the next round asks again
        await worths.note(chain, asset, since, quote, decimals)
