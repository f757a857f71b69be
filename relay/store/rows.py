"""Payments and events as rows."""

from __future__ import annotations

from datetime import datetime

from relay.chain import SignedTransfer
from relay.channel import Event
from relay.money import ChainId
from relay.payment import Payment, Status
from relay.store.columns import micros, moment, shares, shares_text
from relay.store.tx import Row


def payment_row(payment: Payment) -> tuple[object, ...]:
    """The columns of a payment in the order of `entries.PAYMENTS`, without its lease."""
    return (
        payment.id,
        payment.merchant,
        payment.invoice,
        payment.content,
        str(payment.signed.chain),
        payment.tx,
        payment.signed.scheme,
        payment.signed.raw,
        payment.payer,
        shares_text(payment.pay_to),
        payment.asset,
        str(payment.amount),
        payment.memo,
        micros(payment.valid_until),
        micros(payment.created),
        micros(payment.updated),
        payment.status.value,
        payment.precheck,
        payment.receipt,
        payment.reason,
        payment.error,
        payment.block,
        payment.version,
        payment.door,
    )


def change_row(after: Payment, due: datetime | None) -> tuple[object, ...]:
    """The columns that a change sets, and its lease."""
    return (
        after.status.value,
        after.precheck,
        after.receipt,
        after.reason,
        after.error,
        after.block,
        micros(after.updated),
        after.version,
        None if due is None else micros(due),
    )


def payment_of(row: Row) -> Payment:
    """Inverse of `payment_row`."""
    return Payment(
        id=row["id"],
        merchant=row["merchant"],
        invoice=row["invoice"],
        content=row["content"],
        tx=row["tx_id"],
        signed=SignedTransfer(ChainId.parse(row["chain"]), row["scheme"], row["raw"]),
        payer=row["payer"],
        pay_to=shares(row["pay_to"]),
        asset=row["asset"],
        amount=int(row["amount"]),
        memo=row["memo"],
        valid_until=moment(row["valid_until"]),
        created=moment(row["created"]),
        updated=moment(row["updated"]),
        status=Status(row["status"]),
        precheck=row["precheck"],
        receipt=row["receipt"],
        reason=row["reason"],
        error=row["error"],
        block=row["block"],
        version=row["version"],
        door=row["door"],
    )


def event_of(row: Row) -> Event:
    """An event as it was told, body byte for byte."""
    return Event(
        id=row["id"],
        merchant=row["merchant"],
        seq=row["seq"],
        type=row["type"],
        time=moment(row["time"]),
        payment=row["payment"],
        invoice=row["invoice"],
        content=row["content"],
        body=row["body"],
    )
