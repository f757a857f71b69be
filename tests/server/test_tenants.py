"""Two merchants on one relay (threat 22): with one's key, nothing of the other's, by any route or socket event.

The routes are read off the router, so a new one is asked too. What it answers another merchant's key may be a refusal
or an empty list; never a 5xx, never a word that is the other's.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from aiohttp import web

from relay.app import open_relay
from relay.devchain.ports import free_port
from relay.devnet import open_devnet
from relay.settings import ServerOptions, Settings, WebhookOptions
from tests.conftest import MERCHANTS
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import SIGNING_KEY, prepare

PUBLIC = ("/v1/networks", "/.well-known/jwks.json", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs")
STREAMS = ("/v1/events/stream",)
ID = re.compile(r"\b(?:inv|pay|evt|ivs|we|whk|act|del)_[\w-]{20,}|sk_test_[\w-]{8,}")


@dataclass
class Tenants:
    """A relay, its routes, and everything the shop has."""

    url: str
    keys: dict[str, str]
    routes: set[tuple[str, str]]
    shop: dict[str, Any] = field(default_factory=dict)

    @property
    def secrets(self) -> set[str]:
        """Every word that is the shop's alone."""
        return set(ID.findall(json.dumps(self.shop))) | {self.shop["memo"], "canary-of-the-shop"}


@pytest_asyncio.fixture
async def tenants(database_url: str, tmp_path: Path) -> AsyncIterator[Tenants]:
    keys = await prepare(database_url, MERCHANTS)
    routes: set[tuple[str, str]] = set()

    def learn(app: object, web_app: web.Application) -> None:
        for route in web_app.router.routes():
            if route.resource is not None and route.method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                routes.add((route.method, route.resource.canonical))

    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(open_devnet(consensus=timedelta(milliseconds=30)))
        port = free_port()
        chain: dict[str, object] = {"nodes": node.network, "mirror": node.mirror}
        settings = Settings(
            public_url=f"http://127.0.0.1:{port}",
            signing_key=SIGNING_KEY,
            database=database_url,
            server=ServerOptions(port=port),
            webhooks=WebhookOptions(allow_private=True),
            chains={"hedera:devnet": chain},
        )
        await stack.enter_async_context(open_relay(settings, extend=learn))
        tenants = Tenants(settings.public_url, keys, routes)
        await _live_a_little(tenants)
        yield tenants


async def _live_a_little(tenants: Tenants) -> None:
    url, key = tenants.url, tenants.keys["shop"]
    paid = await invoice(url, key, contentId="canary-of-the-shop", metadata={"note": "canary-of-the-shop"})
    unpaid = await invoice(url, key)
    async with Listener(url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(paid["memo"]))
        settled = await payer.until_status("settled")
    _, made = await post(url, "/v1/keys", key, json={"name": "canary-of-the-shop", "scopes": ["invoices:read"]})
    status, endpoint = await post(url, "/v1/webhooks", key, json={"url": "http://127.0.0.1:9/canary-of-the-shop"})
    assert status == 201, endpoint
    tenants.shop = {
        "endpoint": endpoint,
        "paid": paid,
        "unpaid": unpaid,
        "memo": paid["memo"],
        "payment": settled["payment"],
        "key": made["id"],
        "events": (await get(url, "/v1/events", key))[1]["data"],
        "audit": (await get(url, "/v1/audit", key))[1]["data"],
    }


async def test_every_route_keeps_two_merchants_apart(tenants: Tenants) -> None:
    ids = [tenants.shop["unpaid"]["id"], tenants.shop["paid"]["id"], tenants.shop["payment"], tenants.shop["key"]]
    ids += [tenants.shop["endpoint"]["id"], *(event["id"] for event in tenants.shop["events"])]
    asked = 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {tenants.keys['blog']}"}) as http:
        for method, path in sorted(tenants.routes):
            if path in PUBLIC or path in STREAMS or not path.startswith(("/v1/", "/check")):
                continue
            for id in ids if "{" in path else [""]:
                target = re.sub(r"\{[^}]+\}", id, path)
                query = f"?memo_id={tenants.shop['memo']}&receiver_id=0.0.2001" if path.startswith("/check") else ""
                sent = None if method == "GET" else {}
                async with http.request(method, tenants.url + target + query, json=sent) as answer:
                    body, asked = await answer.text(), asked + 1
                assert answer.status < 500, (method, target, body)
                if "{" in path:
                    assert answer.status in (400, 401, 403, 404, 405, 422), (method, target, body)
                leaked = {word for word in tenants.secrets - {id} if word in body}
                assert not leaked, (method, target, leaked)
    for id, path in ((ids[0], "invoices"), (ids[2], "payments"), (ids[3], "keys"), (ids[4], "webhooks")):
        assert (await get(tenants.url, f"/v1/{path}/{id}", tenants.keys["shop"]))[0] == 200  # and nothing is gone
    assert asked > 100


