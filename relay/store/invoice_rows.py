"""Invoices as rows."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import msgspec

from relay.invoice import Flag, Invoice, InvoiceId, InvoiceStatus, Offer
from relay.money import Asset, ChainId, Currency
from relay.policy import Policy, Price
from relay.store.columns import micros, moment, shares, shares_text
from relay.store.tx import Row

COLUMNS = (
    "id, merchant, offers, memo, content, created, expires, status, payment, redirect_url, origin, metadata,"
    " webhook_url, policy, paid, flags, customer, order_id, price_cents, currency, quote, quoted_until"
)


class _Offer(msgspec.Struct):
    chain: str
    asset: str
    pay_to: msgspec.Raw


class _Policy(msgspec.Struct):
    partial: bool
    tolerance_ppm: int
    over_ppm: int
    late_seconds: int


_OFFERS = msgspec.json.Decoder(list[_Offer])
_METADATA = msgspec.json.Decoder(dict[str, str])
_FLAGS = msgspec.json.Decoder(list[Flag])
_POLICY = msgspec.json.Decoder(_Policy)
_DEFAULT = Policy()


def invoice_values(invoice: Invoice) -> dict[str, object]:
    """The columns of an invoice as it is made."""
    return {
        "id": invoice.id,
        "merchant": invoice.merchant,
        "offers": offers_text(invoice.offers),
        "memo": invoice.memo,
        "content": invoice.content,
        "created": micros(invoice.created),
        "expires": micros(invoice.expires),
        "status": invoice.status.value,
        "payment": invoice.payment,
        "redirect_url": invoice.redirect_url,
        "origin": invoice.origin,
        "metadata": msgspec.json.encode(dict(invoice.metadata)).decode(),
        "webhook_url": invoice.webhook_url,
        "policy": None if invoice.policy == _DEFAULT else _policy_text(invoice.policy),
        "paid": str(invoice.paid),
        "flags": msgspec.json.encode(sorted(invoice.flags)).decode(),
        "customer": invoice.customer,
        "order_id": invoice.order,
        "price_cents": None if invoice.price is None else invoice.price.cents,
        "currency": None if invoice.price is None else invoice.price.currency,
        "quote": invoice.quote,
        "quoted_until": None if invoice.quoted_until is None else micros(invoice.quoted_until),
    }


def invoice_of(row: Row) -> Invoice:
    """Inverse of `invoice_values`."""
    return Invoice(
        id=InvoiceId(row["id"]),
        merchant=row["merchant"],
        offers=tuple(
            Offer(ChainId.parse(offer.chain), Asset(offer.asset), shares(bytes(offer.pay_to)))
            for offer in _OFFERS.decode(row["offers"])
        ),
        memo=row["memo"],
        content=row["content"],
        created=moment(row["created"]),
        expires=moment(row["expires"]),
        status=InvoiceStatus(row["status"]),
        payment=row["payment"],
        redirect_url=row["redirect_url"],
        origin=row["origin"],
        metadata=_METADATA.decode(row["metadata"]),
        webhook_url=row["webhook_url"],
        policy=_DEFAULT if row["policy"] is None else _policy(row["policy"]),
        paid=Fraction(row["paid"]),
        flags=frozenset(_FLAGS.decode(row["flags"])),
        customer=row["customer"],
        order=row["order_id"],
        price=None if row["currency"] is None else Price(row["price_cents"], Currency(row["currency"])),
        quote=row["quote"],
        quoted_until=None if row["quoted_until"] is None else moment(row["quoted_until"]),
    )


def offers_text(offers: tuple[Offer, ...]) -> str:
    """`[{"chain", "asset", "pay_to": [[account, units], …]}, …]`."""
    listed = [
        _Offer(str(offer.chain), offer.asset, msgspec.Raw(shares_text(offer.pay_to).encode())) for offer in offers
    ]
    return msgspec.json.encode(listed).decode()


def _policy_text(policy: Policy) -> str:
    late = int(policy.late.total_seconds())
    return msgspec.json.encode(_Policy(policy.partial, policy.tolerance_ppm, policy.over_ppm, late)).decode()


def _policy(text: str) -> Policy:
    found = _POLICY.decode(text)
    return Policy(found.partial, found.tolerance_ppm, found.over_ppm, timedelta(seconds=found.late_seconds))
