"""What settled payments make of an invoice: how much of it is paid, where it stands, and what a reader should be told.

`standing` is a function of the invoice's terms and its credits, nothing else: the order in which payments arrive, or
are learnt of, changes nothing, and a payment that is counted twice is one credit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from relay.invoice import Flag, Invoice, InvoiceStatus, Offer
from relay.money import Asset, ChainId
from relay.payment import Share


@dataclass(frozen=True, slots=True)
class Credit:
    """One settled payment's part of an invoice."""

    payment: str
    part: Fraction  # of the sum
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How an invoice stands after a change."""

    status: InvoiceStatus
    paid: Fraction
    flags: frozenset[Flag]


def part_of(offer: Offer, pay_to: Iterable[Share]) -> Fraction:
    """Which part of the sum these shares are: what goes to its payees, each up to any amount."""
    payees = {share.account for share in offer.pay_to}
    return Fraction(sum(share.amount for share in pay_to if share.account in payees), offer.amount)


def offer_for(invoice: Invoice, chain: ChainId, asset: Asset) -> Offer | None:
    """The offer by which a payment on that chain in that asset counts."""
    return next((offer for offer in invoice.offers if (offer.chain, offer.asset) == (chain, asset)), None)


def counts(invoice: Invoice, at: datetime) -> bool:
    """Whether money that arrives then is for this invoice, rather than for no invoice at all."""
    return invoice.status is not InvoiceStatus.CANCELLED and at <= invoice.expires + invoice.policy.late


def standing(invoice: Invoice, credits: Collection[Credit], *, claimed: bool, reverted: bool) -> Standing:
    """Where the invoice stands. `claimed`: a transfer that the relay sent is under way. Pure."""
    paid = sum({credit.payment: credit.part for credit in credits}.values(), Fraction(0))
    flags = set()
    if paid > invoice.policy.too_much:
        flags.add(Flag.OVER)
    if any(credit.at > invoice.expires for credit in credits):
        flags.add(Flag.LATE)
    if reverted:
        flags.add(Flag.REVERTED)
    return Standing(_status(invoice, paid, claimed=claimed), paid, frozenset(flags))


def _status(invoice: Invoice, paid: Fraction, *, claimed: bool) -> InvoiceStatus:
    if invoice.status is InvoiceStatus.CANCELLED:
        return InvoiceStatus.CANCELLED
    if paid >= invoice.policy.enough:
        return InvoiceStatus.SETTLED
    if claimed:
        return InvoiceStatus.PROCESSING
    return InvoiceStatus.PARTIAL if paid else InvoiceStatus.CREATED
