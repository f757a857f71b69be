"""x402's objects as buyers and resource servers write them, with whatever a test changes in them."""

from __future__ import annotations

from typing import Any

import msgspec

from relay.wire.x402 import PaymentPayload, PaymentRequirements
from relay.wire.x402_reading import read_call
from tests.servers.evm import Token

Json = dict[str, Any]


def terms(token: Token, to: str, amount: int, **other: Any) -> Json:
    """PaymentRequirements of version 2."""
    return {
        "scheme": "exact",
        "network": f"eip155:{token.domain['chainId']}",
        "asset": token.address,
        "amount": str(amount),
        "payTo": to,
        "maxTimeoutSeconds": 60,
        "extra": {"name": token.domain["name"], "version": token.domain["version"]},
    } | other


def call(payload: Json, asked: Json, **other: Any) -> Json:
    """The body of /verify and /settle; `other` changes the PaymentPayload."""
    paid = {"x402Version": 2, "payload": payload, "accepted": asked} | other
    return {"x402Version": 2, "paymentPayload": paid, "paymentRequirements": asked}


def old(payload: Json, asked: Json, network: str) -> Json:
    """The same in version 1."""
    requirements = {
        **{name: asked[name] for name in ("scheme", "payTo", "maxTimeoutSeconds", "asset", "extra")},
        "network": network,
        "maxAmountRequired": asked["amount"],
        "resource": "https://shop.example/page",
        "description": "a page",
        "mimeType": "text/plain",
    }
    paid = {"x402Version": 1, "scheme": "exact", "network": network, "payload": payload}
    return {"x402Version": 1, "paymentPayload": paid, "paymentRequirements": requirements}


def objects(body: Json) -> tuple[PaymentPayload, PaymentRequirements]:
    """The same as the facilitator's verbs take it."""
    return read_call(msgspec.json.encode(body)).parts()
