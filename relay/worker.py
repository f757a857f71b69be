"""follow(): the loop that finishes what nobody is following any more.

A payment's row carries `due_at`, the end of somebody's lease. Past it, any process may claim the row; it then does just
what the process that took the payment would have done: `Relay.look`. There is no separate recovery.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from relay.errors import RelayError
from relay.payment import OVER, Payment
from relay.relay import LEASE, Relay
from relay.store.journal import Journal

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # how late a lease that ran out may be noticed
BATCH = 100  # rows claimed at once: what a process can look at well inside one lease
AT_ONCE = 32  # looks under way at once, so that recovery leaves the nodes' attention to live payments
AGAIN = timedelta(seconds=2)  # to the next look at a payment that is still open


async def follow(relay: Relay, journal: Journal, clock: Callable[[], datetime]) -> None:
    """Claim what is due and look at it, for ever. One per process is enough; any number may run."""
    gate = asyncio.Semaphore(AT_ONCE)
    while True:
        claimed: list[Payment] = []
        try:
            now = clock()
            claimed = await journal.claim_due(now, now + LEASE, BATCH)
            await asyncio.gather(*(_look(relay, journal, payment, gate, clock) for payment in claimed))
        except RelayError as error:
            log.warning("the worker could not claim payments", extra={"detail": error.message})
        except Exception:  # a full disk, for one: it must not end this loop, and with it the relay
            log.exception("the worker could not claim payments")
        if len(claimed) < BATCH:
            await asyncio.sleep(POLL_SECONDS)


async def _look(
    relay: Relay, journal: Journal, payment: Payment, gate: asyncio.Semaphore, clock: Callable[[], datetime]
) -> None:
    async with gate:
        try:
            seen = await relay.look(payment)
            if seen.status not in OVER:
                await journal.lease(payment.id, clock() + AGAIN)
        except RelayError as error:  # the row is due again when this lease ends
            log.info("a look told nothing", extra={"payment": payment.id, "detail": error.message})
        except Exception:
            log.exception("a look failed", extra={"payment": payment.id})
