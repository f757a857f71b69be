"""What requests look like and what they are answered with: camelCase outside, our nouns inside. Pure.

Everything here refuses what it does not understand, with a message that names the field.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from relay.chain import EXACT, SIGNED, AssetKind, SignedTransfer
from relay.errors import InvalidRequest, TooLarge
from relay.invoice import HONOURED, Invoice, InvoiceId, Offer
from relay.money import Account, ChainId, parse_units, read_units, show_units, split
from relay.payment import Share
from relay.policy import MILLION, Policy, Price
from relay.wire.events import timestamp
from relay.wire.quotes import PriceRequest

MAX_OBJECT_BYTES = 16 * 1024  # of an authorization: typed data and a signature
MAX_RAW_BYTES = 64 * 1024  # ten full-size Hedera transactions; one chain's own limit is checked by its module
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
        if single == (self.alternatives is not None):
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
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"the body is not what this route takes: {error}") from None
    except RecursionError:
        raise InvalidRequest("the body nests too deep") from None


def read_transfer(argument: object, default_chain: ChainId) -> tuple[SignedTransfer, InvoiceId | None]:
    """The argument of a `CRYPTOTRANSFER`: bytes in any of the forms clients send, or the object around them."""
    if not isinstance(argument, Mapping):
        return SignedTransfer(default_chain, SIGNED, read_bytes(argument)), None
    unknown = argument.keys() - {"network", "transaction", "scheme", "invoice"}
    if unknown:
        raise InvalidRequest(f"unknown field {sorted(map(str, unknown))[0][:50]!r} in CRYPTOTRANSFER")
    scheme = argument.get("scheme", SIGNED)
    invoice = argument.get("invoice")
    network = argument.get("network", str(default_chain))
    if not isinstance(scheme, str) or not isinstance(network, str) or not isinstance(invoice, str | None):
        raise InvalidRequest("network, scheme and invoice are strings")
    if "transaction" not in argument:
        raise InvalidRequest("transaction: missing; it is the signed bytes, as binary, base64 or 0x-hex")
    raw = _read_object(argument["transaction"]) if scheme == EXACT else read_bytes(argument["transaction"])
    return SignedTransfer(ChainId.parse(network), scheme, raw), None if invoice is None else InvoiceId(invoice)


def read_bytes(value: object) -> bytes:
    """Bytes as clients send them: binary, base64 (also URL-safe or unpadded), 0x-hex, or an array of byte values."""
    if isinstance(value, bytes | bytearray):
        raw = bytes(value)
    elif isinstance(value, str):
        if len(value) > 2 * MAX_RAW_BYTES + 2:
            raise TooLarge(f"the transaction is larger than {MAX_RAW_BYTES} bytes")
        raw = _bytes_of_text(value)
    elif isinstance(value, Sequence):
        if len(value) > MAX_RAW_BYTES:
            raise TooLarge(f"the transaction is larger than {MAX_RAW_BYTES} bytes")
        if any(type(item) is not int or not 0 <= item <= 255 for item in value):
            raise InvalidRequest("an array of bytes holds whole numbers from 0 to 255")
        raw = bytes(value)
    else:
        raise InvalidRequest("expected the signed bytes as binary, base64, 0x-hex or an array of byte values")
    if not raw:
        raise InvalidRequest("the transaction is empty")
    if len(raw) > MAX_RAW_BYTES:
        raise TooLarge(f"the transaction is {len(raw)} bytes, larger than {MAX_RAW_BYTES}")
    return raw


def _read_object(value: object) -> bytes:
    """What scheme `exact` carries: an object becomes its JSON, and JSON as text is taken as it is; or bytes as ever."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        body = value.encode()
    elif isinstance(value, Mapping):
        try:
            body = msgspec.json.encode(value, order="sorted")
        except (TypeError, ValueError, OverflowError, RecursionError):
            raise InvalidRequest("transaction: the object holds what JSON does not, or nests too deep") from None
    else:
        return read_bytes(value)
    if len(body) > MAX_OBJECT_BYTES:
        raise TooLarge(f"the transaction is {len(body)} bytes as JSON, larger than {MAX_OBJECT_BYTES}")
    return body


def _bytes_of_text(text: str) -> bytes:
    try:
        if text.startswith("0x"):  # base64 of bytes that begin d3 1 does too; no transaction of any chain begins so
            return bytes.fromhex(text[2:])
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        return base64.b64decode(padded.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except (ValueError, binascii.Error):
        raise InvalidRequest("the text is neither base64 nor 0x-hex") from None


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


def policy_json(policy: Policy) -> dict[str, object]:
    """As published with the invoice."""
    return {
        "partial": "accept" if policy.partial else "refuse",
        "tolerance": show_units(policy.tolerance_ppm, 6),
        "overpaymentAbove": show_units(policy.over_ppm, 6),
        "lateWindow": int(policy.late.total_seconds()),
    }


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
    """What a wallet may sign to pay the invoice: one entry per offer and scheme, `signed` first.

    The memo names the invoice on chains that carry one; elsewhere the wallet sends the invoice's id beside the bytes.
    """
    listed = []
    for offer in invoice.offers:
        kind = terms(offer)
        left = Offer(offer.chain, offer.asset, invoice.left(offer))
        price = {**offer_json(left), "memo": invoice.memo}
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
