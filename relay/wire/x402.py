"""x402's objects, as version 2 names them; networks are CAIP-2 names throughout. Pure.

    402      PAYMENT-REQUIRED: base64 of PaymentRequired      version 1: the JSON body
    retry    PAYMENT-SIGNATURE: base64 of PaymentPayload      X-PAYMENT
    200      PAYMENT-RESPONSE: base64 of SettleResponse       X-PAYMENT-RESPONSE

x402_reading.py reads them in both versions, x402_v1.py writes version 1, x402_networks.py has its words for networks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from relay.errors import InvalidRequest
from relay.money import ChainId, parse_units
from relay.wire.x402_networks import read_network

REQUIRED_HEADER, SIGNATURE_HEADER, RESPONSE_HEADER = "PAYMENT-REQUIRED", "PAYMENT-SIGNATURE", "PAYMENT-RESPONSE"
SIGNATURE_HEADER_V1, RESPONSE_HEADER_V1 = "X-PAYMENT", "X-PAYMENT-RESPONSE"
IDENTIFIER = "payment-identifier"  # the extension by which a buyer names his request

Json = Mapping[str, Any]
Seconds = Annotated[int, msgspec.Meta(gt=0)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is sold."""

    url: Annotated[str, msgspec.Meta(min_length=1)]
    description: str | None = None
    mime_type: str | None = None
    service_name: str | None = None
    tags: tuple[str, ...] | None = None
    icon_url: str | None = None


class PaymentRequirements(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One way to pay. `amount` is in smallest units, as text."""

    scheme: Name
    network: Name
    amount: Name
    asset: Name
    pay_to: Name
    max_timeout_seconds: Seconds
    extra: dict[str, Any] | None = None

    @property
    def chain(self) -> ChainId:
        """Raises `InvalidRequest` for what is no CAIP-2 name."""
        return read_network(self.network)

    @property
    def units(self) -> int:
        """The amount as a number; raises `InvalidRequest`."""
        try:
            return parse_units(self.amount)
        except InvalidRequest as error:
            raise InvalidRequest(f"amount: {error.message}", x402="invalid_payment_requirements") from None


class PaymentPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer signed. `payload` is the scheme's own object, as JSON; `accepted` only version 2 has."""

    version: int
    scheme: str
    network: str
    payload: msgspec.Raw
    accepted: PaymentRequirements | None = None
    resource: Resource | None = None
    extensions: dict[str, Any] = {}

    @property
    def identifier(self) -> str | None:
        """The buyer's name for his request."""
        found = self.extensions.get(IDENTIFIER)
        info = found.get("info") if isinstance(found, dict) else None
        id = info.get("id") if isinstance(info, dict) else None
        return id if isinstance(id, str) else None


class PaymentRequired(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The terms of a resource."""

    resource: Resource
    accepts: tuple[PaymentRequirements, ...]
    error: str | None = None
    extensions: dict[str, Any] | None = None


class VerifyResponse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    is_valid: bool
    invalid_reason: str | None = None
    invalid_message: str | None = None
    payer: str | None = None
    extra: dict[str, Any] | None = None


class SettleResponse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`transaction` is empty where nothing was sent, and never left out; Hedera's text calls it `transactionId`."""

    success: bool
    transaction: str
    network: str
    transaction_id: str | None = None
    error_reason: str | None = None
    error_message: str | None = None
    payer: str | None = None
    amount: str | None = None
    extra: dict[str, Any] | None = None


class SupportedKind(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    x402_version: int
    scheme: str
    network: str
    extra: dict[str, Any] | None = None


class Supported(msgspec.Struct, frozen=True, kw_only=True):
    kinds: tuple[SupportedKind, ...]
    extensions: tuple[str, ...]
    signers: dict[str, tuple[str, ...]]  # by `namespace:*`


def header(value: object) -> str:
    """An object as a header: standard base64 of its JSON."""
    return base64.b64encode(msgspec.json.encode(value)).decode()


def required(terms: PaymentRequired) -> Json:
    """What `PAYMENT-REQUIRED` carries."""
    return {"x402Version": 2, **msgspec.to_builtins(terms)}


def paid(payload: PaymentPayload) -> Json:
    """What `PAYMENT-SIGNATURE` carries."""
    body: dict[str, Any] = {"x402Version": 2, "payload": payload.payload, "accepted": payload.accepted}
    body |= {} if payload.resource is None else {"resource": payload.resource}
    return body | ({"extensions": payload.extensions} if payload.extensions else {})
