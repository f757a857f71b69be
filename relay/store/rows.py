"""Payments and events as rows."""

from __future__ import annotations

from relay.chain import SignedTransfer
from relay.channel import Event
from relay.money import ChainId
from relay.payment import Payment, Status
from relay.store.columns import micros, moment, shares, shares_text
from relay.store.tx import Row


def payment_values(payment: Payment) -> dict[str, object]:
    """The columns of a payment, without its lease."""
    return {
        "id": payment.id,
        "merchant": payment.merchant,
        "invoice": payment.invoice,
        "content": payment.content,
        "chain": str(payment.signed.chain),
        "tx_id": payment.tx,
        "scheme": payment.signed.scheme,
        "raw": payment.signed.raw,
        "payer": payment.payer,
        "pay_to": shares_text(payment.pay_to),
        "asset": payment.asset,
        "amount": str(payment.amount),
        "memo": payment.memo,
        "valid_until": micros(payment.valid_until),
        "created": micros(payment.created),
        "updated": micros(payment.updated),
        "status": payment.status.value,
        "precheck": payment.precheck,
        "receipt": payment.receipt,
        "reason": payment.reason,
        "error": payment.error,
        "block": payment.block,
        "version": payment.version,
        "door": payment.door,
    }


def payment_of(row: Row) -> Payment:
    """Inverse of `payment_values`."""
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
