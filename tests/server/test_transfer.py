"""CRYPTOTRANSFER over real sockets, a real process and a real node."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from relay.access import verify
from relay.devnet.network import DevNode
from relay.wallet import Wallet
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess


async def test_the_flow(relay: RelayProcess, keys: dict[str, str], devnet: DevNode) -> None:
    """A signed transfer goes in, the merchant hears of it, the page unlocks."""
    asked = await invoice(relay.url, keys["shop"])
    raw = signed(asked["memo"])
    async with (
        Listener(relay.url, {"apiKey": keys["shop"]}) as shop,
        Listener(relay.url) as page,
        Listener(relay.url) as wallet,
    ):
        assert await shop.call("SUBSCRIBE", {"merchant": True}) == {"stream": "merchant:shop", "seq": 0, "replayed": 0}
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"], "after": 0})

        answer = await wallet.call("CRYPTOTRANSFER", raw)

        assert answer["status"] == "submitted"
        assert answer["nodePrecheckcode"] == 0
        assert answer["error"] is None
        for listener in (shop, page, wallet):
            settled = await listener.until_status("settled")
            assert [event["status"] for event in listener.events] == ["submitted", "settled"]
            assert listener.events[0] == answer
            assert settled["receiptStatus"] == 22
            assert settled["payTo"] == [{"account": "0.0.2001", "amount": "1000"}]
            assert (settled["seq"], settled["prevSeq"]) == (2, 1)
            assert settled["contentId"] == "post-1"
        _, jwks = await get(relay.url, "/.well-known/jwks.json")
        claims = verify(
            settled["accessToken"],
            jwks,
            issuer=relay.url,
            audience="https://shop.example",
            scope="content:post-1",
            now=datetime.now(UTC),
        )
        assert claims["inv"] == asked["id"]
    assert devnet.seen == [raw]
    assert (await get(relay.url, f"/v1/invoices/{asked['id']}"))[1]["status"] == "settled"


async def test_a_transfer_sent_twice_pays_once(relay: RelayProcess, devnet: DevNode) -> None:
    raw = signed()
    async with Listener(relay.url) as payer:
        first = await payer.call("CRYPTOTRANSFER", raw)
        await payer.until_status("settled")
        again = await payer.call("CRYPTOTRANSFER", raw)

    assert again["payment"] == first["payment"]
    assert again["status"] == "settled"
    assert devnet.seen == [raw]


async def test_bytes_that_anyone_may_have_read_give_nobody_a_token(relay: RelayProcess, keys: dict[str, str]) -> None:
    """Networks publish what was signed: the token goes to the socket that sent it first, and to the invoice's page."""
    asked = await invoice(relay.url, keys["shop"])
    raw = signed(asked["memo"])
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", raw)
        assert (await payer.until_status("settled"))["accessToken"]
    async with Listener(relay.url) as thief:
        again = await thief.call("CRYPTOTRANSFER", raw)
        assert again["status"] == "settled" and "accessToken" not in again
        await thief.until(lambda events: events == [again])
    wish = {"network": "hedera:devnet", "transaction": "0x" + raw.hex()}
    assert "accessToken" not in (await post(relay.url, "/v1/payments", json=wish))[1]
    async with Listener(relay.url) as page:
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"], "after": 0})
        assert (await page.until_status("settled"))["accessToken"]


