"""Invoices at rest."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from relay.errors import Conflict
from relay.invoice import Invoice, InvoiceStatus
from relay.store.database import Database
from relay.store.entries import Claimed, New
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from tests.changed import replace
from tests.store.nouns import LATER, NOW, a_payment, an_invoice, the_end


@pytest.fixture
def invoices(db: Database) -> Invoices:
    return Invoices(db, clock=lambda: NOW)


async def test_an_invoice_comes_back_as_it_was_written(invoices: Invoices) -> None:
    whole = an_invoice(redirect_url="https://shop.example/thanks?a=%20", origin="https://shop.example")
    bare = an_invoice(content=None, metadata={})
    await invoices.insert(whole)
    await invoices.insert(bare)

    assert await invoices.get(whole.id) == whole
    assert await invoices.by_memo(bare.memo) == bare
    assert await invoices.get("inv_nowhere") is None
    assert await invoices.by_memo("no such memo") is None


async def test_an_invoice_is_shown_to_its_merchant_alone(invoices: Invoices) -> None:
    invoice = an_invoice("shop")
    await invoices.insert(invoice)

    assert await invoices.get(invoice.id, merchant="shop") == invoice
    assert await invoices.get(invoice.id, merchant="rival") is None
    assert await invoices.cancel("rival", invoice.id, the_end(invoice)) is None
    assert (await invoices.list("rival")).items == ()
    assert await invoices.get(invoice.id) == invoice


async def test_a_memo_names_one_invoice(invoices: Invoices) -> None:
    first = an_invoice("shop")
    await invoices.insert(first)

    with pytest.raises(Conflict):
        await invoices.insert(an_invoice("rival", memo=first.memo))
    with pytest.raises(Conflict):
        await invoices.insert(an_invoice("shop", id=first.id))

    assert await invoices.by_memo(first.memo) == first


async def test_an_open_invoice_is_cancelled_once_and_for_all(invoices: Invoices) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    cancelled = replace(invoice, status=InvoiceStatus.CANCELLED)

    done = await invoices.cancel("shop", invoice.id, the_end(invoice))
    assert done is not None
    assert done[0] == cancelled
    assert await invoices.cancel("shop", invoice.id, the_end(invoice)) == done, "told once, however often it is done"
    assert await invoices.get(invoice.id) == cancelled
    assert await invoices.cancel("shop", "inv_nowhere", the_end(invoice)) is None


async def test_cancelling_and_paying_at_once_never_both_succeed(db: Database, invoices: Invoices) -> None:
    journal = Journal(db)
    many = [an_invoice() for _ in range(30)]
    await asyncio.gather(*map(invoices.insert, many))

    async def race(of: Invoice) -> tuple[object, object]:
        paying = journal.accept(a_payment("shop", invoice=of.id), LATER)
        return await asyncio.gather(paying, invoices.cancel("shop", of.id, the_end(of)))

    for accepted, cancelled in await asyncio.gather(*(race(invoice) for invoice in many)):
        assert (type(accepted), cancelled is None) in ((New, True), (Claimed, False))


async def test_a_list_is_paged_and_filtered(invoices: Invoices) -> None:
    many = [an_invoice(created=NOW + timedelta(seconds=number // 2), content=f"post-{number}") for number in range(5)]
    await asyncio.gather(*map(invoices.insert, many))
    newest_first = tuple(sorted(many, key=lambda invoice: (invoice.created, invoice.id), reverse=True))

    first = await invoices.list("shop", limit=3)
    rest = await invoices.list("shop", limit=3, after=first.next)

    assert (first.items + rest.items, rest.next) == (newest_first, None)
    assert (await invoices.list("shop", content="post-3")).items == (many[3],)
    since_until = await invoices.list("shop", since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=2))
    assert set(invoice.id for invoice in since_until.items) == {many[2].id, many[3].id}


async def test_an_invoice_past_its_time_is_listed_as_expired(invoices: Invoices) -> None:
    async def ids(status: InvoiceStatus) -> list[str]:
        return [invoice.id for invoice in (await invoices.list("shop", status=status)).items]

    def expiring(moment: datetime) -> Invoice:
        return an_invoice(expires=moment)

    late, fresh, over = expiring(NOW), expiring(NOW + timedelta(microseconds=1)), expiring(LATER)
    for invoice in (late, fresh, over):
        await invoices.insert(invoice)
    await invoices.cancel("shop", over.id, the_end(over))

    assert await ids(InvoiceStatus.EXPIRED) == [late.id]
    assert await ids(InvoiceStatus.CREATED) == [fresh.id]
    assert await ids(InvoiceStatus.CANCELLED) == [over.id]
    assert await ids(InvoiceStatus.SETTLED) == []
