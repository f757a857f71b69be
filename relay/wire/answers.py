"""What each route answers, as types: what OpenAPI says of an answer is generated from here.

The answers are made elsewhere as plain objects; a test compares both, so that a member nobody described is noticed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from relay.invoice import Flag, InvoiceStatus
from relay.payment import Status

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Units = Annotated[str, Meta(pattern="^(0|[1-9][0-9]{0,77})$", description="an amount in the asset's smallest unit")]


class Problem(msgspec.Struct, kw_only=True):
    """RFC 9457; `code` is stable, `detail` says what to do."""

    type: str
    title: str
    status: int | str
    code: str
    detail: str


class PaidTo(msgspec.Struct, kw_only=True):
    account: str
    amount: Units


class Requirement(msgspec.Struct, rename="camel", kw_only=True):
    """What a wallet may sign."""

    scheme: str
    network: str
    asset: str
    amount: Units
    pay_to: list[PaidTo]
    memo: str


class Policy(msgspec.Struct, rename="camel", kw_only=True):
    """What an invoice does with money that is not exactly what was asked, exactly when; shares of the sum."""

    partial: Literal["accept", "refuse"]
    tolerance: str
    overpayment_above: str
    late_window: int


class SourceRate(msgspec.Struct, kw_only=True):
    source: str
    rate: str
    time: Time


class RateQuote(msgspec.Struct, kw_only=True):
    """What one whole coin is worth, and who said so."""

    network: str
    asset: str
    pair: str
    rate: str
    time: Time
    sources: list[SourceRate]


class Price(msgspec.Struct, kw_only=True):
    amount: str
    currency: str


class Invoice(msgspec.Struct, rename="camel", kw_only=True):
    """An invoice; `secret` and `metadata` for its merchant only."""

    id: str
    status: InvoiceStatus
    network: str
    asset: str
    amount: Units
    pay_to: list[PaidTo]
    memo: str
    merchant: str
    content_id: str | None
    payment: str | None
    created_at: Time
    expires_at: Time
    redirect_url: str | None
    url: str
    requirements: list[Requirement]
    requirements_jws: str
    paid: Units
    remaining: Units
    flags: list[Flag]
    policy: Policy
    price: Price | None
    quote_expires_at: Time | None
    quote: list[RateQuote] | None
    secret: str | UnsetType = UNSET
    customer_id: str | UnsetType = UNSET
    order_id: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    webhook_url: str | UnsetType | None = UNSET
    webhook_secret: str | UnsetType = UNSET


class PaymentFields(msgspec.Struct, rename="camel", kw_only=True):
    payment: str
    invoice: str | None
    status: Status
    network: str
    transaction_id: str
    payer: str
    pay_to: list[PaidTo]
    asset: str
    amount: Units
    memo: str
    content_id: str | None
    node_precheckcode: int | None
    receipt_status: int | None
    error: str | None
    reason: str | None


class Payment(PaymentFields, rename="camel", kw_only=True):
    """A payment as its merchant reads it."""

    id: str
    created_at: Time
    updated_at: Time


class Checked(Payment, rename="camel", kw_only=True):
    sender: str
    nodeprecheck: int | None


class Check(msgspec.Struct, kw_only=True):
    """The settled payments with that memo to that account; empty means not paid."""

    response: list[Checked]


class Sent(PaymentFields, rename="camel", kw_only=True):
    """The event of the payment's last change, or the payment while there is none."""

    id: str | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    prev_seq: int | UnsetType = UNSET
    stream: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    time: Time | UnsetType = UNSET
    access_token: str | UnsetType = UNSET


class Event(msgspec.Struct, rename="camel", kw_only=True):
    """One event, the same on every channel; those of payments have a payment's members too."""

    id: str
    seq: int
    prev_seq: int
    stream: str
    type: str
    time: Time
    payment: str | None
    invoice: str | None
    content_id: str | None


class Node(msgspec.Struct, kw_only=True):
    address: str
    account: str | None
    healthy: bool
    detail: str | None


class Worth(msgspec.Struct, kw_only=True):
    """What one whole coin is worth, to show beside an amount; a price is made of a quote."""

    currency: str
    rate: str
    at: Time


class Asset(msgspec.Struct, kw_only=True):
    asset: str
    symbol: str | None
    decimals: int
    schemes: list[str]
    extra: dict[str, str] | UnsetType = UNSET
    worth: Worth | UnsetType = UNSET


class Network(msgspec.Struct, kw_only=True):
    network: str
    schemes: list[str]
    healthy: bool | UnsetType = UNSET
    nodes: list[Node] | UnsetType = UNSET
    assets: list[Asset] | UnsetType = UNSET
    finality: dict[str, Any] | str | UnsetType = UNSET


class Alive(msgspec.Struct, kw_only=True):
    status: str


class Ready(msgspec.Struct, kw_only=True):
    """`ready`, `degraded` (some chain is away, the others are served; or Redis is, and news is late) or `not ready`."""

    status: str
    checks: dict[str, str]


class Invoices(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Invoice]
    has_more: bool
    next: str | None


class AssetTotal(msgspec.Struct, kw_only=True):
    network: str
    asset: str
    invoices: int
    asked: Units
    paid: Units


class CurrencyTotal(msgspec.Struct, kw_only=True):
    currency: str
    invoices: int
    asked: str
    paid: str


class Totals(msgspec.Struct, kw_only=True):
    """What was asked and what of it has arrived; an invoice in a currency counts there."""

    invoices: int
    statuses: dict[str, int]
    assets: list[AssetTotal]
    currencies: list[CurrencyTotal]


class Payments(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Payment]
    has_more: bool
    next: str | None


class Events(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Event]
    has_more: bool
    next: int


class Networks(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Network]
    has_more: bool
    next: None
    time: Time


class Listing(msgspec.Struct, rename="camel", kw_only=True):
    """`listing` goes into a page, for all to see."""

    listing: str
    content_id: str
    expires_at: Time


class X402Call(msgspec.Struct, rename="camel", kw_only=True):
    """What a resource server asks its facilitator; x402's PaymentPayload and PaymentRequirements of either version."""

    payment_payload: dict[str, Any]
    payment_requirements: dict[str, Any]
    x402_version: int | None = None


class Settlement(msgspec.Struct, rename="camel", kw_only=True):
    """What became of an x402 payment; `transaction` is empty before one was sent."""

    payment: str
    status: Status
    network: str
    payer: str
    pay_to: list[PaidTo]
    asset: str
    amount: Units
    transaction: str
    error: str | None
    reason: str | None
    created_at: Time
    updated_at: Time
