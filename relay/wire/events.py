"""A payment's news as JSON: the one body that sockets, SSE, REST and webhooks all send.

Field names are contract.md's; `nodePrecheckcode`, `receiptStatus` and `error` keep the 2019 meaning, so that clients
written for the original read the same object.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from relay.channel import Event
from relay.credit import Standing
from relay.errors import RelayError
from relay.invoice import Flag, Invoice, InvoiceStatus
from relay.money import ChainId
from relay.payment import Payment, Status
from relay.webhook import Endpoint

_WITH_DECIMALS = len("2026-11-20T12:00:00.123456+00:00")
_LEGACY_MEMO = re.compile(r"\d+,([^,\s]{1,64})")  # the 2019 convention `anonId,postId`
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode
_KINDS = {status: f"payment.{status}" for status in Status}
# All there are, as README lists them; a payment that is only accepted is no news.
TYPES = (
    *(kind for status, kind in _KINDS.items() if status is not Status.ACCEPTED),
    *("invoice.expired", "invoice.cancelled", "funds.unassigned", "webhook.disabled", "webhook.test"),
)


class _Paid(msgspec.Struct, gc=False):
    account: str
    amount: str


class _PaymentBody(msgspec.Struct, rename="camel", gc=False):
    """Of the news of a payment: what `payment_fields` says, and around it what every event says, in this order.

    A struct for every payment makes two of them, and a dict takes three times as long; a test holds both to the same.
    """

    id: str
    seq: int
    prev_seq: int
    stream: str
    type: str
    time: str
    payment: str
    invoice: str | None
    status: Status
    network: str
    transaction_id: str
    payer: str
    pay_to: list[_Paid]
    asset: str
    amount: str
    memo: str
    content_id: str | None
    node_precheckcode: int | None
    receipt_status: int | None
    error: str | None
    reason: str | None
    invoice_status: InvoiceStatus | UnsetType = UNSET
    invoice_flags: list[Flag] | UnsetType = UNSET
    access_token: str | UnsetType = UNSET


def payment_event(payment: Payment, *, id: str, seq: int, token: str | None, invoice: Standing | None = None) -> Event:
    """The event of the change that made `payment` what it is. Pure: a transaction that is run again makes it again.

    `invoice` is how its invoice stands since then; the token goes out only with the last of what was asked, or
    with a payment by somebody who paid all of it himself.
    """
    kind = _KINDS[payment.status]
    opens = invoice is None or (invoice.status is InvoiceStatus.SETTLED and invoice.opens)
    network = str(payment.signed.chain)
    body = _PaymentBody(
        id,
        seq,
        seq - 1,
        stream(payment.merchant),
        kind,
        timestamp(payment.updated),
        payment.id,
        payment.invoice,
        payment.status,
        network,
        payment.tx,
        payment.payer,
        [_Paid(share.account, str(share.amount)) for share in payment.pay_to],
        payment.asset,
        str(payment.amount),
        payment.memo,
        payment.content,
        payment.precheck,
        payment.receipt,
        payment.error,
        payment.reason,
        UNSET if invoice is None else invoice.status,
        UNSET if invoice is None else sorted(invoice.flags),
        UNSET if token is None or not opens else token,
    )
    return Event(
        id,
        payment.merchant,
        seq,
        kind,
        payment.updated,
        payment.id,
        payment.invoice,
        payment.content,
        _encode(body),
        payment.version,
        network,
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
    name = event.network or _decode_network(event.body).network
    return None if name is None else ChainId.parse(name)


def stream(merchant: str) -> str:
    """The name of a merchant's stream, as events and acks carry it."""
    return f"merchant:{merchant}"


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, always with six decimals: `2026-11-20T12:00:00.123456Z`."""
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    text = at.isoformat()  # without decimals where they are zero; asking for them costs as much again
    return text[:-6] + "Z" if len(text) == _WITH_DECIMALS else text[:-6] + ".000000Z"


def content_of_memo(memo: str) -> str | None:
    """The post a 2019 memo names, if it has that shape."""
    if "," not in memo:  # nearly all: a tenth of what the pattern costs
        return None
    found = _LEGACY_MEMO.fullmatch(memo)
    return found[1] if found else None
