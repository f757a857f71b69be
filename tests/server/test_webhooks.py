"""Webhooks as merchants see them: real relays, real receivers, on both databases."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime
from typing import Any

import aiohttp
import pytest
import standardwebhooks
from nacl.signing import VerifyKey

from relay.devnet.network import DevNode
from relay.store.database import open_database
from tests.server.paying import get, invoice, signed
from tests.server.test_watch import send
from tests.server.webhook_shops import Shop, database, devnet, hook, shop, shops
from tests.servers.listener import Listener
from tests.servers.receiver import Call, Receiver, receiver

__all__ = ["database", "devnet", "hook", "shop", "shops"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def types(calls: list[Call]) -> list[str]:
    return [call.event["type"] for call in calls]


def of(calls: list[Call], payment: dict[str, Any]) -> list[str]:
    return [call.event["type"] for call in calls if call.event["payment"] == payment["payment"]]


BOTH = ["payment.submitted", "payment.settled"]


async def test_a_payment_is_told_in_order_and_verifies_with_the_independent_package(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url + "/hook")
    await shop.pay(signed())
    calls = await hook.until(lambda calls: len(calls) == 2)

    assert types(calls) == BOTH
    for call, event in zip(calls, (await shop.log())[-2:], strict=True):
        assert standardwebhooks.Webhook(made["secret"]).verify(call.body, call.headers) == event
        signature = call.headers["webhook-signature"].split()[1].removeprefix("v1a,")
        public = base64.b64decode(made["publicKeys"][0]["key"].removeprefix("whpk_"))
        told = f"{call.id}.{call.headers['webhook-timestamp']}.".encode() + call.body
        VerifyKey(public).verify(told, base64.b64decode(signature))
        assert call.id == event["id"]


async def test_a_merchant_is_told_within_milliseconds_of_the_event(shop: Shop, hook: Receiver) -> None:
    await shop.endpoint(hook.url)
    for number in range(1, 9):
        await shop.pay(signed())
        await hook.until(lambda calls, number=number: len(calls) == 2 * number)  # type: ignore[misc]
    late = sorted((call.when - datetime.fromisoformat(call.event["time"])).total_seconds() for call in hook.calls)
    assert late[len(late) // 4] < 0.5, late  # a poll would take a second: a payment begins when the last was told


async def test_socket_sse_rest_and_webhook_carry_the_same_ids_and_bytes(
    shop: Shop, hook: Receiver, devnet: DevNode
) -> None:
    made = await shop.endpoint(hook.url)
    before = (await shop.log())[-1]["seq"] if await shop.log() else 0
    async with (
        Listener(shop.relay.url, {"apiKey": shop.key}) as socket,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {shop.key}", "Last-Event-ID": str(before)}) as http,
        http.get(shop.relay.url + "/v1/events/stream") as stream,
        http.get(f"{shop.relay.url}/v1/events?after={before}") as nothing_yet,
    ):
        assert (await nothing_yet.json())["data"] == []
        await socket.call("SUBSCRIBE", {"merchant": True, "after": before})
        await shop.pay(signed())
        await hook.until(lambda calls: len(calls) == 2)
        await invoice(shop.relay.url, shop.key, expiresIn=1)
        cancelled = await invoice(shop.relay.url, shop.key)
        await shop.post(f"/v1/invoices/{cancelled['id']}/cancel")
        async with asyncio.timeout(40):
            sent = 0
            while "funds.unassigned" not in types(hook.calls):  # also when this relay has only just begun to watch
                sent += 1
                await send(devnet, signed(f"for no invoice {sent}"))
                await asyncio.sleep(0.1)
            last = f"for no invoice {sent}"
            while last not in [event.get("memo") for event in await shop.log()]:  # or another test would hear of it
                await asyncio.sleep(0.05)
        await hook.until(lambda calls: {"invoice.expired", "invoice.cancelled", "funds.unassigned"} <= {*types(calls)})
        hook.status = 410  # and one that is about no payment
        await shop.pay(signed())
        heard = await socket.until(lambda events: any(event["type"] == "webhook.disabled" for event in events))
        bodies: dict[int, bytes] = {}
        async with asyncio.timeout(30):
            while len(bodies) < len(heard):
                line = await stream.content.readline()
                if line.startswith(b"data: "):
                    bodies[before + len(bodies) + 1] = line.removeprefix(b"data: ").rstrip(b"\n")
        async with http.get(f"{shop.relay.url}/v1/events?after={before}&limit={len(heard)}") as answer:
            rest = await answer.read()

    log = (await shop.log())[before:][: len(heard)]  # what came later is of no account
    assert [event["type"] for event in log].count("webhook.disabled") == 1
    assert heard == log
    assert b'"data":[' + b",".join(bodies.values()) + b"]" in rest
    for call in hook.calls:
        assert call.body == bodies.get(call.event["seq"], call.body)
    assert {"payment.settled", "invoice.expired", "invoice.cancelled", "funds.unassigned"} <= {*types(hook.calls)}
    disabled = next(event for event in log if event["type"] == "webhook.disabled")
    assert disabled["endpoint"] == made["id"]
    assert "410" in disabled["reason"]


async def test_an_endpoint_hears_only_the_types_it_asked_for_and_only_of_its_merchant(
    shops: dict[str, Shop], shop: Shop, hook: Receiver
) -> None:
    await shop.endpoint(hook.url + "/settled", events=["payment.settled"])
    await shop.endpoint(hook.url + "/all", events=["payment.*", "payment.settled"])
    await shops["blog"].endpoint(hook.url + "/blog")
    paid = await shop.pay(signed())
    await hook.until(lambda calls: len(of(calls, paid)) >= 3)
    await shops["blog"].pay(signed(pay_to=[("0.0.2002", 5)]))
    await hook.until(lambda calls: len(hook.of("/blog")) == 2)

    assert of(hook.of("/settled"), paid) == ["payment.settled"]
    assert of(hook.of("/all"), paid) == BOTH
    assert of(hook.of("/blog"), paid) == []
    assert types(hook.of("/blog")) == BOTH
    await shops["blog"].forget_endpoints()


async def test_a_failed_delivery_is_tried_again_and_the_lane_waits_for_it(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url)
    hook.status, hook.body = 500, b"<b>broken\x00\x1b[31m</b>" + b"x" * 1_000_000
    payment = await shop.pay(signed())
    await hook.until(lambda calls: len(calls) >= 3)
    assert set(of(hook.calls, payment)) == {"payment.submitted"}

    hook.status, hook.body = 204, b""
    await hook.until(lambda calls: of(calls, payment)[-1] == "payment.settled")
    told = types(hook.calls)
    assert told == [*["payment.submitted"] * (len(told) - 1), "payment.settled"]
    assert len({call.id for call in hook.calls}) == 2

    lines = await shop.delivered(made, type="payment.settled", status="delivered")
    line = next(line for line in lines if line["type"] == "payment.submitted")
    assert [attempt["status"] for attempt in line["attempts"]] == [500] * (len(told) - 2) + [204]
    excerpt = line["attempts"][0]["response"]
    assert excerpt.startswith("<b>broken\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31m</b>xxx")
    assert len(excerpt) == 512
    assert line["nextTryAt"] is None


async def test_a_lease_that_ran_out_while_a_call_was_under_way_makes_no_second_one(shop: Shop, hook: Receiver) -> None:
    await shop.endpoint(hook.url)
    hook.hold = asyncio.Event()
    first = await shop.pay(signed())
    await hook.until(lambda calls: bool(of(calls, first)))
    async with open_database(shop.relay.database) as db:  # as if it could not be renewed in time
        await db.write(lambda tx: tx.run("UPDATE webhook_endpoints SET held_until = 0"))
    second = await shop.pay(signed())  # its news make the relay look for endpoints that nobody holds
    await hook.until(lambda calls: bool(of(calls, second)))
    hook.hold.set()
    await hook.until(lambda calls: "payment.settled" in of(calls, first) and "payment.settled" in of(calls, second))
    assert (of(hook.calls, first), of(hook.calls, second)) == (BOTH, BOTH)


async def test_one_invoice_that_fails_holds_up_no_other(shop: Shop, hook: Receiver) -> None:
    bad, good = [await invoice(shop.relay.url, shop.key, webhookUrl=f"{hook.url}/{name}") for name in ("bad", "good")]
    hook.statuses["/bad"] = 500
    await shop.pay(signed(bad["memo"]))
    await shop.pay(signed(good["memo"]))
    await hook.until(lambda calls: len(hook.of("/good")) == 2 and bool(hook.of("/bad")))

    assert set(types(hook.of("/bad"))) == {"payment.submitted"}
    hook.statuses.clear()
    await hook.until(lambda calls: types(hook.of("/bad"))[-1] == "payment.settled")


async def test_the_webhook_url_of_an_invoice_hears_of_that_invoice_alone_and_is_signed(
    shop: Shop, hook: Receiver
) -> None:
    asked = await invoice(shop.relay.url, shop.key, webhookUrl=hook.url + "/one")
    other = await invoice(shop.relay.url, shop.key)
    await shop.pay(signed(other["memo"]))
    await shop.pay(signed(asked["memo"]))
    calls = await hook.until(lambda calls: len(calls) == 2)

    assert {call.event["invoice"] for call in calls} == {asked["id"]}
    for call in calls:
        standardwebhooks.Webhook(asked["webhookSecret"]).verify(call.body, call.headers)
    assert "webhookSecret" not in other
    assert "webhookSecret" not in await shop.get(f"/v1/invoices/{asked['id']}")
    assert (await shop.get(f"/v1/invoices/{asked['id']}"))["webhookUrl"] == hook.url + "/one"
    public = (await get(shop.relay.url, f"/v1/invoices/{asked['id']}"))[1]
    assert "webhookUrl" not in public
    [line] = (await shop.get(f"/v1/webhooks?invoice={asked['id']}"))["data"]
    assert [each["status"] for each in (await shop.get(f"/v1/webhooks/{line['id']}/deliveries"))["data"]]


async def test_a_receiver_that_hangs_does_not_hold_up_others_nor_get_more_calls_than_its_bound(
    shop: Shop, hook: Receiver
) -> None:
    async with receiver() as slow, receiver() as dead:
        slow.hold = dead.hold = asyncio.Event()
        for number in range(15):  # with eight calls each, more than a client of aiohttp connects at once unasked
            await shop.endpoint(f"{dead.url}/{number}")
        await shop.endpoint(slow.url)
        await shop.endpoint(hook.url)
        await asyncio.gather(*(shop.pay(signed()) for _ in range(10)))
        await hook.until(lambda calls: len(calls) == 20, seconds=14)  # less than the 15 s that the others get
        await dead.until(lambda calls: len(calls) > 40)
        await slow.until(lambda calls: len(calls) == 8)
        assert slow.most_waiting == 8
        slow.hold.set()
        await slow.until(lambda calls: len(calls) == 20)
        assert slow.most_waiting == 8
        for seen in (slow, hook):
            for payment in {call.event["payment"] for call in seen.calls}:
                assert of(seen.calls, {"payment": payment}) == BOTH


async def test_410_disables_the_endpoint_and_says_so(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url)
    hook.status = 410
    await shop.pay(signed())
    async with asyncio.timeout(30):
        while not (shown := await shop.get(f"/v1/webhooks/{made['id']}"))["disabled"]:
            await asyncio.sleep(0.02)
    assert "410" in shown["disabledReason"]
    news = next(event for event in reversed(await shop.log()) if event["type"] == "webhook.disabled")
    assert (news["endpoint"], news["payment"]) == (made["id"], None)
    calls = len(hook.calls)
    paid = await shop.pay(signed())
    async with asyncio.timeout(40):
        while (await shop.get(f"/v1/payments/{paid['payment']}"))["status"] != "settled":
            await asyncio.sleep(0.02)

    hook.status = 200
    assert (await shop.post(f"/v1/webhooks/{made['id']}/test"))[0] == 409
    status, shown = await shop.call("PATCH", f"/v1/webhooks/{made['id']}", disabled=False)
    assert (status, shown["disabled"]) == (200, False)
    await shop.post(f"/v1/webhooks/{made['id']}/test")
    await hook.until(lambda seen: "webhook.test" in types(seen[calls:]))
    assert not [kind for kind in types(hook.calls[calls:]) if kind.startswith("payment.")]


async def test_a_redirect_is_a_failure_and_is_not_followed(shop: Shop, hook: Receiver) -> None:
    async with receiver() as inside:
        hook.status, hook.headers = 307, {"Location": inside.url}
        made = await shop.endpoint(hook.url)
        await shop.post(f"/v1/webhooks/{made['id']}/test")
        await hook.until(lambda calls: len(calls) >= 2)
        assert not inside.calls
        lines = await shop.delivered(made, responseStatus=307)
        assert "redirect" in lines[0]["attempts"][0]["error"]


async def test_retry_after_is_honoured_for_all_of_the_endpoint(shop: Shop, hook: Receiver) -> None:
    await shop.endpoint(hook.url)
    hook.status, hook.headers = 429, {"Retry-After": "1"}
    await shop.pay(signed())
    await hook.until(lambda calls: len(calls) == 1)
    hook.status, hook.headers = 200, {}
    await shop.pay(signed())
    first, *rest = await hook.until(lambda calls: len(calls) == 5)
    assert rest[0].at - first.at >= 1


async def test_the_2019_plugin_hears_of_each_success_once_in_its_own_form(shop: Shop, hook: Receiver) -> None:
    made = await shop.endpoint(hook.url + "/?rest_route=/hedera-micropayment/v1/hello", profile="hedera-2019")
    assert "secret" not in made
    await shop.pay(signed("no comma here"))
    paid = await shop.pay(signed("anon-7,383"))
    [call] = await hook.until(lambda calls: len(calls) == 1)

    start = paid["transactionId"].split("@")[1]
    seconds, nanos = start.split(".")
    assert (
        call.body
        == (
            f'{{"transactionId":"0.0.1001@{seconds}.{int(nanos)}","account":"0.0.1001","memo":"anon-7,383","cost":1000,'
            '"nodePrecheckcode":0}'
        ).encode()
    )
    scheme, signature = call.headers["authorization"].split(" ")
    assert (scheme, len(signature)) == ("Signature", 128)
    VerifyKey(bytes.fromhex(made["publicKeys"][0]["key"])).verify(call.body, bytes.fromhex(signature))
    assert call.headers["content-type"] == "application/json"
    assert call.path == "/?rest_route=/hedera-micropayment/v1/hello"
