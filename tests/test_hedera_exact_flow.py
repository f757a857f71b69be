"""The way of a payment whose fee we pay, per crash point: stop after the n-th await, restart, same end.

What would show a mistake is there for good: a second transaction of ours, other bytes under the same id, a payer who
paid twice, a payment told as failed that was made.
"""

from __future__ import annotations

import itertools

from relay.chain import EXACT
from relay.chains.hedera.cosign import FeePayerOptions
from relay.devnet.network import DevNode
from relay.invoice import InvoiceStatus
from relay.payment import Status
from relay.wire.events import as_json
from tests.chains import exact_hedera as buyer
from tests.chains.signing import PAYER, SHOP, transfer_of
from tests.crash import DIED, run
from tests.servers.forks import run_fork
from tests.servers.relay_process import prepare
from tests.test_flow import PRICE, Site, clock

STRIDE = 5  # every await would take half a minute; it shares no factor with what repeats
SPONSOR = FeePayerOptions(**buyer.OPTIONS)
_nanos = itertools.count(1)


def site(database: str, devnet: DevNode) -> Site:
    return Site(database, devnet.network, devnet.mirror, fee_payer=SPONSOR)


async def test_killed_at_any_await_a_payment_ends_the_same(sqlite_url: str, devnet: DevNode) -> None:
    await prepare(sqlite_url, {"shop": "0.0.2001"})
    paid, last, deaths, before_all = 0, 0, 0, devnet.ledger.balance(SHOP)
    while True:
        async with site(sqlite_url, devnet) as before:
            invoice, _ = await before.invoice()
            memo = (await before.invoices.get(invoice)).memo  # type: ignore[union-attr]
        transfer = transfer_of({PAYER: -PRICE, SHOP: PRICE})
        body = buyer.fresh(clock(), next(_nanos), transfer, memo=memo if paid % 2 else "")
        raw = buyer.signed(body, nodes=(4, 3))
        known = len(devnet.seen)
        ended = await run_fork(run, sqlite_url, before.options, EXACT, raw, invoice, last)
        assert ended in (0, DIED), f"at step {last}: exit code {ended}"
        async with site(sqlite_url, devnet) as again:
            await again.recover()
            # The wallet never had its answer (or did): it sends the same bytes again, as wallets do.
            answer = await again.relay.transfer(buyer.payment(raw), invoice=invoice)
            await again.recover()
            paid += 1
            assert devnet.ledger.balance(SHOP) - before_all == paid * PRICE, f"died at step {last}"
            payment = await again.journal.payment(answer.payment.id)
            assert payment is not None and (payment.status, payment.payer) == (Status.SETTLED, "0.0.1001")
            settled = await again.invoices.get(invoice)
            assert settled is not None and settled.status is InvoiceStatus.SETTLED and settled.payment == payment.id
            events = await again.journal.events("shop", 0, 10_000)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            of_this = [as_json(event) for event in events if event.invoice == invoice]
            assert sum(event["status"] == "settled" for event in of_this) == 1
            assert of_this[-1]["accessToken"]
        assert len(set(devnet.seen[known:])) == 1, f"died at step {last}: other bytes under the same id"
        if ended == 0:
            break
        deaths, last = deaths + 1, last + STRIDE
    assert deaths > 5, "the transfer was not interrupted where it matters"
    entries = [entry for entry in devnet.ledger.entries if entry.payer == buyer.FEE_PAYER]
    assert len(entries) == paid  # one transaction of ours for each payment