async def test_bytes_sent_again_amid_their_payment_give_nobody_a_token(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    """A network shows what was signed before the payment is over, too: who has only the bytes hears how it ends."""
    asked = await invoice(relay.url, keys["shop"])
    raw = signed(asked["memo"])
    devnet.faults.slow_consensus_ms = 60_000
    async with Listener(relay.url) as payer, Listener(relay.url) as thief, Listener(relay.url) as page:
        await payer.call("CRYPTOTRANSFER", raw)
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"]})
        for socket in (thief, page, payer):
            assert (await socket.call("CRYPTOTRANSFER", raw))["status"] == "submitted"
        devnet.agree_now()
        assert "accessToken" not in await thief.until_status("settled")
        for socket in (payer, page):
            assert (await socket.until_status("settled"))["accessToken"]
            await socket.call("anything", {})  # what would come twice has come
            assert [event["status"] for event in socket.events].count("settled") == 1


async def test_a_polling_client_may_send_many_at_once(relay: RelayProcess) -> None:
    async with Listener(relay.url, transports=["polling"]) as payer:
        answers = await asyncio.gather(*(payer.call("CRYPTOTRANSFER", signed()) for _ in range(40)))
        assert {answer["nodePrecheckcode"] for answer in answers} == {0}
    assert relay.log() == ""


async def test_copies_at_once_make_one_send(relay: RelayProcess, devnet: DevNode) -> None:
    raw = signed()
    devnet.faults.slow_answer_ms = 100
    async with Listener(relay.url) as one, Listener(relay.url) as two:
        answers = await asyncio.gather(*(who.call("CRYPTOTRANSFER", raw) for who in (one, two) for _ in range(10)))
        assert len({answer["payment"] for answer in answers}) == 1
        await one.until_status("settled")
        await two.until_status("settled")
    assert devnet.seen == [raw]


@pytest.mark.parametrize("form", ["binary", "base64", "array", "object binary", "object base64", "object hex"])
async def test_every_form_a_client_may_send(relay: RelayProcess, form: str) -> None:
    raw = signed()
    forms: dict[str, Any] = {
        "binary": raw,
        "base64": base64.b64encode(raw).decode(),
        "array": list(raw),
        "object binary": {"network": "hedera:devnet", "transaction": raw},
        "object base64": {"network": "hedera:devnet", "transaction": base64.b64encode(raw).decode()},
        "object hex": {"network": "hedera:devnet", "scheme": "signed", "transaction": "0x" + raw.hex()},
    }
    async with Listener(relay.url) as payer:
        assert (await payer.call("CRYPTOTRANSFER", forms[form]))["nodePrecheckcode"] == 0
        assert (await payer.until_status("settled"))["transactionId"].startswith("0.0.1001@")


async def test_polling_clients_pay_too(relay: RelayProcess) -> None:
    async with Listener(relay.url, transports=["polling"]) as payer:
        await payer.call("CRYPTOTRANSFER", signed())
        await payer.until_status("settled")


async def test_an_upgraded_client_pays(relay: RelayProcess) -> None:
    async with Listener(relay.url, transports=["polling", "websocket"]) as payer:
        await payer.call("CRYPTOTRANSFER", signed())
        await payer.until_status("settled")


async def test_a_transfer_for_a_stranger_is_not_relayed(relay: RelayProcess, devnet: DevNode) -> None:
    async with Listener(relay.url) as payer:
        answer = await payer.call("CRYPTOTRANSFER", signed(pay_to=[("0.0.1003", 5)]))
        assert (answer["status"], answer["reason"]) == ("rejected", "unknown_payee")
        assert answer["payment"] is None
        await payer.until(lambda events: events == [answer])
    assert devnet.seen == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pay_to": [("0.0.2001", 999)]}, "wrong_amount"),
        ({"pay_to": [("0.0.2001", 1001)]}, "wrong_amount"),
        ({"pay_to": [("0.0.2002", 1000)]}, "unknown_payee"),
        ({"pay_to": [("0.0.2001", 1000), ("0.0.1003", 1)]}, "unknown_payee"),
        ({"asset": "0.0.5001"}, "wrong_asset"),
        ({"memo": "something else"}, "wrong_memo"),
    ],
)
async def test_what_was_signed_must_be_what_was_asked(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode, change: dict[str, Any], reason: str
) -> None:
    asked = await invoice(relay.url, keys["shop"])
    raw = signed(**{"memo": asked["memo"], **change})
    async with Listener(relay.url) as payer:
        answer = await payer.call(
            "CRYPTOTRANSFER", {"network": "hedera:devnet", "transaction": raw, "invoice": asked["id"]}
        )
    assert (answer["status"], answer["reason"]) == ("rejected", reason)
    assert "expected" in answer["error"] and "got" in answer["error"]
    assert devnet.seen == []


