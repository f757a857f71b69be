"""An event as a signed webhook request, in the three forms receivers know. Pure.

    standard      the event's own body; `webhook-id`, `webhook-timestamp`, and in `webhook-signature` for every key a
                  `v1` (HMAC-SHA256) and a `v1a` (ed25519) over `id.timestamp.body` (standardwebhooks.com)
    hedera-2019   five keys in the original server's order; `Authorization: Signature <hex>`, ed25519 over the body
    pepay         `invoice.*` events; `x-pepay-signature`, HMAC-SHA256 over `timestamp.body`

During a rotation `standard` signs with both keys. The other two have room for one signature: the newest key's.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from relay.channel import Event
from relay.environment import environment_of
from relay.webhook import Endpoint, Keys, Profile, wants
from relay.wire import events

AGENT = "Relay-Webhooks/1"
SIGNATURE_BYTES = 64
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted."""

    headers: dict[str, str]
    body: bytes


def message(profile: Profile, keys: Sequence[Keys], event: Event, now: datetime) -> Message:
    """The request for an event that `speaks` said yes to. `keys` are those in force, newest first, at least one."""
    if not keys:
        raise ValueError("nothing is sent unsigned")
    stamp = str(int(now.timestamp()))
    match profile:
        case Profile.STANDARD:
            signed = f"{event.id}.{stamp}.".encode() + event.body
            return _message(
                event.body,
                {
                    "webhook-id": event.id,
                    "webhook-timestamp": stamp,
                    "webhook-signature": " ".join(_standard(signed, each) for each in keys),
                },
            )
        case Profile.HEDERA:
            body = _encode(_hedera(event))
            return _message(body, {"Authorization": f"Signature {_ed25519(body, keys[0]).hex()}"})
        case Profile.PEPAY:
            body = _encode(_pepay(event))
            key = secret_text(keys[0]).encode()  # as the merchant has it: PePay's receivers do not decode
            digest = hmac.digest(key, f"{stamp}.".encode() + body, "sha256").hex()
            return _message(body, {"x-pepay-timestamp": stamp, "x-pepay-signature": digest})
        case _:  # pragma: no cover  # mypy proves that every Profile has its case
            assert_never(profile)


def hears(endpoint: Endpoint, event: Event) -> bool:
    """Whether an event is for this endpoint: asked for, of its environment, and with a form in its profile."""
    if not wants(endpoint, event):
        return False
    network = events.network(event)
    here = endpoint.environment is None or network is None or environment_of(network) is endpoint.environment
    return here and speaks(endpoint.profile, event)


def speaks(profile: Profile, event: Event) -> bool:
    """Whether the event has a form in this profile."""
    match profile:
        case Profile.STANDARD:
            return True
        case Profile.HEDERA:  # a success on the ledger, never a mere precheck; the plugin splits the memo at its comma
            fields = events.as_json(event)
            settled = event.type == "payment.settled" and str(fields["network"]).startswith("hedera:")
            return settled and "," in str(fields["memo"])
        case Profile.PEPAY:
            return _pepay_kind(event, events.as_json(event)) is not None
        case _:  # pragma: no cover  # mypy proves that every Profile has its case
            assert_never(profile)


def once(profile: Profile, event: Event) -> str | None:
    """What the receiver must hear of once only: the 2019 plugin makes a new row, and unlocks, for every call."""
    return event.payment if profile is Profile.HEDERA else None


def secret_text(keys: Keys) -> str:
    """The shared secret as the receiver configures it."""
    return "whsec_" + base64.b64encode(keys.secret).decode()


def public_text(profile: Profile, keys: Keys) -> str:
    """The public key as the receiver configures it: hex in the 2019 plugin's settings."""
    public, _ = crypto_sign_seed_keypair(keys.seed)
    return public.hex() if profile is Profile.HEDERA else "whpk_" + base64.b64encode(public).decode()


def _message(body: bytes, headers: dict[str, str]) -> Message:
    return Message({"Content-Type": "application/json", "User-Agent": AGENT, **headers}, body)


def _standard(signed: bytes, keys: Keys) -> str:
    shared = base64.b64encode(hmac.digest(keys.secret, signed, "sha256")).decode()
    return f"v1,{shared} v1a,{base64.b64encode(_ed25519(signed, keys)).decode()}"


def _ed25519(signed: bytes, keys: Keys) -> bytes:
    _, secret = crypto_sign_seed_keypair(keys.seed)
    signature: bytes = crypto_sign(signed, secret)[:SIGNATURE_BYTES]
    return signature


def _hedera(event: Event) -> dict[str, object]:
    """The five keys; `cost` is the first transfer's amount and the nanoseconds have no leading zeros, as in 2019."""
    fields: dict[str, Any] = events.as_json(event)
    payer, _, start = str(fields["transactionId"]).partition("@")
    seconds, _, nanos = start.partition(".")
    return {
        "transactionId": f"{payer}@{seconds}.{int(nanos)}",
        "account": fields["payer"],
        "memo": fields["memo"],
        "cost": int(fields["payTo"][0]["amount"]),
        "nodePrecheckcode": 0,
    }


def _pepay_kind(event: Event, fields: Mapping[str, Any]) -> str | None:
    """What the event means for its invoice, in PePay's word; None for what PePay has no word for."""
    if event.invoice is None:
        return None
    if event.type == "invoice.expired":
        return "expired"
    if event.type != "payment.settled":
        return None
    if fields.get("invoiceStatus", "settled") != "settled":
        return "partial_payment"
    return "overpaid" if "over" in fields.get("invoiceFlags", ()) else "paid"


def _pepay(event: Event) -> dict[str, object]:
    fields = events.as_json(event)
    status = _pepay_kind(event, fields)
    return {
        "id": event.id,
        "type": f"invoice.{status}",
        "created": int(event.time.timestamp()),
        "data": {
            "invoice_id": event.invoice,
            "status": status,
            "amount_paid": fields.get("amount"),
            "payment_network": fields.get("network"),
            "transaction_hash": fields.get("transactionId"),
        },
    }
