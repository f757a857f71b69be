"""The journal: whose payment a transfer is, what became of it, and the news of that."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from fractions import Fraction

import pytest

from relay.chain import Receipt, Undone
from relay.errors import InvalidRequest
from relay.invoice import InvoiceStatus
from relay.money import Account, ChainId, TxId
from relay.payment import Payment, Status, advance
from relay.store.database import Database
from relay.store.entries import Claimed, Foreign, New, Recorded, Replayed, Stale
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from tests.changed import replace
from tests.store.nouns import LATER, NOW, TESTNET, a_payment, an_invoice, failed, news, refused, settled, taken, the_end


async def test_a_payment_comes_back_as_it_was_written(journal: Journal) -> None:
    payment = a_payment(content="post-42", valid_until=NOW + timedelta(days=10_000))

    assert await journal.accept(payment, LATER) == New(payment)

    assert await journal.payment(payment.id) == payment
    assert await journal.payment_of(TESTNET, payment.tx) == payment


async def test_the_same_transfer_again_is_replayed_as_it_stands_now(journal: Journal) -> None:
    first = a_payment()
    await journal.accept(first, LATER)
    await journal.record(first, taken(first), LATER, news(taken(first)))

    again = await journal.accept(a_payment(tx=first.tx), LATER)

    assert again == Replayed(taken(first))


async def test_a_transfer_of_another_merchant_is_foreign_and_says_nothing(journal: Journal) -> None:
    first = a_payment("shop")
    await journal.accept(first, LATER)
    other = a_payment("rival", tx=first.tx)

    assert await journal.accept(other, LATER) == Foreign()

    assert await journal.payment(other.id) is None


async def test_a_transfer_presented_for_another_invoice_is_foreign(journal: Journal, invoices: Invoices) -> None:
    one, two = an_invoice(), an_invoice()
    await invoices.insert(one)
    await invoices.insert(two)
    first = a_payment(invoice=one.id)
    await journal.accept(first, LATER)

    assert await journal.accept(a_payment(tx=first.tx, invoice=two.id), LATER) == Foreign()
    assert await journal.accept(a_payment(tx=first.tx), LATER) == Foreign()

    found = await invoices.get(two.id)
    assert found is not None
    assert found.status is InvoiceStatus.CREATED


async def test_the_same_id_on_another_chain_is_another_transfer(journal: Journal) -> None:
    first = a_payment()
    other = replace(a_payment(tx=first.tx), signed=replace(first.signed, chain=ChainId("hedera", "mainnet")))
    await journal.accept(first, LATER)

    assert await journal.accept(other, LATER) == New(other)


async def test_a_hundred_copies_at_once_make_one_payment(journal: Journal) -> None:
    copies = [a_payment(tx="0.0.1001@1.000000001") for _ in range(100)]

    results = await asyncio.gather(*(journal.accept(copy, LATER) for copy in copies))

    assert Counter(type(result) for result in results) == {New: 1, Replayed: 99}
    [new] = [result for result in results if isinstance(result, New)]
    assert {result.payment for result in results if isinstance(result, Replayed)} == {new.payment}


async def test_a_hundred_transfers_for_one_invoice_claim_it_once(journal: Journal, invoices: Invoices) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    rivals = [a_payment(invoice=invoice.id) for _ in range(100)]

    results = await asyncio.gather(*(journal.accept(rival, LATER) for rival in rivals))

    [new] = [result for result in results if isinstance(result, New)]
    assert [result for result in results if result != new] == [Claimed(new.payment.id)] * 99
    claimed = await invoices.get(invoice.id)
    assert claimed is not None
    assert (claimed.status, claimed.payment) == (InvoiceStatus.PROCESSING, new.payment.id)
    assert (await journal.payments("shop", limit=500)).items == (new.payment,)


async def test_a_cancelled_or_unknown_invoice_cannot_be_claimed(journal: Journal, invoices: Invoices) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    await invoices.cancel("shop", invoice.id, the_end(invoice))

    assert await journal.accept(a_payment(invoice=invoice.id), LATER) == Claimed(None)
    assert await journal.accept(a_payment(invoice="inv_nowhere"), LATER) == Claimed(None)


async def test_an_invoice_of_another_merchant_cannot_be_claimed(journal: Journal, invoices: Invoices) -> None:
    invoice = an_invoice("rival")
    await invoices.insert(invoice)

    assert await journal.accept(a_payment("shop", invoice=invoice.id), LATER) == Claimed(None)

    assert await invoices.get(invoice.id) == invoice


async def test_a_change_and_its_news_are_there_together(journal: Journal) -> None:
    payment = a_payment()
    await journal.accept(payment, LATER)

    recorded = await journal.record(payment, taken(payment), LATER, news(taken(payment)))

    event = news(taken(payment))(1)
    assert recorded == Recorded(event)
    assert await journal.payment(payment.id) == taken(payment)
    assert await journal.events("shop", 0, 10) == [event]
    assert await journal.latest_event(payment.id) == event


async def test_a_change_without_news_takes_no_number(journal: Journal) -> None:
    payment = a_payment()
    await journal.accept(payment, LATER)

    assert await journal.record(payment, taken(payment), LATER, None) == Recorded(None)

    assert await journal.heads(["shop", "rival"]) == {"shop": 0, "rival": 0}
    assert await journal.heads([]) == {}
    assert await journal.latest_event(payment.id) is None


async def test_heads_are_read_of_more_merchants_than_a_statement_takes(journal: Journal) -> None:
    payment = a_payment()
    await journal.accept(payment, LATER)
    await journal.record(payment, taken(payment), LATER, news(taken(payment)))
    merchants = [f"m{number}" for number in range(66_000)]

    assert await journal.heads([*merchants, "shop"]) == {**dict.fromkeys(merchants, 0), "shop": 1}


async def test_of_many_changes_to_one_version_one_is_recorded(journal: Journal) -> None:
    payment = a_payment()
    await journal.accept(payment, LATER)
    change = taken(payment)
    changes = [replace(change, error=f"change {number}") for number in range(20)]

    def told(number: int):
        return lambda seq, stands: replace(news(change)(seq, stands), id=f"evt_{number}")

    results = await asyncio.gather(
        *(journal.record(payment, change, LATER, told(number)) for number, change in enumerate(changes))
    )

    assert Counter(type(result) for result in results) == {Recorded: 1, Stale: 19}
    stored = await journal.payment(payment.id)
    assert {result.payment for result in results if isinstance(result, Stale)} == {stored}
    assert await journal.heads(["shop"]) == {"shop": 1}


async def test_event_numbers_have_no_gap_whoever_comes_between(journal: Journal) -> None:
    payments = [a_payment(merchant) for merchant in ("shop", "rival") for _ in range(60)]

    async def walk(payment: Payment) -> None:
        await journal.accept(payment, LATER)
        before = payment
        for after in (taken(payment), settled(taken(payment))):
            assert isinstance(await journal.record(before, after, None, news(after)), Recorded)
            assert isinstance(await journal.record(before, replace(after, error="late"), None, news(payment)), Stale)
            before = after

    await asyncio.gather(*map(walk, payments))

    assert await journal.heads(["shop", "rival"]) == {"shop": 120, "rival": 120}
    for merchant in ("shop", "rival"):
        events = await journal.events(merchant, 0, 500)
        assert [event.seq for event in events] == list(range(1, 121))
        assert {event.merchant for event in events} == {merchant}


async def test_events_page_by_number_and_narrow_to_what_is_watched(journal: Journal, invoices: Invoices) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    paid, read, plain = a_payment(invoice=invoice.id), a_payment(content="post-1"), a_payment()
    for payment in (paid, read, plain):
        await journal.accept(payment, LATER)
        await journal.record(payment, taken(payment), LATER, news(taken(payment)))

    async def seqs(**only: str) -> list[int]:
        return [event.seq for event in await journal.events("shop", 0, 10, **only)]

    assert [event.seq for event in await journal.events("shop", 1, 1)] == [2]
    assert await seqs(invoice=invoice.id) == [1]
    assert await seqs(content="post-1") == [2]
    assert await seqs(payment=plain.id) == [3]
    assert await seqs(payment=plain.id, content="post-1") == []
    assert await journal.events("rival", 0, 10, invoice=invoice.id) == []


@pytest.mark.parametrize("end", [refused, failed])
async def test_an_invoice_is_open_again_when_no_money_moved(journal: Journal, invoices: Invoices, end) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    payment = a_payment(invoice=invoice.id)
    await journal.accept(payment, LATER)

    await journal.record(payment, end(payment), None, news(end(payment)))

    assert await invoices.get(invoice.id) == invoice
    second = a_payment(invoice=invoice.id)
    assert await journal.accept(second, LATER) == New(second)


async def test_an_invoice_settles_with_its_payment_and_is_not_paid_twice(journal: Journal, invoices: Invoices) -> None:
    invoice = an_invoice()
    await invoices.insert(invoice)
    payment = a_payment(invoice=invoice.id)
    await journal.accept(payment, LATER)

    await journal.record(payment, settled(payment), None, news(settled(payment)))

    paid = replace(invoice, status=InvoiceStatus.SETTLED, payment=payment.id, paid=Fraction(1))
    assert await invoices.get(invoice.id) == paid
    assert await journal.accept(a_payment(invoice=invoice.id), LATER) == Claimed(payment.id)
    assert await invoices.cancel("shop", invoice.id, the_end(invoice)) is None


async def test_only_payments_whose_lease_ran_out_are_claimed(database: Database) -> None:
    journal = Journal(database)
    due, leased, over = a_payment(), a_payment(), a_payment()
    await journal.accept(due, NOW)
    await journal.accept(leased, NOW)
    await journal.accept(over, NOW)
    await journal.lease(leased.id, LATER)
    await journal.record(over, refused(over), None, None)
    await journal.lease(over.id, NOW)

    assert await journal.claim_due(NOW, LATER, 10) == [due]

    assert await journal.claim_due(NOW, LATER, 10) == []
    assert len(await journal.claim_due(LATER, LATER + timedelta(seconds=1), 10)) == 2


async def test_no_two_workers_claim_the_same_payment(database: Database) -> None:
    journal = Journal(database)
    payments = [a_payment() for _ in range(50)]
    await asyncio.gather(*(journal.accept(payment, NOW) for payment in payments))

    claims = await asyncio.gather(*(journal.claim_due(NOW, LATER, 7) for _ in range(10)))

    assert Counter(payment.id for claim in claims for payment in claim) == Counter(p.id for p in payments)


async def test_a_list_is_paged_newest_first_and_stable_while_it_grows(journal: Journal) -> None:
    payments = [a_payment(created=NOW + timedelta(seconds=number // 3)) for number in range(10)]
    await asyncio.gather(*(journal.accept(payment, LATER) for payment in payments))

    seen: list[Payment] = []
    after = None
    while True:
        page = await journal.payments("shop", after=after, limit=4)
        seen.extend(page.items)
        await journal.accept(a_payment(created=LATER), LATER)
        if page.next is None:
            break
        after = page.next

    assert seen == sorted(payments, key=lambda payment: (payment.created, payment.id), reverse=True)


async def test_a_list_is_filtered_by_everything_at_once(journal: Journal) -> None:
    wanted = a_payment(content="post-1", created=NOW)
    others = [
        a_payment(content="post-2"),
        a_payment(content="post-1", payer=Account("0.0.1002")),
        a_payment(content="post-1", created=LATER),
        a_payment("rival", content="post-1"),
    ]
    for payment in (wanted, *others):
        await journal.accept(payment, LATER)

    page = await journal.payments(
        "shop",
        status=Status.ACCEPTED,
        network=TESTNET,
        payer=wanted.payer,
        transaction=wanted.tx,
        memo=wanted.memo,
        content="post-1",
        since=NOW,
        until=LATER,
    )

    assert page.items == (wanted,)
    assert (await journal.payments("shop", content="post-1", payer=wanted.payer, until=LATER)).items == (wanted,)
    assert (await journal.payments("shop", transaction=TxId("0.0.1@1.000000000"))).items == ()
    assert (await journal.payments("shop", invoice="inv_none")).items == ()


async def test_a_cursor_that_is_not_ours_is_refused(journal: Journal) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        await journal.payments("shop", after="junk")


async def test_a_payment_is_shown_to_its_merchant_alone(journal: Journal) -> None:
    payment = a_payment("shop")
    await journal.accept(payment, LATER)

    assert await journal.payment(payment.id, merchant="shop") == payment
    assert await journal.payment(payment.id, merchant="rival") is None
    assert (await journal.payments("rival")).items == ()


async def test_payments_the_chain_took_back_are_listed_while_their_tokens_live(journal: Journal) -> None:
    payments = []
    for _ in range(2):
        new = await journal.accept(a_payment(), LATER)
        assert isinstance(new, New)
        done = settled(new.payment)
        await journal.record(new.payment, done, None, None)
        undone = advance(done, Undone("replaced"), LATER)
        await journal.record(done, undone, LATER, None)
        payments.append(undone)
    await journal.record(payments[0], advance(payments[0], Receipt(True, 22, "SUCCESS"), LATER), None, None)
    assert await journal.reverted(NOW, 10) == [payments[1].id]
    assert await journal.reverted(LATER + timedelta(microseconds=1), 10) == []