async def test_one_invoice_takes_one_payment(relay: RelayProcess, keys: dict[str, str], devnet: DevNode) -> None:
    asked = await invoice(relay.url, keys["shop"])
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        late = await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        assert late["reason"] == "invoice_paid"
        await payer.until_status("settled")
        assert (await payer.call("CRYPTOTRANSFER", signed(asked["memo"])))["reason"] == "invoice_paid"
    assert len(devnet.seen) == 1


async def test_a_refusal_by_the_node_frees_the_invoice(relay: RelayProcess, keys: dict[str, str]) -> None:
    asked = await invoice(relay.url, keys["shop"])
    wrong_key = Wallet("0.0.1003", "ed25519", b"\x07" * 32)
    async with Listener(relay.url) as payer:
        refused = await payer.call("CRYPTOTRANSFER", signed(asked["memo"], payer=wrong_key))
        assert (refused["status"], refused["nodePrecheckcode"]) == ("rejected", 7)
        assert refused["reason"] == "invalid_signature"
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        await payer.until_status("settled")


async def test_a_failure_at_consensus_is_not_a_payment(relay: RelayProcess, keys: dict[str, str]) -> None:
    price = 2_000_000 * 10**6  # twice what the payer has
    asked = await invoice(relay.url, keys["shop"], amount=str(price), asset="0.0.5001")
    async with Listener(relay.url) as payer:
        raw = signed(asked["memo"], pay_to=[("0.0.2001", price)], asset="0.0.5001")
        taken = await payer.call("CRYPTOTRANSFER", raw)
        assert taken["nodePrecheckcode"] == 0
        failed = await payer.until_status("failed")
    assert failed["receiptStatus"] == 178  # INSUFFICIENT_TOKEN_BALANCE
    assert "accessToken" not in failed
    assert (await get(relay.url, f"/v1/invoices/{asked['id']}"))[1]["status"] == "created"


async def test_a_dead_node_is_told_in_the_words_of_2019_and_the_same_bytes_work_later(
    relay: RelayProcess, devnet: DevNode
) -> None:
    raw = signed()
    port = int(devnet.address.rpartition(":")[2])
    async with Listener(relay.url) as payer:
        await devnet.nodes[0].stop()
        await payer.until_heard("NETWORK_STATUS", lambda status: not status["healthy"])
        answer = await payer.call("CRYPTOTRANSFER", raw)
        assert answer["error"] == "UNAVAILABLE. Hedera network unreachable."
        assert (answer["status"], answer["reason"], answer["nodePrecheckcode"]) == (
            "rejected",
            "node_unreachable",
            None,
        )
        payer.heard.clear()
        await devnet.nodes[0].start("127.0.0.1", port)
        await payer.until_heard("NETWORK_STATUS", lambda status: status["healthy"])
        assert (await payer.call("CRYPTOTRANSFER", raw))["nodePrecheckcode"] == 0
        await payer.until_status("settled")


async def test_an_answer_lost_on_the_wire_is_found_on_the_ledger(relay: RelayProcess, devnet: DevNode) -> None:
    devnet.faults.lost_answers = 1
    async with Listener(relay.url) as payer:
        answer = await payer.call("CRYPTOTRANSFER", signed())
        assert answer["status"] == "submitted"
        await payer.until_status("settled")
    assert len(set(devnet.seen)) == 1


async def test_http_is_the_twin_of_the_socket(relay: RelayProcess, keys: dict[str, str]) -> None:
    asked = await invoice(relay.url, keys["shop"])
    wish = {"network": "hedera:devnet", "transaction": base64.b64encode(signed(asked["memo"])).decode()}
    status, answer = await post(relay.url, "/v1/payments", json=wish)
    assert (status, answer["status"]) == (200, "submitted")
    assert (await post(relay.url, "/v1/payments", json=wish))[1]["payment"] == answer["payment"]
    status, found = await get(relay.url, f"/v1/payments/{answer['payment']}", keys["shop"])
    assert (status, found["invoice"]) == (200, asked["id"])
    assert (await get(relay.url, f"/v1/payments/{answer['payment']}", keys["blog"]))[0] == 404
    assert (await get(relay.url, f"/v1/payments/{answer['payment']}"))[0] == 401
