"""What a payment's change means for its invoice, inside the transaction that records the change."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from relay.chain import WATCHED
from relay.credit import Credit, Standing, offer_for, part_of, standing
from relay.invoice import Flag, Invoice, InvoiceStatus
from relay.payment import NO_MONEY_MOVED, Payment, Status
from relay.store.columns import micros, moment
from relay.store.invoice_rows import COLUMNS, invoice_of
from relay.store.tx import Row, Tx

_TAKE = f"UPDATE invoices SET version = version + 1 WHERE id = :id RETURNING {COLUMNS}"  # noqa: S608  # our own columns
_CREDIT = """
    INSERT INTO credits (payment, invoice, part, at) VALUES (:payment, :invoice, :part, :at)
    ON CONFLICT (payment) DO NOTHING
"""
_STAND = """
    UPDATE invoices SET status = :status, payment = :payment, paid = :paid, flags = :flags WHERE id = :id
"""


def claim(tx: Tx, payment: Payment) -> bool:
    """Take the invoice for a transfer that is about to be sent: one at a time, and only while it is open."""
    sql = (
        "UPDATE invoices SET status = 'processing', payment = :payment, version = version + 1"
        " WHERE id = :invoice AND merchant = :merchant AND status IN ('created', 'partial')"
    )
    return bool(tx.run(sql, payment=payment.id, invoice=payment.invoice, merchant=payment.merchant))


def follow(tx: Tx, payment: Payment, *, over: bool) -> Standing | None:
    """Let a payment's invoice stand as its payments now do; None when it has none, or nothing changes.

    `over`: nobody looks at the payment again, so that it holds the invoice no longer.
    """
    decisive = payment.status in NO_MONEY_MOVED or payment.status in (Status.SETTLED, Status.REVERTED)
    if payment.invoice is None or not decisive:
        return None
    row = tx.one(_TAKE, id=payment.invoice)
    if row is None:
        return None
    invoice = invoice_of(row)
    _credit(tx, invoice, payment)
    holder = row["payment"] if invoice.status is InvoiceStatus.PROCESSING else None
    if holder == payment.id and over:
        holder = None
    if payment.status is Status.REVERTED and not over and payment.signed.scheme != WATCHED:
        holder = payment.id  # it may land again
    credits = _credits(tx, invoice)
    stands = standing(invoice, credits, claimed=holder is not None, reverted=_reverted(tx, invoice, payment))
    tx.run(
        _STAND,
        id=invoice.id,
        status=stands.status.value,
        payment=holder or _payer(row, credits),
        paid=str(stands.paid),
        flags=msgspec.json.encode(sorted(stands.flags)).decode(),
    )
    return stands


def _credit(tx: Tx, invoice: Invoice, payment: Payment) -> None:
    offer = offer_for(invoice, payment.signed.chain, payment.asset)
    if payment.status is Status.SETTLED and offer is not None:
        part = part_of(offer, payment.pay_to)
        tx.run(_CREDIT, payment=payment.id, invoice=invoice.id, part=str(part), at=micros(payment.created))
    elif payment.status is Status.REVERTED:
        tx.run("DELETE FROM credits WHERE payment = :payment", payment=payment.id)


def _credits(tx: Tx, invoice: Invoice) -> list[Credit]:
    rows = tx.all("SELECT payment, part, at FROM credits WHERE invoice = :id ORDER BY at, payment", id=invoice.id)
    return [Credit(row["payment"], Fraction(row["part"]), moment(row["at"])) for row in rows]


def _reverted(tx: Tx, invoice: Invoice, payment: Payment) -> bool:
    if payment.status is not Status.REVERTED and Flag.REVERTED not in invoice.flags:
        return False  # the usual case, without a question
    sql = "SELECT id FROM payments WHERE invoice = :id AND status = 'reverted' LIMIT 1"
    return tx.one(sql, id=invoice.id) is not None


def _payer(row: Row, credits: list[Credit]) -> str | None:
    """The payment an invoice names while nothing is under way: what it named, if that counts, else the first."""
    known = {credit.payment for credit in credits}
    if row["payment"] in known:
        return str(row["payment"])
    return credits[0].payment if credits else None
