"""Webhooks as merchants see them: real relays, real receivers, on both databases."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
import standardwebhooks
from nacl.signing import VerifyKey

from relay.devnet.network import DevNode
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, post, signed
from tests.servers.receiver import Receiver, receiver
from tests.servers.relay_process import RelayProcess, prepare

QUICK = """
[webhooks]
allow_private = true
retry_seconds = [0, 0.2, 0.4, 0.8, 1.6, 3]
"""


@pytest_asyncio.fixture
async def shop() -> AsyncIterator[Receiver]:
    async with receiver() as here:
        yield here


@pytest_asyncio.fixture
async def relay(database_url: str, devnet: DevNode, start_relay: Start) -> RelayProcess:
    """A relay on either database whose merchants' keys are in `relay.keys`."""
    keys = await prepare(database_url, MERCHANTS)
    process = await start_relay(database_url, devnet, extra=QUICK)
    process.keys = keys  # type: ignore[attr-defined]
    return process


def key(relay: RelayProcess, merchant: str = "shop") -> str:
    return str(relay.keys[merchant])  # type: ignore[attr-defined]


async def endpoint(relay: RelayProcess, url: str, merchant: str = "shop", **fields: Any) -> dict[str, Any]:
    status, body = await post(relay.url, "/v1/webhooks", key(relay, merchant), json={"url": url, **fields})
    assert status == 201, body
    return dict(body)


async def pay(relay: RelayProcess, transaction: bytes) -> dict[str, Any]:
    wish = {"network": "hedera:devnet", "transaction": base64.b64encode(transaction).decode()}
    status, body = await post(relay.url, "/v1/payments", json=wish)
    assert status in (200, 201, 202), body
    return dict(body)


def types(calls: list[Any]) -> list[str]:
    return [call.event["type"] for call in calls]


async def test_an_ordinary_payment_is_told_in_order_and_verifies_with_the_independent_package(
    relay: RelayProcess, shop: Receiver
) -> None:
    made = await endpoint(relay, shop.url + "/hook")
    await pay(relay, signed())
    calls = await shop.until(lambda calls: len(calls) == 2)

    assert types(calls) == ["payment.submitted", "payment.settled"]
    log = (await get(relay.url, "/v1/events", key(relay)))[1]["data"]
    for call, event in zip(calls, log, strict=True):
        assert standardwebhooks.Webhook(made["secret"]).verify(call.body, call.headers) == event
        signature = call.headers["webhook-signature"].split()[1].removeprefix("v1a,")
        public = base64.b64decode(made["publicKeys"][0]["key"].removeprefix("whpk_"))
        told = f"{call.id}.{call.headers['webhook-timestamp']}.".encode() + call.body
        VerifyKey(public).verify(told, base64.b64decode(signature))
        assert call.id == event["id"]
