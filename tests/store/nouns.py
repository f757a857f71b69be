"""Payments, invoices and events to store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from relay.chain import SIGNED, Receipt, Refused, SignedTransfer, Taken
from relay.channel import Event
from relay.credit import Standing
from relay.invoice import Invoice, InvoiceId, Offer
from relay.money import Account, Asset, ChainId, TxId
from relay.payment import Payment, PaymentId, Share, advance
from relay.store.entries import Telling
from relay.store.news import Compose
from relay.wire.events import invoice_event
from tests.changed import replace

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
TESTNET = ChainId("hedera", "testnet")
HBAR = Asset("0.0.0")

_numbers = count(1)


def a_payment(merchant: str = "shop", *, tx: str | None = None, **changes: object) -> Payment:
    """A payment just accepted, unlike any before it."""
    number = next(_numbers)
    payment = Payment(
        id=PaymentId(f"pay_{number:08}"),
        merchant=merchant,
        invoice=None,
        content=None,
        tx=TxId(tx or f"0.0.1001@1700000000.{number:09}"),
        signed=SignedTransfer(TESTNET, SIGNED, b"\x00signed\xff%d" % number),
        payer=Account("0.0.1001"),
        pay_to=(Share(Account("0.0.2001"), 10**20), Share(Account("0.0.3001"), 1)),
        asset=HBAR,
        amount=10**20 + 1,
        memo="käse 🧀 50% :memo",
        valid_until=NOW + timedelta(seconds=120),
        created=NOW,
        updated=NOW,
    )
    return replace(payment, **changes)  # type: ignore[arg-type]  # mypy cannot see through **changes


def an_invoice(merchant: str = "shop", **changes: object) -> Invoice:
    """An open invoice, unlike any before it."""
    number = next(_numbers)
    invoice = Invoice(
        id=InvoiceId(f"inv_{number:08}"),
        merchant=merchant,
        offers=(
            Offer(TESTNET, HBAR, (Share(Account("0.0.2001"), 10**20), Share(Account("0.0.3001"), 1))),
            Offer(ChainId("eip155", "8453"), Asset("native"), (Share(Account("0xAb"), 1), Share(Account("0xCd"), 2))),
        ),
        memo=f"memo-{number}",
        content="post-42",
        created=NOW,
        expires=NOW + timedelta(hours=1),
        metadata={"order": "7", "käse": "🧀"},
    )
    return replace(invoice, **changes)  # type: ignore[arg-type]  # mypy cannot see through **changes


def taken(payment: Payment) -> Payment:
    return advance(payment, Taken(), NOW)


def settled(payment: Payment) -> Payment:
    return advance(payment, Receipt(ok=True, code=22, name="SUCCESS"), NOW)


def refused(payment: Payment) -> Payment:
    return advance(payment, Refused("node_refused", "no", 10), NOW)


def failed(payment: Payment) -> Payment:
    return advance(payment, Receipt(ok=False, code=28, name="INSUFFICIENT"), NOW)


def news(payment: Payment, by: str = "") -> Telling:
    """The event that tells how `payment` stands; the same for the same number."""

    def compose(seq: int, stands: Standing | None = None) -> Event:
        return Event(
            id=f"evt_{payment.id}_{payment.version}{by}",
            merchant=payment.merchant,
            seq=seq,
            type=f"payment.{payment.status}",
            time=payment.updated,
            payment=payment.id,
            invoice=payment.invoice,
            content=payment.content,
            body=f'{{"seq":{seq},"status":"{payment.status}"}}'.encode(),
        )

    return compose


def the_end(invoice: Invoice, kind: str = "cancelled") -> Compose:
    """The event that tells of an invoice's end; the same for the same number."""
    return lambda seq: invoice_event(invoice, kind, id=f"evt_{invoice.id}_{kind}", seq=seq, time=NOW)
