"""What a merchant does with his endpoints: rotate a secret, have it all again; what he cannot do, and how one ends."""

from __future__ import annotations

import asyncio

import pytest
import standardwebhooks

from relay.devchain.ports import free_port
from relay.store.database import open_database
from tests.server.paying import post, signed
from tests.server.webhook_shops import Shop, database, devnet, hook, shop, shops
from tests.servers.receiver import Receiver

__all__ = ["database", "devnet", "hook", "shop", "shops"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_rotated_secret_overlaps_with_the_one_before(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url)
    status, rotated = await shop.post(f"/v1/webhooks/{made['id']}/rotate", overlapSeconds=600)
    assert status == 200
    assert rotated["secret"] != made["secret"]
    assert len(rotated["publicKeys"]) == 2
    await shop.post(f"/v1/webhooks/{made['id']}/test")
    [call] = await hook.until(lambda calls: len(calls) == 1)
    for secret in (made["secret"], rotated["secret"]):
        standardwebhooks.Webhook(secret).verify(call.body, call.headers)

    status, again = await shop.post(f"/v1/webhooks/{made['id']}/rotate", overlapSeconds=0)
    await shop.post(f"/v1/webhooks/{made['id']}/test")
    call = (await hook.until(lambda calls: len(calls) == 2))[1]
    standardwebhooks.Webhook(again["secret"]).verify(call.body, call.headers)
    for secret in (made["secret"], rotated["secret"]):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(call.body, call.headers)
    assert "secret" not in await shop.get(f"/v1/webhooks/{made['id']}")


async def test_one_event_or_a_range_is_delivered_again(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url, events=["payment.settled"])
    for number in range(1, 4):  # one after the other: no two are of one moment
        await shop.pay(signed())
        calls = await hook.until(lambda calls, number=number: len(calls) == number)  # type: ignore[misc]
    first = [call.event for call in calls]
    path = f"/v1/webhooks/{made['id']}/redeliver"

    assert await shop.post(path, event=first[1]["id"]) == (202, {"queued": 1, "hasMore": False, "next": None})
    calls = await hook.until(lambda calls: len(calls) == 4)
    assert (calls[3].id, calls[3].event) == (first[1]["id"], first[1])

    status, body = await shop.post(path, after=first[0]["seq"], upTo=first[2]["seq"])
    assert (status, body["queued"]) == (202, 2)
    await hook.until(lambda calls: len(calls) == 6)
    status, body = await shop.post(path, since=first[0]["time"], until=first[2]["time"])
    assert (status, body["queued"]) == (202, 2)
    calls = await hook.until(lambda calls: len(calls) == 8)
    assert {call.id for call in calls} == {event["id"] for event in first}
    for wrong in ({}, {"event": "evt_x", "after": 1}, {"after": 5, "upTo": 4}, {"since": "yesterday"}):
        assert (await shop.post(path, **wrong))[0] == 400
    assert (await shop.post(path, event="evt_none"))[0] == 404


async def test_endpoints_are_their_merchants_alone(shops: dict[str, Shop], shop: Shop, hook: Receiver) -> None:
    made, blog = await shop.endpoint(hook.url), shops["blog"]
    path = f"/v1/webhooks/{made['id']}"
    for method, tail in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/deliveries"),
        ("POST", "/rotate"),
        ("POST", "/test"),
        ("POST", "/redeliver"),
    ):
        assert (await blog.call(method, path + tail))[0] == 404, (method, tail)
    assert (await blog.get("/v1/webhooks"))["data"] == []
    await shop.pay(signed())
    event = (await shop.log())[-1]["id"]
    own = await blog.endpoint(hook.url)
    assert (await blog.post(f"/v1/webhooks/{own['id']}/redeliver", event=event))[0] == 404
    await blog.forget_endpoints()


async def test_a_wish_that_makes_no_sense_is_refused(shop: Shop, hook: Receiver) -> None:
    for wish in (
        {},
        {"url": 7},
        {"url": "http://169.254.169.254/latest/meta-data/"},
        {"url": "http://0x7f.1/"},
        {"url": "ftp://shop.example/"},
        {"url": hook.url, "events": []},
        {"url": hook.url, "events": ["payment.*.x"]},
        {"url": hook.url, "events": ["Payment"]},
        {"url": hook.url, "events": ["paymnt.settled"]},
        {"url": hook.url, "profile": "none"},
        {"url": hook.url, "description": "x" * 501},
        {"url": hook.url, "secret": "mine"},
    ):
        assert (await shop.post("/v1/webhooks", **wish))[0] == 400, wish
    status, body = await post(
        shop.relay.url,
        "/v1/invoices",
        shop.key,
        json={"network": "hedera:devnet", "amount": "1", "webhookUrl": "http://169.254.169.254/"},
    )
    assert (status, body["code"]) == (400, "invalid_request")


async def test_an_idempotent_creation_returns_the_same_endpoint_and_secret(shop: Shop, hook: Receiver) -> None:
    wish = {"json": {"url": hook.url}, "Idempotency_Key": f"hook {hook.url}"}
    first = await post(shop.relay.url, "/v1/webhooks", shop.key, **wish)
    assert first == await post(shop.relay.url, "/v1/webhooks", shop.key, **wish)
    assert len((await shop.get("/v1/webhooks"))["data"]) == 1


async def test_what_is_done_to_endpoints_is_in_the_audit_log_without_their_secrets(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url + "/?token=canary")
    await shop.post(f"/v1/webhooks/{made['id']}/rotate")
    await shop.call("PATCH", f"/v1/webhooks/{made['id']}", description="mine")
    await shop.call("DELETE", f"/v1/webhooks/{made['id']}")
    acts = [each for each in (await shop.get("/v1/audit?limit=500"))["data"] if each["subject"] == made["id"]]
    assert {each["action"] for each in acts} == {
        "webhook.added",
        "webhook.rotated",
        "webhook.changed",
        "webhook.deleted",
    }
    assert "canary" not in str(acts)
    assert made["secret"] not in str(acts)


async def test_an_endpoint_that_only_fails_is_disabled_in_the_end(shop: Shop) -> None:
    made = await shop.endpoint(f"http://127.0.0.1:{free_port()}/")
    await shop.pay(signed())
    hours_ago = "UPDATE webhook_endpoints SET failing_since = 0 WHERE id = :id AND failing_since IS NOT NULL"
    async with asyncio.timeout(40), open_database(shop.relay.database) as db:
        while not (shown := await shop.get(f"/v1/webhooks/{made['id']}"))["disabled"]:
            await db.write(lambda tx: tx.run(hours_ago, id=made["id"]))
            await asyncio.sleep(0.05)
    assert shown["disabledReason"].startswith("nothing but failures since ")
    lines = (await shop.get(f"/v1/webhooks/{made['id']}/deliveries"))["data"]
    assert {line["status"] for line in lines} == {"failed"}
    assert lines[-1]["attempts"][0] | {"at": 0, "latencyMs": 0} == {
        "at": 0,
        "status": None,
        "latencyMs": 0,
        "response": "",
        "error": "the connection was not accepted",
    }