async def test_filters_find_nothing_of_another_merchant(tenants: Tenants) -> None:
    shop, blog = tenants.shop, tenants.keys["blog"]
    for path in (
        f"/v1/payments?invoice={shop['paid']['id']}",
        "/v1/payments?payer=0.0.1001",
        f"/v1/payments?transaction={shop['events'][0]['transactionId']}",
        "/v1/payments?content=canary-of-the-shop",
        "/v1/invoices?content=canary-of-the-shop",
        "/v1/events?after=0",
        "/v1/audit?after=1",
        "/v1/keys",
        "/v1/webhooks",
        f"/v1/webhooks?invoice={shop['paid']['id']}",
    ):
        status, body = await get(tenants.url, path, blog)
        assert status == 200, path
        assert not {word for word in tenants.secrets if word in json.dumps(body)}, path


async def test_what_a_stranger_did_changes_nothing_of_a_merchants(tenants: Tenants) -> None:
    unpaid, key = tenants.shop["unpaid"]["id"], tenants.shop["key"]
    assert (await post(tenants.url, f"/v1/invoices/{unpaid}/cancel", tenants.keys["blog"]))[0] == 404
    assert (await post(tenants.url, f"/v1/keys/{key}/revoke", tenants.keys["blog"]))[0] == 404
    assert (await post(tenants.url, f"/v1/keys/{key}/rotate", tenants.keys["blog"]))[0] == 404
    endpoint = tenants.shop["endpoint"]["id"]
    _, own = await post(tenants.url, "/v1/webhooks", tenants.keys["blog"], json={"url": "http://127.0.0.1:9/mine"})
    for event in tenants.shop["events"]:  # to one's own endpoint, what happened to another
        wish = {"event": event["id"]}
        assert (await post(tenants.url, f"/v1/webhooks/{own['id']}/redeliver", tenants.keys["blog"], json=wish))[
            0
        ] == 404
    for path in ("rotate", "test", "redeliver"):
        assert (await post(tenants.url, f"/v1/webhooks/{endpoint}/{path}", tenants.keys["blog"]))[0] == 404
    assert (await get(tenants.url, f"/v1/webhooks/{endpoint}", tenants.keys["shop"]))[0] == 200
    assert (await get(tenants.url, f"/v1/invoices/{unpaid}", tenants.keys["shop"]))[1]["status"] == "created"
    assert (await get(tenants.url, f"/v1/keys/{key}", tenants.keys["shop"]))[1]["revokedAt"] is None


async def test_every_room_keeps_two_merchants_apart(tenants: Tenants) -> None:
    paid = tenants.shop["paid"]
    async with Listener(tenants.url, {"apiKey": tenants.keys["blog"]}) as rival:
        for argument in (
            {"merchant": True, "after": 0},
            {"merchant": True, "content": "canary-of-the-shop", "after": 0},
            {"merchant": "shop", "after": 0},
            {"merchant": True, "stream": "merchant:shop"},
            {"invoice": paid["id"], "secret": "ivs_" + "A" * 32, "after": 0},
            {"invoice": paid["id"], "after": 0},
            {"invoice": paid["id"], "secret": tenants.shop["unpaid"]["secret"], "after": 0},
            {"payment": tenants.shop["payment"], "after": 0},
        ):
            for event in ("SUBSCRIBE", "UNSUBSCRIBE"):
                answer = json.dumps(await rival.call(event, argument))
                assert not {word for word in tenants.secrets - {paid["id"]} if word in answer}, (event, argument)
        await rival.call("SUBSCRIBE", {"merchant": True, "after": 0})
        async with Listener(tenants.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed(pay_to=[("0.0.2001", 5)]))  # live, to the shop
            await payer.until_status("settled")
            await payer.call("CRYPTOTRANSFER", signed(pay_to=[("0.0.2002", 5)]))  # and one to the rival, to wait for
        await rival.until_status("settled")
        assert {event["stream"] for event in rival.events} == {"merchant:blog"}


async def test_bytes_of_one_merchants_payment_tell_another_nothing(tenants: Tenants) -> None:
    mine = await invoice(tenants.url, tenants.keys["blog"])
    bytes_of_shop = signed(tenants.shop["unpaid"]["memo"])
    status, body = await post(
        tenants.url, "/v1/payments", tenants.keys["blog"],
        json={"network": "hedera:devnet", "transaction": bytes_of_shop.hex().join(("0x", "")), "invoice": mine["id"]},
    )  # fmt: skip
    assert status == 422
    assert not {word for word in tenants.secrets if word in json.dumps(body)}
