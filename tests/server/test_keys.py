"""Keys at work: scopes, environments, publishable keys, expiry, rotation, revocation."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from relay.devnet.network import DevNode
from relay.environment import Environment
from relay.key import ROLES, SCOPES, Kind
from relay.store.database import open_database
from relay.store.keys import Keys
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

NEEDS = [  # every scope, and a route that asks for it
    ("GET", "/v1/audit", "audit:read"),
    ("GET", "/v1/events", "events:read"),
    ("GET", "/v1/events/stream", "events:read"),
    ("GET", "/v1/invoices", "invoices:read"),
    ("GET", "/v1/invoices/inv_1", "invoices:read"),
    ("POST", "/v1/invoices", "invoices:write"),
    ("POST", "/v1/invoices/listing", "invoices:write"),
    ("POST", "/v1/invoices/inv_1/cancel", "invoices:write"),
    ("GET", "/v1/keys", "keys:read"),
    ("POST", "/v1/keys", "keys:write"),
    ("POST", "/v1/keys/sk_1/rotate", "keys:write"),
    ("POST", "/v1/keys/sk_1/revoke", "keys:write"),
    ("GET", "/v1/payments", "payments:read"),
    ("POST", "/v1/payments/pay_1/assign", "payments:write"),
    ("GET", "/check/?memo_id=1&receiver_id=0.0.1", "payments:read"),
]


async def make(url: str, key: str, **wish: Any) -> dict[str, Any]:
    status, body = await post(url, "/v1/keys", key, json=wish)
    assert status == 201, body
    return dict(body)


async def ask(url: str, method: str, path: str, key: str) -> tuple[int, Any]:
    return await (get(url, path, key) if method == "GET" else post(url, path, key, json={}))


async def test_a_missing_scope_is_an_error_that_names_it(relay: RelayProcess, keys: dict[str, str]) -> None:
    """Threat 26: an under-scoped key is refused, it does not get less."""
    for method, path, scope in NEEDS:
        others = [each for each in SCOPES if each != scope]
        lacking = (await make(relay.url, keys["shop"], scopes=others))["key"]
        status, problem = await ask(relay.url, method, path, lacking)
        assert (status, problem["code"], problem["scope"]) == (403, "forbidden", scope), path
        assert scope in problem["detail"]
        if "stream" not in path:
            having = (await make(relay.url, keys["shop"], scopes=[scope]))["key"]
            assert (await ask(relay.url, method, path, having))[0] in (200, 400, 404), path
    lacking = (await make(relay.url, keys["shop"], role="cashier"))["key"]
    assert set(ROLES["cashier"]) >= {"events:read"}
    no_events = (await make(relay.url, keys["shop"], scopes=["invoices:read"]))["key"]
    async with Listener(relay.url, {"apiKey": no_events}) as listener:
        refused = await listener.call("SUBSCRIBE", {"merchant": True})
        assert refused["error"]["code"] == "forbidden" and "events:read" in refused["error"]["message"]
    async with Listener(relay.url, {"apiKey": lacking}) as listener:
        assert (await listener.call("SUBSCRIBE", {"merchant": True}))["stream"] == "merchant:shop"


async def test_a_key_makes_no_key_that_may_more_than_itself(relay: RelayProcess, keys: dict[str, str]) -> None:
    clerk = (await make(relay.url, keys["shop"], scopes=["keys:write", "keys:read"]))["key"]
    strong = await make(relay.url, keys["shop"], scopes=["invoices:write"])
    status, problem = await post(relay.url, "/v1/keys", clerk, json={"scopes": ["invoices:write"]})
    assert (status, problem["scope"]) == (403, "invoices:write")
    assert (await post(relay.url, f"/v1/keys/{strong['id']}/rotate", clerk))[0] == 403
    assert (await post(relay.url, f"/v1/keys/{keys['shop'][:16]}/rotate", clerk))[0] == 403
    assert (await post(relay.url, "/v1/keys", clerk, json={"scopes": ["keys:read"]}))[0] == 201


NONSENSE = [
    ({}, "scopes"),
    ({"scopes": []}, "scopes"),
    ({"scopes": ["everything"]}, "everything"),
    ({"scopes": ["*"]}, "scopes"),
    ({"role": "god"}, "role"),
    ({"role": "viewer", "scopes": ["invoices:read"]}, "scopes"),
    ({"scopes": ["invoices:read"], "origins": ["https://a.example"]}, "origins"),
    ({"scopes": ["invoices:read"], "expiresIn": 0}, "expiresIn"),
    ({"scopes": ["invoices:read"], "name": "x" * 101}, "name"),
    ({"scopes": ["invoices:write"], "publishable": True}, "origins"),
    ({"scopes": ["invoices:write"], "publishable": True, "origins": ["https://a.example/x"]}, "origin"),
    ({"scopes": ["invoices:read"], "publishable": True, "origins": ["https://a.example"]}, "scopes"),
]


async def test_a_key_that_cannot_be_meant_is_refused(relay: RelayProcess, keys: dict[str, str]) -> None:
    for wish, says in NONSENSE:
        status, problem = await post(relay.url, "/v1/keys", keys["shop"], json=wish)
        assert (status, problem["code"]) == (400, "invalid_request"), wish
        assert says in problem["detail"], wish


async def test_a_page_makes_invoices_from_its_own_site_and_nothing_else(
    relay: RelayProcess, keys: dict[str, str]
) -> None:
    site = "https://shop.example"
    page = await make(relay.url, keys["shop"], scopes=["invoices:write"], publishable=True, origins=[f"{site}/"])
    key = page["key"]
    assert key.startswith("pk_test_") and page["origins"] == [site]
    wish = {"network": "hedera:devnet", "amount": "1000", "redirectUrl": f"{site}/thanks"}

    status, problem = await post(relay.url, "/v1/invoices", key, json=wish)
    assert (status, problem["detail"]) == (403, f"this key is for pages of {site}; the request names no Origin")
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": f"{site}.evil.example"}):
        status, problem = await post(relay.url, "/v1/invoices", key, json=wish, **origin)
        assert (status, problem["code"]) == (403, "forbidden"), origin
    status, made = await post(relay.url, "/v1/invoices", key, json=wish, Origin=site)
    assert status == 201 and made["secret"]
    for beyond in ({"contentId": "post-1"}, {"payTo": "0.0.2002"}, {"redirectUrl": "https://evil.example/"}):
        status, problem = await post(relay.url, "/v1/invoices", key, json={**wish, **beyond}, Origin=site)
        assert (status, problem["code"]) == (403, "forbidden"), beyond
    alternatives = [{"network": "hedera:devnet", "amount": "1", "payTo": "0.0.2002"}]
    assert (await post(relay.url, "/v1/invoices", key, json={"alternatives": alternatives}, Origin=site))[0] == 403

    status, read = await get(relay.url, f"/v1/invoices/{made['id']}", key, Origin=site)
    assert status == 200 and "secret" not in read and "metadata" not in read
    for method, path, _ in NEEDS:
        if "inv_1" not in path and (method, path) != ("POST", "/v1/invoices"):
            asking = get if method == "GET" else post
            assert (await asking(relay.url, path, key, Origin=site))[0] == 403, path
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        async with Listener(relay.url) as visitor:
            assert "error" not in await visitor.call("SUBSCRIBE", {"invoice": made["id"], "secret": made["secret"]})
            await visitor.call("CRYPTOTRANSFER", signed(made["memo"]))
            await visitor.until_status("settled")
    with pytest.raises(ConnectionRefusedError, match="forbidden"):
        async with Listener(relay.url, {"apiKey": key}):
            pass


async def test_a_key_that_expired_or_was_revoked_opens_nothing(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str
) -> None:
    made = await make(relay.url, keys["shop"], scopes=["invoices:read"])
    assert (await get(relay.url, "/v1/invoices", made["key"]))[0] == 200
    status, revoked = await post(relay.url, f"/v1/keys/{made['id']}/revoke", keys["shop"])
    assert status == 200 and revoked["revokedAt"]
    assert (await get(relay.url, "/v1/invoices", made["key"]))[0] == 401
    async with open_database(sqlite_url) as db:
        expired = await Keys(db).add("shop", "", lifetime=timedelta())
    status, problem = await get(relay.url, "/v1/invoices", expired.text)
    assert (status, problem["code"]) == (401, "unauthorized") and "expired" in problem["detail"]


async def test_a_rotated_key_and_its_successor_overlap(relay: RelayProcess, keys: dict[str, str]) -> None:
    made = await make(relay.url, keys["shop"], scopes=["invoices:read"], name="till 1")
    path = f"/v1/keys/{made['id']}/rotate"
    status, new = await post(relay.url, path, keys["shop"], json={"overlapSeconds": 600})
    assert status == 201 and (new["replaces"], new["name"]) == (made["id"], "till 1")
    for key in (made["key"], new["key"]):
        assert (await get(relay.url, "/v1/invoices", key))[0] == 200
    assert (await get(relay.url, f"/v1/keys/{made['id']}", keys["shop"]))[1]["expiresAt"] is not None
    assert (await post(relay.url, path, keys["shop"], json={"overlapSeconds": 0}))[0] == 201
    assert (await get(relay.url, "/v1/invoices", made["key"]))[0] == 401


async def test_a_key_is_shown_by_the_answer_that_makes_it_and_its_repetition_only(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str
) -> None:
    wish = {"scopes": ["invoices:read"]}
    first = await post(relay.url, "/v1/keys", keys["shop"], json=wish, Idempotency_Key="one")
    assert await post(relay.url, "/v1/keys", keys["shop"], json=wish, Idempotency_Key="one") == first
    made = first[1]
    assert "key" not in (await get(relay.url, f"/v1/keys/{made['id']}", keys["shop"]))[1]
    assert made["key"] not in str(await get(relay.url, "/v1/keys", keys["shop"]))
    async with open_database(sqlite_url) as db:
        kept = await db.read(lambda tx: tx.all("SELECT body FROM idempotency"))
    assert kept and not any(made["key"].encode() in bytes(row["body"]) for row in kept)


@pytest.mark.parametrize("by", ["the route", "the shell"])
async def test_revoking_a_key_ends_its_sockets_and_streams(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str, by: str
) -> None:
    made = await make(relay.url, keys["shop"], role="viewer")
    other = await make(relay.url, keys["shop"], role="viewer")
    async with (
        Listener(relay.url, {"apiKey": made["key"]}) as ended,
        Listener(relay.url, {"apiKey": other["key"]}) as kept,
        aiohttp.ClientSession() as http,
        http.get(f"{relay.url}/v1/events/stream", headers={"Authorization": f"Bearer {made['key']}"}) as stream,
    ):
        for listener in (ended, kept):
            await listener.call("SUBSCRIBE", {"merchant": True})
        if by == "the route":
            assert (await post(relay.url, f"/v1/keys/{made['id']}/revoke", keys["shop"]))[0] == 200
        else:
            async with open_database(sqlite_url) as db:
                await Keys(db).revoke("shop", made["id"])
        await ended.until_gone()
        with pytest.raises(aiohttp.ClientError):
            async with asyncio.timeout(30):
                while await stream.content.readline():
                    pass
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed())
        await kept.until_status("settled")
        assert ended.events == []


async def test_test_and_live_never_mix(database_url: str, devnet: DevNode, start_relay: Start) -> None:
    """One relay with both kinds of network: each key sees its own, and makes its own."""
    await prepare(database_url, MERCHANTS)
    async with open_database(database_url) as db:
        live, test = [
            (await Keys(db).add("shop", "", environment=environment)).text
            for environment in (Environment.LIVE, Environment.TEST)
        ]
    nodes = ", ".join(f'"{address}" = "{account}"' for address, account in devnet.network.items())
    mainnet = f'[chains."hedera:mainnet"]\nnodes = {{ {nodes} }}'
    relay = await start_relay(database_url, devnet, extra=f'master_key = "{"ab" * 32}"', chain=mainnet)
    here, there = (
        {"network": "hedera:devnet", "amount": "5"},
        {"network": "hedera:mainnet", "amount": "5", "payTo": "0.0.2001"},
    )

    status, made = await post(relay.url, "/v1/invoices", test, json=here)
    assert status == 201
    status, real = await post(relay.url, "/v1/invoices", live, json=there)
    assert status == 201
    for key, wish in ((test, there), (live, here)):
        status, problem = await post(relay.url, "/v1/invoices", key, json=wish)
        assert (status, problem["code"]) == (403, "forbidden")
    for key, own, other in ((test, made, real), (live, real, made)):
        assert (await get(relay.url, f"/v1/invoices/{own['id']}", key))[0] == 200
        assert (await get(relay.url, f"/v1/invoices/{other['id']}", key))[0] == 404
        assert (await post(relay.url, f"/v1/invoices/{other['id']}/cancel", key))[0] == 404
        assert [each["id"] for each in (await get(relay.url, "/v1/invoices", key))[1]["data"]] == [own["id"]]
    async with Listener(relay.url, {"apiKey": live}) as listens_live, Listener(relay.url, {"apiKey": test}) as listens:
        for listener in (listens_live, listens):
            await listener.call("SUBSCRIBE", {"merchant": True, "after": 0})
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed(made["memo"], pay_to=[("0.0.2001", 5)]))
            payment = (await payer.until_status("settled"))["payment"]
        await listens.until_status("settled")
        assert listens_live.events == []
    assert (await get(relay.url, "/v1/events", live))[1]["data"] == []
    assert (await get(relay.url, "/v1/payments", live))[1]["data"] == []
    assert (await get(relay.url, f"/v1/payments/{payment}", live))[0] == 404
    assert (await get(relay.url, f"/v1/payments/{payment}", test))[0] == 200
    assert len((await get(relay.url, "/v1/events", test))[1]["data"]) == 2
    keys_of = {
        key: {each["environment"] for each in (await get(relay.url, "/v1/keys", key))[1]["data"]}
        for key in (live, test)
    }
    assert keys_of == {live: {"live"}, test: {"test"}}


async def test_a_key_for_the_other_environment_is_refused_by_name(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str
) -> None:
    async with open_database(sqlite_url) as db:
        live = await Keys(db).add("shop", "", environment=Environment.LIVE)
        page = await Keys(db).add("shop", "", kind=Kind.PUBLISHABLE, scopes=[], origins=["https://a.example"])
    status, problem = await get(relay.url, "/v1/invoices", live.text)
    assert (status, problem["code"]) == (403, "forbidden") and "no live network" in problem["detail"]
    with pytest.raises(ConnectionRefusedError, match="forbidden"):
        async with Listener(relay.url, {"apiKey": live.text}):
            pass
    status, problem = await post(relay.url, "/v1/invoices", page.text, json={}, Origin="https://a.example")
    assert (status, problem["scope"]) == (403, "invoices:write")


async def test_what_was_done_with_keys_is_on_record(relay: RelayProcess, keys: dict[str, str]) -> None:
    made = await make(relay.url, keys["shop"], scopes=["audit:read"])
    _, log = await get(relay.url, "/v1/audit", made["key"])
    assert log["data"][-1] | {"time": "", "id": "", "hash": "", "seq": 0} == {
        "seq": 0, "id": "", "time": "", "hash": "", "merchant": "shop",
        "actor": keys["shop"][:16], "action": "key.added", "subject": made["id"], "detail": {"scopes": "audit:read"},
    }  # fmt: skip
    assert made["key"] not in str(log)
    _, page = await get(relay.url, "/v1/audit?limit=1", made["key"])
    assert page["hasMore"] and page["next"] == page["data"][0]["seq"]


async def test_an_invoice_of_the_demo_kind_needs_no_new_spelling(relay: RelayProcess, keys: dict[str, str]) -> None:
    assert (await invoice(relay.url, keys["shop"]))["status"] == "created"
