"""x402 version 1: other names for the same things, words for networks, terms in the body of the 402. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from relay.money import ChainId
from relay.wire.x402 import Json, Name, PaymentPayload, PaymentRequired, PaymentRequirements, Resource, Seconds
from relay.wire.x402_networks import read_network, word_of


class Requirements(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """PaymentRequirements."""

    scheme: Name
    network: Name
    max_amount_required: Name
    asset: Name
    pay_to: Name
    max_timeout_seconds: Seconds
    resource: str = ""
    description: str | None = None
    mime_type: str | None = None
    extra: dict[str, Any] | None = None

    def renamed(self) -> PaymentRequirements:
        """The same in version 2's names; raises `InvalidRequest` for an unknown network."""
        return PaymentRequirements(
            scheme=self.scheme,
            network=str(read_network(self.network)),
            amount=self.max_amount_required,
            asset=self.asset,
            pay_to=self.pay_to,
            max_timeout_seconds=self.max_timeout_seconds,
            extra=self.extra,
        )


class Payload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """PaymentPayload, without what the buyer accepted."""

    scheme: Name
    network: Name
    payload: msgspec.Raw
    x402_version: int = 1


class Required(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of a 402."""

    accepts: tuple[Requirements, ...]
    error: str | None = None


def required(terms: PaymentRequired) -> Json:
    """The body of a 402: what version 1 has a word for. Legacy buyers refuse nulls, so nothing is null."""
    accepts = [each for one in terms.accepts if (each := requirements(one, terms.resource)) is not None]
    return {"x402Version": 1, "error": terms.error or "X-PAYMENT header is required", "accepts": accepts}


def requirements(one: PaymentRequirements, resource: Resource) -> Json | None:
    """One way to pay; None where version 1 has no word for the network."""
    word = word_of(one.chain)
    if word is None:
        return None
    body = {
        "scheme": one.scheme,
        "network": word,
        "maxAmountRequired": one.amount,
        "resource": resource.url,
        "description": resource.description or "",
        "mimeType": resource.mime_type or "",
        "payTo": one.pay_to,
        "maxTimeoutSeconds": one.max_timeout_seconds,
        "asset": one.asset,
    }
    return body if one.extra is None else {**body, "extra": one.extra}


def paid(payload: PaymentPayload) -> Payload:
    """What `X-PAYMENT` carries."""
    network = named(read_network(payload.network), 1)
    return Payload(scheme=payload.scheme, network=network, payload=payload.payload)


def named(chain: ChainId, version: int) -> str:
    """A network as that version calls it."""
    return (word_of(chain) if version == 1 else None) or str(chain)
