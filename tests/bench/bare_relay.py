"""Our relay with its own layers off: the journal in memory and, with `--no-verify`, no signature checked.

`python -m tests.bench.bare_relay --config relay.toml [--no-verify]`. Never a way to run a relay: what such a process
accepted is gone with it. The rest is `relay.app.open_relay` as it is, with the configuration's database for merchants.
"""

from __future__ import annotations

import argparse
import sys
from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from relay import app, log
from relay.chains.hedera import glance, transfer
from relay.channel import Event, Topic
from relay.cli import run
from relay.commands.serve import collect_little, say_ready, stopped_by_signals
from relay.money import ChainId, TxId
from relay.payment import OVER, Payment, PaymentId
from relay.settings import load
from relay.store.database import Database
from relay.store.entries import Acceptance, Foreign, New, Recorded, Replayed, Stale, Telling
from relay.store.journal import Journal
from relay.store.news import Compose

KEPT = 200_000  # ids of transfers, the latest
TOLD = 2_000  # payments that are over and whose events a late sender can still be told


class NoJournal(Journal):
    """Remembers as much as the peer does: payments until they are over, ids of transfers, and how many events.

    Only ids are kept for long: payments in memory, which no relay has, would be the garbage collector's work.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._payments: dict[str, Payment] = {}
        self._taken: OrderedDict[TxId, PaymentId] = OrderedDict()  # a dict takes ever longer to find its first
        self._heads: dict[str, int] = {}
        self._news: dict[str, list[Event]] = {}  # of payments, for their own senders
        self._over: deque[str] = deque()

    async def accept(self, payment: Payment, due: datetime) -> Acceptance:
        known = self._taken.setdefault(payment.tx, payment.id)
        if known != payment.id:
            before = self._payments.get(known)
            return Foreign() if before is None else Replayed(before)
        self._payments[payment.id] = payment
        if len(self._taken) > KEPT:
            self._taken.popitem(last=False)
        return New(payment)

    async def record(
        self,
        before: Payment,
        after: Payment,
        due: datetime | None,
        tell: Telling | None,
        also: Sequence[Compose] = (),
    ) -> Recorded | Stale:
        current = self._payments.get(after.id)
        if current is not None and current.version != before.version:
            return Stale(current)
        if after.status in OVER:
            self._payments.pop(after.id, None)
            self._over.append(after.id)
            if len(self._over) > TOLD:
                self._news.pop(self._over.popleft(), None)
        else:
            self._payments[after.id] = after
        event = None if tell is None else tell(self._next(after.merchant), None)
        if event is not None:
            self._news.setdefault(after.id, []).append(event)
        return Recorded(event, tuple([compose(self._next(after.merchant)) for compose in also]) if also else ())

    async def payment_of(self, chain: ChainId, tx_id: TxId) -> Payment | None:
        known = self._taken.get(tx_id)
        return None if known is None else self._payments.get(known)

    async def payment(self, id: str, *, merchant: str | None = None) -> Payment | None:
        return self._payments.get(id)

    async def claim_due(self, now: datetime, until: datetime, limit: int) -> list[Payment]:
        return []

    async def heads(self, merchants: Collection[str]) -> dict[str, int]:
        return {merchant: self._heads.get(merchant, 0) for merchant in merchants}

    async def events(self, merchant: str, after: int, limit: int, **only: object) -> list[Event]:
        """A relay with a journal reads here what it could not keep until its listeners had time."""
        if self._heads.get(merchant, 0) > after:
            raise RuntimeError("events were not told in time, and here is no journal that has them: send less at once")
        return []

    async def events_of(self, merchant: str, after: int, topics: Collection[Topic], limit: int) -> list[Event]:
        return [event for topic in topics for event in self._news.get(topic.id, ()) if event.seq > after]

    async def latest_event(self, payment: str) -> Event | None:
        return None

    def _next(self, merchant: str) -> int:
        seq = self._heads[merchant] = self._heads.get(merchant, 0) + 1
        return seq


async def serve(config: Path) -> int:
    settings = load(config)
    log.start(settings.log_level)
    async with stopped_by_signals() as stop, app.open_relay(settings) as relay:
        collect_little()
        say_ready(relay.url)
        await stop.wait()
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--no-verify", action="store_true")
    options = parser.parse_args()
    setattr(app, "Journal", NoJournal)  # noqa: B010  # the one place that makes a journal
    if options.no_verify:
        setattr(transfer, "check_signatures", lambda body, signatures: None)  # noqa: B010
        setattr(glance, "check_ed25519", lambda body, key, signature: None)  # noqa: B010
    sys.exit(run(serve(options.config)))


if __name__ == "__main__":
    main()
