"""A merchant's invoices as figures: totals, and a table for a spreadsheet. Pure; pages of invoices go in."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import TypeVar

from relay.invoice import Invoice, InvoiceStatus
from relay.money import Asset, ChainId, show_units
from relay.payment import Payment
from relay.rate import Worth
from relay.wire.events import timestamp

K = TypeVar("K")
COLUMNS = (
    *("id", "createdAt", "status", "flags", "orderId", "customerId", "contentId", "network", "asset", "amount"),
    *("paid", "price", "currency", "fiatPaid", "payment", "transactionId", "payer", "settledAt"),
    *("rate", "rateTime", "rateSources"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run instead of show


class Totals:
    """Adds up invoices as they come; the first offer stands for an invoice, paid parts are exact."""

    def __init__(self) -> None:
        self._statuses: Counter[InvoiceStatus] = Counter()
        self._assets: dict[tuple[ChainId, Asset], tuple[int, int, Fraction]] = {}
        self._currencies: dict[str, tuple[int, int, Fraction]] = {}

    def add(self, invoices: Iterable[Invoice], now: datetime) -> None:
        for invoice in invoices:
            self._statuses[invoice.status_at(now)] += 1
            offer = invoice.offers[0]
            if invoice.price is None:
                _add(self._assets, (offer.chain, offer.asset), offer.amount, invoice.paid)
            else:
                _add(self._currencies, invoice.price.currency, invoice.price.cents, invoice.paid)

    def as_json(self) -> dict[str, object]:
        """Amounts in smallest units, cents with two decimals. What is paid is rounded down once, at the end."""
        return {
            "invoices": sum(self._statuses.values()),
            "statuses": {status.value: self._statuses[status] for status in InvoiceStatus},
            "assets": [
                {
                    "network": str(chain),
                    "asset": asset,
                    "invoices": count,
                    "asked": str(asked),
                    "paid": str(floor(paid)),
                }
                for (chain, asset), (count, asked, paid) in sorted(self._assets.items(), key=lambda item: str(item[0]))
            ],
            "currencies": [
                {"currency": name, "invoices": count, "asked": _cents(asked), "paid": _cents(floor(paid))}
                for name, (count, asked, paid) in sorted(self._currencies.items())
            ],
        }


def rows(
    invoices: Iterable[Invoice],
    payments: Mapping[str, Payment],
    worths: Mapping[str, Sequence[Worth | None]],
    now: datetime,
) -> bytes:
    """Invoices as lines of CSV (RFC 4180, UTF-8), in the order of `COLUMNS`.

    `payments` by id, those they name; `worths` of what was credited to each.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    for invoice in invoices:
        row = _row(invoice, payments.get(invoice.payment or ""), worths.get(invoice.id, ()), now)
        writer.writerow([_cell(value) for value in row])
    return text.getvalue().encode()


def head() -> bytes:
    """The first line."""
    return (",".join(COLUMNS) + "\r\n").encode()


def _row(invoice: Invoice, payment: Payment | None, worths: Sequence[Worth | None], now: datetime) -> list[object]:
    offer, price = invoice.offers[0], invoice.price
    known = [worth for worth in worths if worth is not None]
    if len(known) < len(worths) or len({worth.currency for worth in known}) > 1:
        known = []  # a sum of some of it would be wrong
    settled = invoice.status is InvoiceStatus.SETTLED and payment is not None
    return [
        *(invoice.id, timestamp(invoice.created), invoice.status_at(now).value, " ".join(sorted(invoice.flags))),
        *(invoice.order, invoice.customer, invoice.content, offer.chain, offer.asset, offer.amount),
        floor(offer.amount * invoice.paid),
        *_in_currency(invoice, known),
        *((None, None, None) if payment is None else (payment.id, payment.tx, payment.payer)),
        timestamp(payment.updated) if settled and payment is not None else None,
        *_evidence(known if price is None else ()),
    ]


def _in_currency(invoice: Invoice, worths: Sequence[Worth]) -> tuple[object, object, object]:
    """Its price, the currency, and what is paid: of the price, or, of one in coins, what these were worth then."""
    price = invoice.price
    if price is not None:
        return _cents(price.cents), price.currency, _cents(floor(price.cents * invoice.paid))
    if not worths:
        return None, None, None
    return None, worths[0].currency, _cents(floor(sum((worth.cents for worth in worths), Fraction(0))))


def _evidence(worths: Sequence[Worth]) -> tuple[str, str, str]:
    """Of each credit, in order: the rate, when it was true, who said so."""
    return (
        " ".join(f"{worth.rate:f}" for worth in worths),
        " ".join(timestamp(worth.at) for worth in worths),
        " ".join("+".join(worth.sources) for worth in worths),
    )


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _cents(cents: int) -> str:
    whole, _, part = show_units(cents, 2).partition(".")
    return f"{whole}.{part.ljust(2, '0')}"


def _add(sums: dict[K, tuple[int, int, Fraction]], key: K, asked: int, paid: Fraction) -> None:
    count, before, settled = sums.get(key, (0, 0, Fraction(0)))
    sums[key] = count + 1, before + asked, settled + asked * paid
