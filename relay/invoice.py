"""What a merchant asked, and whether a transfer answers it.

`match` compares the *credits* of a transfer with one offer of the invoice, field by field, in the order a person would
ask: is the invoice open, is the memo ours, the asset, the payees, the amount. Each difference has its own public code
and a message that says what was expected and what came. What is expected is what is left to pay. Only the exact sum is
an answer: Relay checks before sending, so nothing that differs needs to reach the ledger at all, unless the invoice's
policy takes parts.

How much of an invoice is paid is a fraction of one, exact, so that parts paid in different assets add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import NewType

from relay.chain import Transfer
from relay.money import Account, Asset, ChainId, split
from relay.payment import Share
from relay.policy import USUAL, Policy, Price

InvoiceId = NewType("InvoiceId", str)
HONOURED = timedelta(seconds=60)  # how much longer a quote is good than it says


class InvoiceStatus(StrEnum):
    CREATED = "created"
    PARTIAL = "partial"  # something has arrived, and more is to come
    PROCESSING = "processing"  # a transfer that pays it is on its way
    SETTLED = "settled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OPEN = frozenset({InvoiceStatus.CREATED, InvoiceStatus.PARTIAL})


class Flag(StrEnum):
    OVER = "over"  # more arrived than was asked
    LATE = "late"  # some of it after the invoice had ended
    REVERTED = "reverted"  # a chain took back what had counted


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay: this asset on this chain, split like this. An invoice has at most one per chain and asset."""

    chain: ChainId
    asset: Asset
    pay_to: tuple[Share, ...]

    @property
    def amount(self) -> int:
        return sum(share.amount for share in self.pay_to)

    def over(self, units: int) -> Offer:
        """The same offer over another sum: the shares in proportion, none below one unit."""
        least = len(self.pay_to)
        parts = split(max(units - least, 0), [share.amount for share in self.pay_to])
        shares = (Share(share.account, part + 1) for share, part in zip(self.pay_to, parts, strict=True))
        return Offer(self.chain, self.asset, tuple(shares))


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
    policy: Policy = USUAL
    paid: Fraction = Fraction(0)  # of the sum, settled
    flags: frozenset[Flag] = frozenset()
    customer: str | None = None
    order: str | None = None  # the merchant's own number of what is bought
    price: Price | None = None  # None: the offers themselves are the price
    quote: str | None = None  # the evidence of the rates behind the offers, as JSON
    quoted_until: datetime | None = None  # how long the offers' rates are honoured; None where they do not age
    webhook_url: str | None = None

    def status_at(self, now: datetime) -> InvoiceStatus:
        """The status a reader should see: expiry needs no clockwork, an open invoice past its time is expired."""
        if self.status in OPEN and now >= self.expires:
            return InvoiceStatus.EXPIRED
        return self.status

    def is_outdated(self, now: datetime) -> bool:
        """Whether the offers are a quote that is not honoured any more."""
        return self.quoted_until is not None and now >= self.quoted_until

    def left(self, offer: Offer) -> tuple[Share, ...]:
        """What is still to pay by one of its offers, rounded up; the shares in proportion, none below one unit."""
        if not self.paid:
            return offer.pay_to
        return offer.over(ceil(offer.amount * (1 - self.paid))).pay_to


@dataclass(frozen=True, slots=True)
class Exact:
    """The transfer answers the invoice through this offer."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Part:
    """It pays some of the invoice, or more than is left, as the invoice's policy allows."""

    offer: Offer
    pay_to: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """It does not; `code` is public (contract.md, Refusal codes)."""

    code: str
    message: str


Match = Exact | Part | Mismatch


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
        case InvoiceStatus.CREATED | InvoiceStatus.PARTIAL:  # pragma: no branch  # mypy proves that it is the last
            pass
    if invoice.is_outdated(now):
        return Mismatch("quote_expired", f"the quote of invoice {invoice.id} is over; read it again and sign anew")
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
    return _match_split(offered[asset], invoice, got)


def credits(transfer: Transfer) -> dict[Asset, dict[Account, int]]:
    """Who receives what: asset → account → units. Every key has at least one account."""
    found: dict[Asset, dict[Account, int]] = {}
    for leg in transfer.legs:
        if leg.amount > 0:
            of_asset = found.setdefault(leg.asset, {})
            of_asset[leg.account] = of_asset.get(leg.account, 0) + leg.amount
    return found


def _match_split(offer: Offer, invoice: Invoice, got: Mapping[Account, int]) -> Match:
    expected: dict[Account, int] = {}
    for share in invoice.left(offer):
        expected[share.account] = expected.get(share.account, 0) + share.amount
    if got == expected:
        return Exact(offer)
    if got.keys() != expected.keys():
        return Mismatch("unknown_payee", f"payees: expected {_listed(expected)}, got {_listed(got)}")
    if invoice.policy.partial:
        return Part(offer, tuple(Share(account, amount) for account, amount in got.items()))
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
