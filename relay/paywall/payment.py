"""The payment a request carries, in x402's versions 1 and 2, and which of our offers it answers. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from relay.errors import InvalidRequest
from relay.wire import x402, x402_reading
from relay.wire.x402_networks import word_of


@dataclass(frozen=True, slots=True)
class Presented:
    """`raw` is the header as it came, `body` the JSON inside. `key` names the money: what can move only once."""

    raw: str
    body: bytes
    payload: x402.PaymentPayload
    key: str

    @property
    def response_header(self) -> str:
        return x402.RESPONSE_HEADER if self.payload.version == 2 else x402.RESPONSE_HEADER_V1

    def answers(self, offers: Sequence[x402.PaymentRequirements]) -> x402.PaymentRequirements | None:
        """The offer it pays; None for none of ours.

        Version 2 repeats the offer, and everything we said must be in there unchanged. Version 1 names only scheme and
        network, so that the amount that was signed tells which of several it is.
        """
        if self.payload.accepted is not None:
            accepted = self.payload.accepted
            return next((offer for offer in offers if _same(offer, accepted)), None)
        here = [offer for offer in offers if in_version_1(offer) and _where(offer) == _where(self.payload)]
        signed = _object(self.payload.payload).get("authorization")
        value = signed.get("value") if isinstance(signed, Mapping) else None
        return next((offer for offer in here if offer.amount == value), here[0] if here else None)


def read_payment(headers: Mapping[str, str]) -> Presented | None:
    """The payment in a request's headers (lower-case names), if there is one; raises `InvalidRequest` for junk."""
    for name, version in ((x402.SIGNATURE_HEADER, 2), (x402.SIGNATURE_HEADER_V1, 1)):
        raw = headers.get(name.lower())
        if raw:
            body = x402_reading.unheader(raw)
            payload = x402_reading.read_payload(body)
            if version == 2 and payload.version != 2:
                raise InvalidRequest(f"{name} carries x402 version 2")
            return Presented(raw, body, payload, _key(payload))
    return None


def in_version_1(offer: x402.PaymentRequirements) -> bool:
    """Whether version 1's SDKs can read it. They know EVM networks by their words, and choke on any other word."""
    return offer.chain.namespace == "eip155" and word_of(offer.chain) is not None


def _where(one: x402.PaymentRequirements | x402.PaymentPayload) -> tuple[str, str]:
    return one.scheme, one.network


def _same(offer: x402.PaymentRequirements, accepted: x402.PaymentRequirements) -> bool:
    bare = msgspec.structs.replace(accepted, extra=offer.extra)
    said, repeated = offer.extra or {}, accepted.extra or {}
    return bare == offer and all(repeated.get(name) == value for name, value in said.items())


def _key(payload: x402.PaymentPayload) -> str:
    """What of a payment no resigning, reordering or respelling changes, as far as can be told without its chain."""
    signed = _object(payload.payload)
    for kind in ("authorization", "permit2Authorization"):
        part = signed.get(kind)
        if isinstance(part, Mapping):
            parts = [part.get("from"), part.get("nonce")]
            if all(isinstance(text, str) for text in parts):
                return " ".join([payload.network, kind, *(str(text).lower() for text in parts)])
    raw = payload.payload
    if isinstance(signed.get("transaction"), str):
        text = str(signed["transaction"]).rstrip("=")
        try:
            raw = msgspec.Raw(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        except (ValueError, binascii.Error):
            raise InvalidRequest("payload.transaction: expected base64") from None
    return f"{payload.network} {hashlib.sha256(bytes(raw)).hexdigest()}"


def _object(raw: msgspec.Raw) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidRequest("payload: expected the scheme's own object")
    return found
