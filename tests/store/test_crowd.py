"""Whatever a crowd does at once, in whatever order, the books are right afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.chain import Never, Receipt, Refused, Submission, Taken, Unknown
from relay.invoice import Invoice, InvoiceStatus
from relay.money import TxId
from relay.payment import NO_MONEY_MOVED, OVER, Payment, Status, advance
from relay.store.database import Database, open_database
from relay.store.entries import New, Recorded
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.migrate import migrate
from tests.changed import replace
from tests.store.conftest import Twice
from tests.store.nouns import LATER, NOW, a_payment, an_invoice, news, the_end

MERCHANTS = ("shop", "rival")
FACTS: tuple[Submission | Receipt | Never, ...] = (
    Taken(),
    Unknown("no answer"),
    Refused("node_refused", "no", 10),
    Receipt(ok=True, code=22, name="SUCCESS"),
    Receipt(ok=True, code=22, name="SUCCESS", final=False),
    Receipt(ok=False, code=28, name="INSUFFICIENT"),
    Never("its time is over"),
)

# a payer: a merchant, one of four transfers, one of three invoices or none, and what he then learns
payers = st.tuples(
    st.sampled_from(MERCHANTS), st.integers(0, 3), st.integers(0, 3), st.lists(st.sampled_from(FACTS), max_size=4)
)
cancellers = st.integers(0, 2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(payers | cancellers, min_size=2, max_size=25), st.booleans())
def test_the_books_are_right_after_a_crowd(crowd: list[tuple[str, int, int, list[object]] | int], lost: bool) -> None:
    asyncio.run(_crowd(crowd, lost=lost))


async def _crowd(crowd: Sequence[object], *, lost: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(f"sqlite:///{folder}/relay.db") as database:
            await migrate(database)
            await _act_and_audit(Twice(database) if lost else database, crowd)


async def _act_and_audit(db: Database | Twice, crowd: Sequence[object]) -> None:
    journal, invoices = Journal(db), Invoices(db)
    asked = [an_invoice(MERCHANTS[number % 2]) for number in range(3)]
    await asyncio.gather(*map(invoices.insert, asked))

    async def act(who: object) -> None:
        match who:
            case int():
                await invoices.cancel(asked[who].merchant, asked[who].id, the_end(asked[who]))
            case (str(merchant), int(tx), int(invoice), list(facts)):
                wanted = asked[invoice].id if invoice < len(asked) else None
                accepted = await journal.accept(
                    replace(a_payment(merchant, invoice=wanted), tx=TxId(f"0.0.1001@{tx}.0")), LATER
                )
                if isinstance(accepted, New):
                    await _learn(journal, accepted.payment, facts)

    await asyncio.gather(*map(act, crowd))

    payments = [payment for merchant in MERCHANTS for payment in (await journal.payments(merchant)).items]
    assert len({payment.tx for payment in payments}) == len(payments)
    for merchant in MERCHANTS:
        events = await journal.events(merchant, 0, 1000)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        mine = {payment.id: payment for payment in payments if payment.merchant == merchant}
        assert {event.payment for event in events if event.payment} <= mine.keys()
        for payment in mine.values():
            assert sum(event.payment == payment.id for event in events) == payment.version
    for invoice in asked:
        stored = await invoices.get(invoice.id)
        assert stored is not None
        _audit(stored, [payment for payment in payments if payment.invoice == invoice.id])


async def _learn(journal: Journal, before: Payment, facts: list[object]) -> None:
    for fact in facts:
        after = advance(before, fact, NOW)  # type: ignore[arg-type]
        if after is before:
            continue
        due = None if after.status in OVER else LATER
        rival = replace(after, error="from another worker")
        results = await asyncio.gather(
            journal.record(before, after, due, news(after)), journal.record(before, rival, due, news(rival, by="rival"))
        )
        assert sorted(type(result).__name__ for result in results) == ["Recorded", "Stale"]
        before = after if isinstance(results[0], Recorded) else rival


def _audit(invoice: Invoice, payments: list[Payment]) -> None:
    alive = [payment for payment in payments if payment.status not in NO_MONEY_MOVED]
    assert len(alive) <= 1
    if not alive:
        assert invoice.payment is None
        assert invoice.status in (InvoiceStatus.CREATED, InvoiceStatus.CANCELLED)
        return
    assert invoice.payment == alive[0].id
    paid = alive[0].status is Status.SETTLED
    assert invoice.status is (InvoiceStatus.SETTLED if paid else InvoiceStatus.PROCESSING)
