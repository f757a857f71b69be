"""An invoice as everyone who may see it reads it, and what a wallet may sign to pay it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import floor

import msgspec

from relay.abilities import AssetKind
from relay.chain import EXACT, SIGNED
from relay.invoice import HONOURED, Invoice, Offer
from relay.money import show_units
from relay.policy import Policy, Price
from relay.wire.events import timestamp


def offer_json(offer: Offer) -> dict[str, object]:
    """One way to pay, as events name the same things."""
    return {
        "network": str(offer.chain),
        "asset": offer.asset,
        "amount": str(offer.amount),
        "payTo": [{"account": share.account, "amount": str(share.amount)} for share in offer.pay_to],
    }


Terms = Callable[[Offer], AssetKind | None]  # how an offer's asset is paid; None where its chain is not run any more


def requirements(invoice: Invoice, terms: Terms) -> list[dict[str, object]]:
    """What a wallet may sign to pay the invoice: one entry per offer and scheme, `signed` first. Of a part
    that was paid the rest; of a paid invoice what it asked, since nothing is left to sign.

    The memo names the invoice on chains that carry one; elsewhere the wallet sends the invoice's id beside the bytes.
    """
    listed = []
    paid = invoice.paid >= invoice.policy.enough
    for offer in invoice.offers:
        kind = terms(offer)
        asked = offer if paid else Offer(offer.chain, offer.asset, invoice.left(offer))
        price = {**offer_json(asked), "memo": invoice.memo}
        listed.append({"scheme": SIGNED, **price})
        if kind is not None and EXACT in kind.schemes:
            listed.append({"scheme": EXACT, **price, "extra": asset_extra(kind)})
    return listed


def asset_extra(kind: AssetKind) -> dict[str, str]:
    """What x402 calls so: what a payer must know to sign for `exact`.

    The domain of typed data, the way of moving the asset, the account that pays the fee: what the chain has of these.
    """
    found = {} if kind.domain is None else {"name": kind.domain[0], "version": kind.domain[1]}
    found |= {} if kind.method is None else {"assetTransferMethod": kind.method}
    return found if kind.fee_payer is None else found | {"feePayer": kind.fee_payer}


def invoice_json(invoice: Invoice, now: datetime, *, url: str, terms: Terms) -> dict[str, object]:
    """An invoice as everyone who may see it sees it. The first offer's fields are repeated at the top."""
    return {
        "id": invoice.id,
        "status": invoice.status_at(now).value,
        **offer_json(invoice.offers[0]),
        "memo": invoice.memo,
        "merchant": invoice.merchant,
        "contentId": invoice.content,
        "payment": invoice.payment,
        "createdAt": timestamp(invoice.created),
        "expiresAt": timestamp(invoice.expires),
        "redirectUrl": invoice.redirect_url,
        "url": url,
        "requirements": requirements(invoice, terms),
        "paid": str(floor(invoice.offers[0].amount * invoice.paid)),
        "remaining": str(_remaining(invoice)),
        "flags": sorted(invoice.flags),
        "policy": policy_json(invoice.policy),
        "price": None if invoice.price is None else price_json(invoice.price),
        "quoteExpiresAt": None if invoice.quoted_until is None else timestamp(invoice.quoted_until - HONOURED),
        "quote": None if invoice.quote is None else msgspec.Raw(invoice.quote.encode()),
    }


def price_json(price: Price) -> dict[str, str]:
    """What is asked in a currency, with two decimals."""
    return {"amount": f"{price.cents // 100}.{price.cents % 100:02d}", "currency": price.currency}


def _remaining(invoice: Invoice) -> int:
    if invoice.paid >= invoice.policy.enough:
        return 0
    return sum(share.amount for share in invoice.left(invoice.offers[0]))


def policy_json(policy: Policy) -> dict[str, object]:
    """As published with the invoice."""
    return {
        "partial": "accept" if policy.partial else "refuse",
        "tolerance": show_units(policy.tolerance_ppm, 6),
        "overpaymentAbove": show_units(policy.over_ppm, 6),
        "lateWindow": int(policy.late.total_seconds()),
    }
