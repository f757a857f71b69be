"""What credited money was worth: noted once, soon after it settled or never."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from relay.chain import Receipt
from relay.money import Currency
from relay.payment import Payment, advance
from relay.rate import Pair, Quote, Rate
from relay.store.database import Database
from relay.store.entries import Recorded
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.worths import Worths
from tests.store.nouns import HBAR, NOW, TESTNET, a_payment, an_invoice

MINUTE = timedelta(minutes=1)


def says(rate: str) -> Quote:
    pair = Pair("HBAR", Currency("USD"))
    return Quote(pair, Decimal(rate), NOW, (Rate("a", pair, Decimal(rate), NOW), Rate("b", pair, Decimal(rate), NOW)))


async def settle(journal: Journal, invoices: Invoices, at: datetime) -> Payment:
    """A payment that settled its invoice then."""
    asked = await invoices.insert(replace(an_invoice(), expires=at + MINUTE))
    payment = a_payment(invoice=asked.id, created=at, updated=at, amount=5)
    await journal.accept(payment, at + MINUTE)
    after = advance(payment, Receipt(ok=True, code=22, name="SUCCESS", final=True), at)
    assert isinstance(await journal.record(payment, after, None, None), Recorded)
    return after


async def test_what_settled_is_noted_once_with_the_rate_and_whose_it_is(
    db: Database, journal: Journal, invoices: Invoices
) -> None:
    worths = Worths(db)
    payment = await settle(journal, invoices, NOW)
    assert await worths.of([payment.invoice or ""]) == {payment.invoice: [None]}
    assert await worths.wanted(NOW - MINUTE) == [(TESTNET, HBAR)]

    await worths.note(TESTNET, HBAR, NOW - MINUTE, says("0.1234"), 8)
    await worths.note(TESTNET, HBAR, NOW - MINUTE, says("99"), 8)

    [worth] = (await worths.of([payment.invoice or ""]))[payment.invoice or ""]
    assert worth is not None
    assert (worth.units, worth.rate, worth.at, worth.sources) == (5, Decimal("0.1234"), NOW, ("a", "b"))
    assert await worths.wanted(NOW - MINUTE) == []


async def test_what_settled_before_is_not_given_the_rate_of_another_day(
    db: Database, journal: Journal, invoices: Invoices
) -> None:
    worths = Worths(db)
    old = await settle(journal, invoices, NOW - 10 * MINUTE)
    new = await settle(journal, invoices, NOW)

    await worths.note(TESTNET, HBAR, NOW - 5 * MINUTE, says("0.1"), 8)

    noted = await worths.of([old.invoice or "", new.invoice or ""])
    assert noted[old.invoice or ""] == [None]
    assert noted[new.invoice or ""] != [None]
    assert await worths.wanted(NOW - 5 * MINUTE) == []
