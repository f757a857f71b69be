"""A payment's news as JSON: the one body that sockets, SSE, REST and webhooks all send.

Field names are contract.md's; `nodePrecheckcode`, `receiptStatus` and `error` keep the 2019 meaning, so that clients
written for the original read the same object.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from relay.channel import Event
from relay.credit import Standing
from relay.errors import RelayError
from relay.invoice import Invoice, InvoiceStatus
from relay.money import ChainId
from relay.payment import Payment, Status
from relay.webhook import Endpoint

_LEGACY_MEMO = re.compile(r"\d+,([^,\s]{1,64})")  # the 2019 convention `anonId,postId`
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


def payment_event(payment: Payment, *, id: str, seq: int, token: str | None, invoice: Standing | None = None) -> Event:
    """The event of the change that made `payment` what it is. Pure: a transaction that is run again makes it again.

    `invoice` is how its invoice stands since then; the token goes out only with the last of what was asked, or
    with a payment by somebody who paid all of it himself.
    """
    kind = f"payment.{payment.status}"
    body: dict[str, object] = {
        "id": id,
        "seq": seq,
        "prevSeq": seq - 1,
        "stream": stream(payment.merchant),
        "type": kind,
        "time": timestamp(payment.updated),
        **payment_fields(payment),
    }
    if invoice is not None:
        body["invoiceStatus"] = invoice.status.value
        body["invoiceFlags"] = sorted(invoice.flags)
    if token is not None and (invoice is None or (invoice.status is InvoiceStatus.SETTLED and invoice.opens)):
        body["accessToken"] = token
    return Event(
        id=id,
        merchant=payment.merchant,
        seq=seq,
        type=kind,
        time=payment.updated,
        payment=payment.id,
        invoice=payment.invoice,
        content=payment.content,
        body=_encode(body),
        version=payment.version,
    )


def invoice_event(invoice: Invoice, kind: str, *, id: str, seq: int, time: datetime) -> Event:
    """News of an invoice that is not news of a payment: it ended unpaid, or the merchant cancelled it."""
    type = f"invoice.{kind}"
    body = {
        "id": id,
        "seq": seq,
        "prevSeq": seq - 1,
        "stream": stream(invoice.merchant),
        "type": type,
        "time": timestamp(time),
        "payment": None,
        "invoice": invoice.id,
        "status": None,  # of a payment
        "network": str(invoice.offers[0].chain),
        "contentId": invoice.content,
        "invoiceStatus": kind,
        "invoiceFlags": sorted(invoice.flags),
    }
    return Event(id, invoice.merchant, seq, type, time, None, invoice.id, invoice.content, _encode(body))


def funds_event(payment: Payment, *, id: str, seq: int) -> Event:
    """Money arrived that answers no invoice: the merchant decides what it is for."""
    type = "funds.unassigned"
    body = {
        "id": id,
        "seq": seq,
        "prevSeq": seq - 1,
        "stream": stream(payment.merchant),
        "type": type,
        "time": timestamp(payment.updated),
        **payment_fields(payment),
    }
    return Event(id, payment.merchant, seq, type, payment.updated, payment.id, None, payment.content, _encode(body))


def webhook_event(endpoint: Endpoint, kind: str, *, id: str, seq: int, time: datetime, reason: str | None) -> Event:
    """News of an endpoint. It names no invoice, not even the endpoint's own: that room has other listeners."""
    type = f"webhook.{kind}"
    body = {
        "id": id,
        "seq": seq,
        "prevSeq": seq - 1,
        "stream": stream(endpoint.merchant),
        "type": type,
        "time": timestamp(time),
        "payment": None,
        "invoice": None,
        "contentId": None,
        "endpoint": endpoint.id,
        "url": endpoint.url,
        "reason": reason,
    }
    return Event(id, endpoint.merchant, seq, type, time, payment=None, invoice=None, content=None, body=_encode(body))


def payment_fields(payment: Payment) -> dict[str, object]:
    """The part of an event that describes the payment itself; also what `GET /v1/payments/{id}` returns."""
    return {
        "payment": payment.id,
        "invoice": payment.invoice,
        "status": payment.status.value,
        "network": str(payment.signed.chain),
        "transactionId": payment.tx,
        "payer": payment.payer,
        "payTo": [{"account": share.account, "amount": str(share.amount)} for share in payment.pay_to],
        "asset": payment.asset,
        "amount": str(payment.amount),
        "memo": payment.memo,
        "contentId": payment.content,
        "nodePrecheckcode": payment.precheck,
        "receiptStatus": payment.receipt,
        "error": payment.error,
        "reason": payment.reason,
    }


def news(before: Payment, after: Payment) -> bool:
    """Whether a change is worth an event: the status is, a detail of it is not."""
    return before.status is not after.status and after.status is not Status.ACCEPTED


def opens_content(payment: Payment) -> bool:
    """Whether an access token belongs into the event: an invoice for content, and it is final."""
    return payment.status is Status.SETTLED and payment.invoice is not None and payment.content is not None


def refusal(error: RelayError, payment: str | None = None) -> dict[str, object]:
    """`CRYPTOTRANSFER_RESPONSE` for a transfer that was not sent: nothing was recorded, so there is no event."""
    return {
        "status": Status.REJECTED.value,
        "reason": error.code,
        "error": error.message,
        "payment": payment,
        "nodePrecheckcode": None,
    }


class _Heard(msgspec.Struct):
    """What of an event is not read by its receivers only. News of an endpoint, for one, is about no payment."""

    id: str
    seq: int
    stream: str
    type: str
    time: datetime
    payment: str | None = None
    invoice: str | None = None
    content: str | None = msgspec.field(name="contentId", default=None)


_decode_heard = msgspec.json.Decoder(_Heard).decode


def read(body: bytes) -> Event:
    """The Event a body was made from (it crossed Redis). Raises `ValueError` for anything else."""
    it = _decode_heard(body)
    merchant = it.stream.removeprefix("merchant:")
    return Event(it.id, merchant, it.seq, it.type, it.time, it.payment, it.invoice, it.content, body)


def as_json(event: Event) -> dict[str, object]:
    """The body as an object, for transports that encode for themselves."""
    return _decode(event.body)


def without_token(event: Event) -> dict[str, object]:
    """The body for whoever may follow a payment but not read what it opened."""
    body = as_json(event)
    body.pop("accessToken", None)
    return body


class _Network(msgspec.Struct):
    network: str | None = None


_decode_network = msgspec.json.Decoder(_Network).decode


def network(event: Event) -> ChainId | None:
    """Where it happened; None for news of no network."""
    name = _decode_network(event.body).network
    return None if name is None else ChainId.parse(name)


def stream(merchant: str) -> str:
    """The name of a merchant's stream, as events and acks carry it."""
    return f"merchant:{merchant}"


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, always with six decimals: `2026-11-20T12:00:00.123456Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def content_of_memo(memo: str) -> str | None:
    """The post a 2019 memo names, if it has that shape."""
    found = _LEGACY_MEMO.fullmatch(memo)
    return found[1] if found else None
