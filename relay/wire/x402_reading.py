"""Reading x402's objects in both versions into the nouns of x402.py. Pure.

Members nobody here knows are skipped, as the SDKs do. What is missing or of another type is refused: `InvalidRequest`,
whose `x402` is that protocol's reason.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, TypeVar

import msgspec

from relay.errors import InvalidRequest, TooLarge
from relay.wire import x402_v1
from relay.wire.x402 import PaymentPayload, PaymentRequired, PaymentRequirements, Resource
from relay.wire.x402_networks import read_network

MAX_HEADER = 32 * 1024  # characters; servers take 8 to 16 KiB of headers
PAYLOAD, REQUIREMENTS, VERSION = "invalid_payload", "invalid_payment_requirements", "invalid_x402_version"

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of `POST /verify` and `POST /settle`, its parts still to be read."""

    payment_payload: msgspec.Raw
    payment_requirements: msgspec.Raw
    x402_version: int | None = None

    def parts(self) -> tuple[PaymentPayload, PaymentRequirements]:
        """Raises `InvalidRequest`."""
        payload = read_payload(bytes(self.payment_payload))
        if self.x402_version not in (None, payload.version):
            raise InvalidRequest(
                f"x402Version: {self.x402_version}, and the payload is of version {payload.version}", x402=VERSION
            )
        return payload, read_requirements(bytes(self.payment_requirements), payload.version)


class _Payload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    payload: msgspec.Raw
    accepted: PaymentRequirements
    resource: Resource | None = None
    extensions: dict[str, Any] | None = None


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    x402_version: int | None = None


class _Object(msgspec.Struct, frozen=True):
    pass


class _Transaction(msgspec.Struct, frozen=True):
    transaction: str | None = None


class _Payer(msgspec.Struct, frozen=True):
    payer: Annotated[str, msgspec.Meta(max_length=100)] | None = msgspec.field(name="from", default=None)


class _Said(msgspec.Struct, frozen=True):
    authorization: _Payer | None = None
    permit2_authorization: _Payer | None = msgspec.field(name="permit2Authorization", default=None)


def read_call(body: bytes) -> Call:
    """What a resource server asks; raises `InvalidRequest` where that is no call at all."""
    call = _read(body, Call, PAYLOAD)
    _object(call.payment_payload)
    _object(call.payment_requirements)
    return call


def read_payload(body: bytes) -> PaymentPayload:
    """A PaymentPayload of either version."""
    match _read(body, _Version, PAYLOAD).x402_version:
        case 1:
            old = _read(body, x402_v1.Payload, PAYLOAD)
            network, payload = str(read_network(old.network)), _object(old.payload)
            return PaymentPayload(version=1, scheme=old.scheme, network=network, payload=payload)
        case 2:
            new = _read(body, _Payload, PAYLOAD)
            return PaymentPayload(
                version=2,
                scheme=new.accepted.scheme,
                network=str(read_network(new.accepted.network)),
                payload=_object(new.payload),
                accepted=new.accepted,
                resource=new.resource,
                extensions=new.extensions or {},
            )
        case other:
            raise InvalidRequest(f"x402Version: expected 1 or 2, got {str(other)[:20]}", x402=VERSION)


def read_requirements(body: bytes, version: int) -> PaymentRequirements:
    """PaymentRequirements as that version writes them."""
    if version == 1:
        return _read(body, x402_v1.Requirements, REQUIREMENTS).renamed()
    return _read(body, PaymentRequirements, REQUIREMENTS)


def read_required(body: bytes) -> tuple[int, PaymentRequired]:
    """The version and the terms of a 402: version 2's header, decoded, or version 1's body."""
    if _read(body, _Version, REQUIREMENTS).x402_version != 1:
        return 2, _read(body, PaymentRequired, REQUIREMENTS)
    old = _read(body, x402_v1.Required, REQUIREMENTS)
    url = old.accepts[0].resource if old.accepts else ""
    accepts = tuple(each.renamed() for each in old.accepts)
    return 1, PaymentRequired(resource=Resource(url=url or "/"), accepts=accepts, error=old.error)


def unheader(text: str) -> bytes:
    """The JSON in a header: base64, with its padding or without; raises `InvalidRequest` or `TooLarge`."""
    if len(text) > MAX_HEADER:
        raise TooLarge(f"a payment header has at most {MAX_HEADER} characters", x402=PAYLOAD)
    return _unbase64(text.strip(), "a payment header is base64 of JSON")


def signed_bytes(payload: PaymentPayload, requirements: PaymentRequirements) -> bytes:
    """What was signed, as chain modules take it.

    The transaction, where the payload is one (Hedera); else its JSON, with the asset that is asked for beside it: an
    EIP-3009 payload names none.
    """
    transaction = _read(bytes(payload.payload), _Transaction, PAYLOAD).transaction
    if transaction is not None:
        return _unbase64(transaction, "payload.transaction: expected base64")
    accepted = {"scheme": payload.scheme, "network": payload.network, "asset": requirements.asset}
    return msgspec.json.encode({"payload": payload.payload, "accepted": accepted})


def payer_named(payload: PaymentPayload) -> str | None:
    """Whose payment it says it is; nobody checked that."""
    try:
        said = msgspec.json.decode(payload.payload, type=_Said)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for each in (said.authorization, said.permit2_authorization):
        if each is not None:
            return each.payer
    return None


def _unbase64(text: str, otherwise: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise InvalidRequest(otherwise, x402=PAYLOAD) from None


def _object(raw: msgspec.Raw) -> msgspec.Raw:
    _read(bytes(raw), _Object, PAYLOAD)
    return raw


def _read(body: bytes, kind: type[T], reason: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"this is not x402's: {error}", x402=reason) from None
    except RecursionError:
        raise InvalidRequest("the body nests too deep", x402=reason) from None
