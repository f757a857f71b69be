"""What a merchant asked, and whether a transfer answers it.

`match` compares the *credits* of a transfer with one offer of the invoice, field by field, in the order a person would
ask: is the invoice open, is the memo ours, the asset, the payees, the amount. Each difference has its own public code
and a message that says what was expected and what came. Only the exact sum is an answer: Relay checks before sending,
so nothing that differs needs to reach the ledger at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from relay.chain import Transfer
from relay.money import Account, Asset, ChainId
from relay.payment import Share

InvoiceId = NewType("InvoiceId", str)


class InvoiceStatus(StrEnum):
    CREATED = "created"
    PROCESSING = "processing"  # a transfer that pays it is on its way
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay: this asset on this chain, split like this. An invoice has at most one per chain and asset."""

    chain: ChainId
    asset: Asset
    pay_to: tuple[Share, ...]

    @property
    def amount(self) -> int:
        return sum(share.amount for share in self.pay_to)


@dataclass(frozen=True, slots=True)
class Invoice:
    """A merchant's ask. `memo` is generated, unguessable and unique: it names the invoice on the ledger."""

    id: InvoiceId
    merchant: str
    offers: tuple[Offer, ...]
    memo: str
    content: str | None
    created: datetime
    expires: datetime
    status: InvoiceStatus = InvoiceStatus.CREATED
    payment: str | None = None  # the one that claimed it; no second transfer is sent while it is alive
    redirect_url: str | None = None
    origin: str | None = None  # of the site that shows the content: the audience of its access token
    metadata: Mapping[str, str] = field(default_factory=dict)
    webhook_url: str | None = None

    def status_at(self, now: datetime) -> InvoiceStatus:
        """The status a reader should see: expiry needs no clockwork, a `created` invoice past its time is expired."""
        if self.status is InvoiceStatus.CREATED and now >= self.expires:
            return InvoiceStatus.EXPIRED
        return self.status


@dataclass(frozen=True, slots=True)
class Exact:
    """The transfer answers the invoice through this offer."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Mismatch:
    """It does not; `code` is public (contract.md, Refusal codes)."""

    code: str
    message: str


Match = Exact | Mismatch


def match(transfer: Transfer, invoice: Invoice, now: datetime) -> Match:
    """Whether `transfer`, sent now, would pay `invoice`. Pure."""
    match invoice.status_at(now):
        case InvoiceStatus.SETTLED:
            return Mismatch("invoice_paid", f"invoice {invoice.id} is already paid")
        case InvoiceStatus.PROCESSING:
            return Mismatch("invoice_paid", f"invoice {invoice.id} is being paid by another transfer")
        case InvoiceStatus.EXPIRED:
            return Mismatch("invoice_expired", f"invoice {invoice.id} expired at {invoice.expires.isoformat()}")
        case InvoiceStatus.CANCELLED:
            return Mismatch("invoice_expired", f"invoice {invoice.id} was cancelled by the merchant")
        case InvoiceStatus.CREATED:  # pragma: no branch  # mypy proves that it is the last
            pass
    if transfer.memo is not None and transfer.memo != invoice.memo:
        return Mismatch("wrong_memo", f"memo: expected {invoice.memo!r}, got {_shown(transfer.memo)}")
    credits_by_asset = credits(transfer)
    offers = [offer for offer in invoice.offers if offer.chain == transfer.signed.chain]
    if not offers:
        wanted = ", ".join(sorted({str(offer.chain) for offer in invoice.offers}))
        return Mismatch("unsupported_network", f"network: expected {wanted}, got {transfer.signed.chain}")
    offered = {offer.asset: offer for offer in offers}
    if len(credits_by_asset) != 1 or not credits_by_asset.keys() <= offered.keys():
        return Mismatch("wrong_asset", f"asset: expected {_either(offered)}, got {_listed(credits_by_asset)}")
    [(asset, got)] = credits_by_asset.items()
    return _match_split(offered[asset], got)


def credits(transfer: Transfer) -> dict[Asset, dict[Account, int]]:
    """Who receives what: asset → account → units. Every key has at least one account."""
    found: dict[Asset, dict[Account, int]] = {}
    for leg in transfer.legs:
        if leg.amount > 0:
            of_asset = found.setdefault(leg.asset, {})
            of_asset[leg.account] = of_asset.get(leg.account, 0) + leg.amount
    return found


def _match_split(offer: Offer, got: Mapping[Account, int]) -> Match:
    expected: dict[Account, int] = {}
    for share in offer.pay_to:
        expected[share.account] = expected.get(share.account, 0) + share.amount
    if got == expected:
        return Exact(offer)
    if got.keys() != expected.keys():
        return Mismatch("unknown_payee", f"payees: expected {_listed(expected)}, got {_listed(got)}")
    for account, amount in expected.items():
        if got[account] != amount:
            return Mismatch("wrong_amount", f"amount to {account}: expected {amount}, got {got[account]}")
    raise AssertionError("two equal maps compared as different")  # pragma: no cover  # unreachable by construction


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _either(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def _shown(memo: str) -> str:
    return repr(memo if len(memo) <= 100 else memo[:100] + "…")
