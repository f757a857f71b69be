"""The HTTP face: invoices, idempotency, networks, problems, limits, a graceful stop."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from relay.access import read_revoked
from relay.devnet.network import DevNode
from tests.conftest import Start
from tests.server.paying import get, invoice, post, signed, until_reached
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess


async def test_an_invoice_says_what_to_sign(relay: RelayProcess, keys: dict[str, str]) -> None:
    asked = await invoice(
        relay.url,
        keys["shop"],
        payTo=[{"account": "0.0.2001", "amount": "700"}, {"account": "0.0.2002", "amount": "300"}],
        expiresIn=60,
        metadata={"order": "7"},
    )
    assert asked["status"] == "created"
    assert asked["requirements"] == [
        {
            "scheme": "signed",
            "network": "hedera:devnet",
            "asset": "0.0.0",
            "amount": "1000",
            "payTo": [{"account": "0.0.2001", "amount": "700"}, {"account": "0.0.2002", "amount": "300"}],
            "memo": asked["memo"],
        }
    ]
    assert asked["url"] == f"{relay.url}/i/{asked['id']}"
    assert (await get(relay.url, f"/v1/invoices/{asked['id']}", keys["shop"]))[1] == asked
    public = (await get(relay.url, f"/v1/invoices/{asked['id']}"))[1]
    assert public == {name: value for name, value in asked.items() if name not in ("secret", "metadata", "webhookUrl")}
    assert (await get(relay.url, f"/i/{asked['id']}"))[1] == public
    assert (await get(relay.url, f"/v1/invoices/{asked['id']}", keys["blog"]))[0] == 404
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"], pay_to=[("0.0.2002", 300), ("0.0.2001", 700)]))
        assert (await payer.until_status("settled"))["amount"] == "1000"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": 5}, "amount"),
        ({"amount": "1.5"}, "amount"),
        ({"amount": "01"}, "amount"),
        ({"network": None}, "network"),
        ({"network": "hedera"}, "network"),
        ({"network": "hedera:mainnet"}, "network"),
        ({"asset": "0.0.99"}, "asset: '0.0.99' is not taken on hedera:devnet; it takes 0.0.0 (HBAR), 0.0.5001 (DUSD)"),
        ({"payTo": "bob"}, "account"),
        ({"payTo": [{"account": "0.0.2001", "amount": "999"}]}, "payTo"),
        ({"payTo": []}, "payTo"),
        ({"expiresIn": 0}, "expiresIn"),
        ({"expiresIn": 10**9}, "expiresIn"),
        ({"redirectUrl": "javascript:alert(1)"}, "redirectUrl"),
        ({"origin": "https://a.example/path"}, "origin"),
        ({"metadata": {"x": "y" * 5000}}, "metadata"),
        ({"contentId": ""}, "contentId"),
        ({"memo": "mine"}, "memo"),
        ({"alternatives": []}, "alternatives"),
    ],
)
async def test_a_wish_that_cannot_be_met_names_the_field(
    relay: RelayProcess, keys: dict[str, str], wish: dict[str, Any], field: str
) -> None:
    whole = {"network": "hedera:devnet", "amount": "1000", **wish}
    status, problem = await post(relay.url, "/v1/invoices", keys["shop"], json=whole)
    assert 400 <= status < 500
    assert field in problem["detail"]
    assert problem["code"] in ("invalid_request", "unsupported_network", "too_large")


async def test_an_expired_invoice_is_not_paid(relay: RelayProcess, keys: dict[str, str], devnet: DevNode) -> None:
    asked = await invoice(relay.url, keys["shop"], expiresIn=1)
    async with asyncio.timeout(30):
        while (await get(relay.url, f"/v1/invoices/{asked['id']}"))[1]["status"] != "expired":
            await asyncio.sleep(0.05)
    async with Listener(relay.url) as payer:
        assert (await payer.call("CRYPTOTRANSFER", signed(asked["memo"])))["reason"] == "invoice_expired"
    assert devnet.seen == []


async def test_a_cancelled_invoice_is_not_paid(relay: RelayProcess, keys: dict[str, str], devnet: DevNode) -> None:
    asked = await invoice(relay.url, keys["shop"])
    assert (await post(relay.url, f"/v1/invoices/{asked['id']}/cancel", keys["blog"]))[0] == 404
    assert (await post(relay.url, f"/v1/invoices/{asked['id']}/cancel", keys["shop"]))[1]["status"] == "cancelled"
    assert (await post(relay.url, f"/v1/invoices/{asked['id']}/cancel", keys["shop"]))[0] == 200  # safe to repeat
    async with Listener(relay.url) as payer:
        assert (await payer.call("CRYPTOTRANSFER", signed(asked["memo"])))["reason"] == "invoice_expired"
    assert devnet.seen == []


async def test_an_idempotency_key_makes_one_invoice(relay: RelayProcess, keys: dict[str, str]) -> None:
    wish = {"network": "hedera:devnet", "amount": "1000"}
    first = await post(relay.url, "/v1/invoices", keys["shop"], json=wish, Idempotency_Key="order-7")
    again = await post(relay.url, "/v1/invoices", keys["shop"], json=wish, Idempotency_Key="order-7")
    assert first == again and first[0] == 201
    other = await post(relay.url, "/v1/invoices", keys["blog"], json=wish, Idempotency_Key="order-7")
    assert other[1]["id"] != first[1]["id"]
    different = {**wish, "amount": "1001"}
    assert (await post(relay.url, "/v1/invoices", keys["shop"], json=different, Idempotency_Key="order-7"))[0] == 422
    listed = (await get(relay.url, "/v1/invoices", keys["shop"]))[1]
    assert [found["id"] for found in listed["data"]] == [first[1]["id"]]


async def test_lists_are_paged(relay: RelayProcess, keys: dict[str, str]) -> None:
    made = [(await invoice(relay.url, keys["shop"]))["id"] for _ in range(5)]
    found: list[str] = []
    after = ""
    while True:
        _, page = await get(relay.url, f"/v1/invoices?limit=2{after}", keys["shop"])
        found += [item["id"] for item in page["data"]]
        if not page["hasMore"]:
            break
        after = f"&after={page['next']}"
    assert found == made[::-1]
    for bad in ("limit=0", "limit=501", "limit=x"):
        assert (await get(relay.url, f"/v1/invoices?{bad}", keys["shop"]))[0] == 400


async def test_networks_tell_a_wallet_what_to_sign_for(relay: RelayProcess, devnet: DevNode) -> None:
    await until_reached(relay.url)
    status, body = await get(relay.url, "/v1/networks")
    [network] = body["data"]
    assert status == 200
    assert network["network"] == "hedera:devnet"
    assert network["nodes"][0]["address"] == devnet.address
    assert network["nodes"][0]["account"] == "0.0.3"
    assert network["nodes"][0]["healthy"] is True
    assert [kind["symbol"] for kind in network["assets"]] == ["HBAR", "DUSD"]
    assert body["time"].endswith("Z")


async def test_ready_tells_what_is_away(relay: RelayProcess, devnet: DevNode) -> None:
    assert (await get(relay.url, "/healthz"))[0] == 200
    await until_reached(relay.url)
    assert (await get(relay.url, "/readyz"))[0] == 200
    async with Listener(relay.url) as anyone:
        await devnet.nodes[0].stop()
        status = await anyone.until_heard("NETWORK_STATUS", lambda status: not status["healthy"])
        assert status["network"] == "hedera:devnet"
    code, body = await get(relay.url, "/readyz")
    assert code == 503
    assert body["checks"]["hedera:devnet"] == "no healthy node"


async def test_problems_are_problems(relay: RelayProcess, keys: dict[str, str]) -> None:
    async with aiohttp.ClientSession() as http:
        for method, path, status, code in [
            ("GET", "/nowhere", 404, "not_found"),
            ("DELETE", "/v1/invoices", 405, "method_not_allowed"),
            ("POST", "/v1/invoices", 401, "unauthorized"),
            ("GET", "/v1/payments", 401, "unauthorized"),
            ("GET", "/v1/events", 401, "unauthorized"),
            ("GET", "/v1/events/stream", 401, "unauthorized"),
            ("GET", "/v1/invoices/inv_0", 404, "invoice_not_found"),
        ]:
            async with http.request(method, relay.url + path) as response:
                assert response.status == status, path
                assert response.content_type == "application/problem+json"
                body = await response.json(content_type=None)
                assert (body["code"], body["status"]) == (code, status)
                assert body["detail"]
        headers = {"Authorization": f"Bearer {keys['shop']}"}
        for junk in (b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"network": {}}'):
            async with http.post(relay.url + "/v1/invoices", data=junk, headers=headers) as response:
                assert response.status == 400
        async with http.post(relay.url + "/v1/invoices", data=b"x" * 10**6, headers=headers) as response:
            assert response.status == 413
            assert (await response.json(content_type=None))["detail"] == "a body has at most 196,608 bytes"
        async with http.delete(relay.url + "/v1/invoices") as response:
            assert (await response.json(content_type=None))["detail"] == "this route takes GET, HEAD, POST"
            assert response.headers["Allow"]
        async with http.options(relay.url + "/v1/invoices") as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_the_original_s_check_answers_only_for_settled_money(relay: RelayProcess, keys: dict[str, str]) -> None:
    asked = await invoice(relay.url, keys["shop"])
    path = f"/check/?memo_id={asked['memo']}&receiver_id=0.0.2001"
    assert (await get(relay.url, path, keys["shop"]))[1] == {"response": []}
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        await payer.until_status("settled")
    [found] = (await get(relay.url, path, keys["shop"]))[1]["response"]
    assert (found["sender"], found["nodeprecheck"]) == ("0.0.1001", 0)
    assert (await get(relay.url, path, keys["blog"]))[1] == {"response": []}


async def test_a_rate_limit_says_when_to_come_back(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, server="requests_per_second = 0.5\nconnections_per_address = 2")
    async with aiohttp.ClientSession() as http:
        statuses = []
        for _ in range(40):  # more than come back while they are sent
            async with http.get(relay.url + "/healthz") as response:
                statuses.append(response.status)
                if response.status == 429:
                    assert int(response.headers["Retry-After"]) >= 1
                    assert response.headers["RateLimit-Limit"] == "1"
                    assert (await response.json(content_type=None))["code"] == "rate_limited"
        assert 200 in statuses and 429 in statuses
    async with Listener(relay.url) as one, Listener(relay.url):
        answers = [await one.call("CRYPTOTRANSFER", b"junk") for _ in range(40)]
        assert {answer["reason"] for answer in answers} == {"invalid_transaction", "rate_limited"}
        with pytest.raises(ConnectionRefusedError, match="rate_limited"):
            async with Listener(relay.url):
                pass


async def test_a_stop_answers_what_is_being_sent(relay: RelayProcess, devnet: DevNode) -> None:
    devnet.faults.slow_answer_ms = 300
    async with Listener(relay.url) as payer:
        answer = asyncio.create_task(payer.call("CRYPTOTRANSFER", signed()))
        async with asyncio.timeout(30):
            while not devnet.seen:
                await asyncio.sleep(0.005)
        stopping = asyncio.create_task(relay.stop())
        assert (await answer)["nodePrecheckcode"] == 0
        assert await stopping == 0
        await payer.until_gone()
    assert relay.log() == ""


async def test_a_refused_payment_is_a_problem_with_the_same_words_as_on_the_socket(
    relay: RelayProcess, devnet: DevNode
) -> None:
    wish = {"network": "hedera:devnet", "transaction": "0x" + signed(pay_to=[("0.0.1003", 1)]).hex()}
    status, problem = await post(relay.url, "/v1/payments", json=wish)
    assert (status, problem["status"], problem["code"], problem["reason"]) == (422, 422, *["unknown_payee"] * 2)
    assert problem["detail"] == problem["error"]
    devnet.faults.precheck = [10]
    wish["transaction"] = "0x" + signed().hex()
    status, problem = await post(relay.url, "/v1/payments", json=wish)
    assert (status, problem["code"], problem["nodePrecheckcode"]) == (422, "node_refused", 10)
    assert problem["payment"].startswith("pay_")
    await devnet.nodes[0].stop()
    wish["transaction"] = "0x" + signed().hex()
    status, problem = await post(relay.url, "/v1/payments", json=wish)
    assert (status, problem["code"]) == (503, "node_unreachable")


async def test_payments_honour_idempotency_keys_too(relay: RelayProcess) -> None:
    one = {"network": "hedera:devnet", "transaction": "0x" + signed().hex()}
    other = {"network": "hedera:devnet", "transaction": "0x" + signed().hex()}
    first = await post(relay.url, "/v1/payments", json=one, Idempotency_Key="k")
    assert first[0] == 200
    assert await post(relay.url, "/v1/payments", json=one, Idempotency_Key="k") == first
    assert (await post(relay.url, "/v1/payments", json=other, Idempotency_Key="k"))[0] == 422


async def test_filters_filter_and_unknown_ones_are_refused(relay: RelayProcess, keys: dict[str, str]) -> None:
    async with Listener(relay.url) as payer:
        sent = await payer.call("CRYPTOTRANSFER", signed())
        await payer.until_status("settled")
    payer_account, _, start = sent["transactionId"].partition("@")
    seconds, _, nanos = start.partition(".")
    for spelling in (
        sent["transactionId"],
        f"{payer_account}@{seconds}.{int(nanos)}",
        f"{payer_account}-{seconds}-{nanos}",
    ):
        found = (await get(relay.url, f"/v1/payments?transaction={spelling}", keys["shop"]))[1]["data"]
        assert [payment["id"] for payment in found] == [sent["payment"]], spelling
    await invoice(relay.url, keys["shop"])
    assert len((await get(relay.url, "/v1/invoices?status=created", keys["shop"]))[1]["data"]) == 1
    assert (await get(relay.url, "/v1/invoices?status=settled", keys["shop"]))[1]["data"] == []
    for path in (
        "/v1/invoices?cursor=x",
        "/v1/payments?cursor=x",
        "/v1/invoices?status=x",
        "/v1/invoices?status=null",
        "/v1/payments?transaction=x",
    ):
        assert (await get(relay.url, path, keys["shop"]))[0] == 400, path


async def test_the_list_of_revoked_payments_is_signed_and_public(relay: RelayProcess) -> None:
    async with aiohttp.ClientSession() as http, http.get(relay.url + "/.well-known/revoked.jwt") as response:
        assert (response.status, response.content_type) == (200, "application/jwt")
        said = await response.text()
    _, jwks = await get(relay.url, "/.well-known/jwks.json")
    assert read_revoked(said, jwks, issuer=relay.url, now=datetime.now(UTC)) == frozenset()
