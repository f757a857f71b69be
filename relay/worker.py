"""The background loops: follow() finishes what nobody is following any more, watch() finds money that came without us.

A payment's row carries `due_at`, the end of somebody's lease. Past it, any process may claim the row; it then does just
what the process that took the payment would have done: `Relay.look`. There is no separate recovery.

A chain is searched by one process at a time, which holds the chain's cursor. The cursor moves after what lies before it
is in the journal, so a crash reads a piece again, and `Relay.noticed` knows its payments.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from relay.abilities import Watches
from relay.chain import Chain
from relay.errors import RelayError
from relay.ids import new_id
from relay.payment import OVER, Payment, Status
from relay.recording import LEASE
from relay.relay import Relay
from relay.store.cursors import Cursors, Held
from relay.store.journal import Journal
from relay.store.merchants import Merchants

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # how late a lease that ran out may be noticed
BATCH = 100  # rows claimed at once: what a process can look at well inside one lease
AT_ONCE = 32  # looks under way at once, so that recovery leaves the nodes' attention to live payments
AGAIN, SELDOM = timedelta(seconds=2), timedelta(seconds=30)  # to the next look: soon, then with its age less often
SEARCH = timedelta(seconds=6)  # how long a process that searches a chain may be silent; two at once do no harm


async def follow(
    relay: Relay, journal: Journal, clock: Callable[[], datetime], poll_seconds: float = POLL_SECONDS
) -> None:
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
            await asyncio.sleep(poll_seconds)


async def _look(
    relay: Relay, journal: Journal, payment: Payment, gate: asyncio.Semaphore, clock: Callable[[], datetime]
) -> None:
    async with gate:
        try:
            seen = await relay.look(payment)
            if seen.status not in OVER:
                await journal.lease(payment.id, clock() + min(SELDOM, AGAIN + (clock() - payment.created) / 20))
        except RelayError as error:  # the row is due again when this lease ends
            log.info("a look told nothing", extra={"payment": payment.id, "detail": error.message})
        except Exception:
            log.exception("a look failed", extra={"payment": payment.id})


async def watch(
    relay: Relay,
    chain: Chain,
    journal: Journal,
    cursors: Cursors,
    merchants: Merchants,
    clock: Callable[[], datetime],
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Search a chain for payments to merchants that were not made through us, for ever; any number may run."""
    if not isinstance(chain, Watches):
        return
    owner, more = new_id("wat", clock()), True
    held, renew_at = Held(None), clock()
    waits = ""  # why, as it was told: once, not with every look
    while True:
        if not more:
            await asyncio.sleep(poll_seconds)
        more = False
        try:
            if (now := clock()) >= renew_at:
                mine = await cursors.hold(chain.id, owner, now, now + SEARCH)
                if mine is None:
                    continue
                held, renew_at = mine, now + SEARCH / 2
            stretch = await chain.watch(await merchants.accounts(chain.id), held.cursor)
            for seen in stretch.seen:
                await relay.noticed(seen)
            if stretch.undone_from is not None:
                await _reconsider(relay, chain, journal, stretch.undone_from)
            if stretch.cursor != held.cursor:
                await cursors.move(chain.id, owner, stretch.cursor)
                held = Held(stretch.cursor)
            more, waits = stretch.more, ""
        except RelayError as error:
            if error.message != waits:
                log.info("a search of the ledger must wait", extra={"chain": str(chain.id), "detail": error.message})
            waits = error.message
        except Exception:
            log.exception("a search of the ledger failed", extra={"chain": str(chain.id)})


async def _reconsider(relay: Relay, chain: Chain, journal: Journal, block: int) -> None:
    """Look again at what was settled in blocks that are not there any more; the rest is being followed anyway."""
    last = ""
    while payments := await journal.on_ledger(chain.id, block, last):
        for payment in payments:
            if payment.status is Status.SETTLED:
                await relay.look(payment)
        last = payments[-1].id


async def every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act again and again, for ever, whatever comes of it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except RelayError as error:
            log.warning("a recurring task must wait", extra={"detail": error.message})
        except Exception:  # the next time may be better, and no payment must stop for it
            log.exception("a recurring task broke")
