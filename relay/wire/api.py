"""What requests look like: camelCase outside, our nouns inside. Pure.

Everything here refuses what it does not understand, with a message that names the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from relay.chain import SIGNED
from relay.errors import InvalidRequest, TooLarge
from relay.misread import in_words
from relay.money import Account, parse_units, read_units, show_units, split
from relay.payment import Share
from relay.policy import MILLION, Policy
from relay.wire.quotes import PriceRequest

MAX_PAYEES = 9  # a Hedera transfer lists ten accounts, and one of them pays
MAX_OFFERS = 16
MAX_UNITS = 1 << 256  # the widest amount a chain can carry
MAX_METADATA_BYTES = 4096
MAX_REFERENCE = 200
MAX_EXPIRY_SECONDS = 30 * 24 * 3600

T = TypeVar("T")


class Payee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One payee alone needs neither `amount` nor `weight`: the whole amount is his. Several have one or the other."""

    account: str
    amount: str | None = None
    weight: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class PolicyRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What differs from the usual policy. Shares of the sum are decimals: "0.01" is one per cent."""

    partial: Literal["accept", "refuse"] | None = None
    tolerance: str | None = None
    overpayment_above: str | None = None
    late_window: Annotated[int, msgspec.Meta(ge=0, le=MAX_EXPIRY_SECONDS)] | None = None  # seconds


class OfferRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    network: str
    asset: str | None = None
    amount: str | None = None
    pay_to: str | list[Payee] | None = None


class CreateInvoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/invoices`: one price at the top, or several under `alternatives`."""

    network: str | None = None
    asset: str | None = None
    amount: str | None = None
    price: PriceRequest | None = None
    pay_to: str | list[Payee] | None = None
    alternatives: list[OfferRequest] | None = None
    content_id: str | None = None
    expires_in: int = 3600
    redirect_url: str | None = None
    origin: str | None = None
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    webhook_url: str | None = None
    policy: PolicyRequest | None = None
    customer_id: str | None = None
    order_id: str | None = None
    listing: str | None = None

    def offers(self) -> list[OfferRequest]:
        """The ways to pay, as asked. Refuses both forms at once, neither, and too many."""
        single = self.network is not None
        if not single and self.alternatives is None:
            raise InvalidRequest("`network` is missing; or `alternatives`, which name one each")
        if single and self.alternatives is not None:
            raise InvalidRequest("give either network, asset, amount and payTo, or alternatives with those in each")
        if self.network is not None:
            return [
                OfferRequest(network=self.network, asset=self.asset, amount=self.amount, pay_to=self.pay_to),
            ]
        offers = self.alternatives or []
        if any(value is not None for value in (self.asset, self.amount, self.pay_to)):
            raise InvalidRequest("with alternatives, asset, amount and payTo belong inside each of them")
        if not 1 <= len(offers) <= MAX_OFFERS:
            raise InvalidRequest(f"alternatives: from 1 to {MAX_OFFERS}, got {len(offers)}")
        return offers


class CreateListing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/invoices/listing`: what an invoice made for it will say, and for how long it is for sale."""

    invoice: CreateInvoice
    expires_in: int = 365 * 24 * 3600


class CreatePayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/payments`, the HTTP twin of `CRYPTOTRANSFER`.

    `transaction` is base64 or 0x-hex, or for scheme `exact` the object of x402's payload.
    """

    network: str
    transaction: Any
    scheme: str = SIGNED
    invoice: str | None = None


class AssignPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/payments/{id}/assign`: the invoice that the money was for."""

    invoice: str


class CreateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/keys`: what the key may, by scopes or by a role."""

    name: str = ""
    scopes: list[str] | None = None
    role: str | None = None
    publishable: bool = False
    origins: list[str] = []
    expires_in: int | None = None


class RotateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/keys/{id}/rotate`."""

    overlap_seconds: int | None = None


def decode(body: bytes, kind: type[T]) -> T:
    """Read a JSON body as `kind`; `InvalidRequest` names the field that is wrong."""
    if not body:
        raise InvalidRequest("the body is empty; this route takes a JSON object")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"the body is not what this route takes: {in_words(error, kind)}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not what this route takes: {error}") from None
    except RecursionError:
        raise InvalidRequest("the body nests too deep") from None


def read_shares(offer: OfferRequest, default: Account | None) -> tuple[Share, ...]:
    """Who gets how much: the split as given, checked to add up, or the whole amount to one account."""
    payees = [Payee(offer.pay_to)] if isinstance(offer.pay_to, str) else offer.pay_to
    if payees is None:
        if default is None:
            raise InvalidRequest(f"payTo: missing, and the merchant has no account on {offer.network}")
        payees = [Payee(default)]
    if not 1 <= len(payees) <= MAX_PAYEES:
        raise InvalidRequest(f"payTo: from 1 to {MAX_PAYEES} payees, got {len(payees)}")
    if len({payee.account for payee in payees}) != len(payees):
        raise InvalidRequest("payTo: each account once")
    if len(payees) == 1 and payees[0].amount is None:
        if offer.amount is None:
            raise InvalidRequest("`amount` is missing, in smallest units such as '1000000'; or `price`, in a currency")
        payees = [Payee(payees[0].account, offer.amount)]
    if any(payee.weight is not None for payee in payees):
        payees = _by_weight(payees, offer.amount)
    shares = tuple(Share(Account(payee.account), _positive(payee.amount)) for payee in payees)
    total = sum(share.amount for share in shares)
    if total >= MAX_UNITS:
        raise InvalidRequest("an amount is below 2^256 smallest units")
    if offer.amount is not None and total != parse_units(offer.amount):
        raise InvalidRequest(f"payTo adds up to {total}, amount is {offer.amount}")
    return shares


def _by_weight(payees: Sequence[Payee], amount: str | None) -> list[Payee]:
    if amount is None or any(payee.amount is not None or payee.weight is None for payee in payees):
        raise InvalidRequest(
            "payTo: with weights, each payee has one and no amount, and the amount stands beside payTo"
        )
    parts = split(_positive(amount), [payee.weight or 0 for payee in payees])
    return [Payee(payee.account, str(part)) for payee, part in zip(payees, parts, strict=True)]


def read_policy(wish: PolicyRequest | None, usual: Policy) -> Policy:
    """The policy an invoice gets: the usual one, as far as the merchant asks nothing else."""
    if wish is None:
        return usual
    return Policy(
        partial=usual.partial if wish.partial is None else wish.partial == "accept",
        tolerance_ppm=_ppm(wish.tolerance, "tolerance", MILLION // 10, usual.tolerance_ppm),
        over_ppm=_ppm(wish.overpayment_above, "overpaymentAbove", 100 * MILLION, usual.over_ppm),
        late=usual.late if wish.late_window is None else timedelta(seconds=wish.late_window),
    )


def _ppm(text: str | None, name: str, most: int, usual: int) -> int:
    if text is None:
        return usual
    try:
        found = read_units(text, 6)
    except InvalidRequest:
        found = -1
    if not 0 <= found <= most:
        raise InvalidRequest(f"policy.{name}: a share of the sum from 0 to {show_units(most, 6)}, such as '0.01'")
    return found


def read_reference(text: str | None, field: str) -> str | None:
    """The merchant's own name for a customer or an order."""
    if text is not None and not (1 <= len(text) <= MAX_REFERENCE and text.isprintable()):
        raise InvalidRequest(f"{field}: from 1 to {MAX_REFERENCE} printable characters")
    return text


def _positive(amount: str | None) -> int:
    units = parse_units(amount)
    if not 0 < units < MAX_UNITS:
        raise InvalidRequest("an amount is at least 1 and below 2^256 smallest units")
    return units


def read_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """Merchant's own notes, bounded: they are stored with the invoice and returned as they are."""
    if len(msgspec.json.encode(metadata)) > MAX_METADATA_BYTES:
        raise TooLarge(f"metadata is larger than {MAX_METADATA_BYTES} bytes")
    return metadata


def read_time(text: str, field: str) -> datetime:
    """An RFC 3339 time; one without an offset is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{field}: expected a time such as 2026-11-20T12:00:00Z") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def encode(value: Any) -> bytes:
    """JSON bytes of an answer."""
    return msgspec.json.encode(value)
