"""What settled payments make of an invoice: how much of it is paid, where it stands, and what a reader should be told.

`standing` is a function of the invoice's terms and its credits, nothing else: the order in which payments arrive, or
are learnt of, changes nothing, and a payment that is counted twice is one credit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from relay.invoice import Flag, Invoice, InvoiceStatus, Offer
from relay.money import Asset, ChainId
from relay.payment import Share


@dataclass(frozen=True, slots=True)
class Credit:
    """One settled payment's part of an invoice. Where several are paid, what counts is what each of them got."""

    payment: str
    part: Fraction  # of the sum, whoever got it
    at: datetime
    offer: str = ""  # the way to pay it came by
    shares: Mapping[str, Fraction] = field(default_factory=dict)  # of each payee's own share; none: one payee


@dataclass(frozen=True, slots=True)
class Standing:
    """How an invoice stands after a change."""

    status: InvoiceStatus
    paid: Fraction
    flags: frozenset[Flag]
    opens: bool = True  # what is sold, to the payer of the payment that changed it


def part_of(offer: Offer, pay_to: Iterable[Share]) -> Fraction:
    """Which part of the sum these shares are: what goes to its payees, each up to any amount."""
    payees = {share.account for share in offer.pay_to}
    return Fraction(sum(share.amount for share in pay_to if share.account in payees), offer.amount)


def shares_of(offer: Offer, pay_to: Iterable[Share]) -> dict[str, Fraction]:
    """Which part of his own share each payee of the offer gets."""
    asked, got = _by_account(offer.pay_to), _by_account(pay_to)
    return {account: Fraction(got.get(account, 0), amount) for account, amount in asked.items()}


def offer_for(invoice: Invoice, chain: ChainId, asset: Asset) -> Offer | None:
    """The offer by which a payment on that chain in that asset counts."""
    return next((offer for offer in invoice.offers if (offer.chain, offer.asset) == (chain, asset)), None)


def counts(invoice: Invoice, at: datetime) -> bool:
    """Whether money that arrives then is for this invoice, rather than for no invoice at all."""
    return invoice.status is not InvoiceStatus.CANCELLED and at <= invoice.expires + invoice.policy.late


def standing(invoice: Invoice, credits: Collection[Credit], *, claimed: bool, reverted: bool) -> Standing:
    """Where the invoice stands. `claimed`: a transfer that the relay sent is under way. Pure."""
    once = {credit.payment: credit for credit in credits}.values()
    paid = paid_by(once)
    flags = set()
    if sum(credit.part for credit in once) > invoice.policy.too_much:
        flags.add(Flag.OVER)
    if any(credit.at > invoice.expires for credit in credits):
        flags.add(Flag.LATE)
    if reverted:
        flags.add(Flag.REVERTED)
    return Standing(_status(invoice, paid, claimed=claimed), paid, frozenset(flags))


def paid_by(credits: Iterable[Credit]) -> Fraction:
    """Which part of the sum these pay: of each way to pay, what its worst served payee got. Else a payer could choose
    whom he pays, himself perhaps.
    """
    got: dict[str, dict[str, Fraction]] = {}
    for credit in credits:
        payees = got.setdefault(credit.offer, {})
        for account, share in (credit.shares or {"": credit.part}).items():
            payees[account] = payees.get(account, Fraction(0)) + share
    return sum((min(payees.values()) for payees in got.values()), Fraction(0))


def _by_account(shares: Iterable[Share]) -> dict[str, int]:
    found: dict[str, int] = {}
    for share in shares:
        found[share.account] = found.get(share.account, 0) + share.amount
    return found


def _status(invoice: Invoice, paid: Fraction, *, claimed: bool) -> InvoiceStatus:
    if invoice.status is InvoiceStatus.CANCELLED:
        return InvoiceStatus.CANCELLED
    if paid >= invoice.policy.enough:
        return InvoiceStatus.SETTLED
    if claimed:
        return InvoiceStatus.PROCESSING
    return InvoiceStatus.PARTIAL if paid else InvoiceStatus.CREATED
