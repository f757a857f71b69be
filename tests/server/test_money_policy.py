"""What the policy of an invoice makes of money on a real ledger: parts, too much, too late, for nobody."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import aiohttp
import pytest

from relay.devnet.network import DevNode
from tests.conftest import Start
from tests.server.paying import get, invoice, post, signed
from tests.server.test_watch import payments, send, watching
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

SHOP = "0.0.2001"


@pytest.fixture
async def relay(database_url: str, devnet: DevNode, start_relay: Start) -> tuple[RelayProcess, str]:
    """A relay on either database, and the shop's key."""
    key = (await prepare(database_url, {"shop": SHOP}))["shop"]
    return await start_relay(database_url, devnet), key


@pytest.fixture
async def watcher(database_url: str, devnet: DevNode, start_relay: Start) -> tuple[RelayProcess, str]:
    """The same, and it has begun to watch for what is sent past it."""
    key = (await prepare(database_url, {"shop": SHOP}))["shop"]
    return await watching(start_relay, database_url, devnet, key), key


async def pay(relay: RelayProcess, asked: dict[str, Any], amount: int) -> dict[str, Any]:
    raw = signed(asked["memo"], pay_to=[(SHOP, amount)])
    async with Listener(relay.url) as wallet:
        answer = await wallet.call("CRYPTOTRANSFER", raw)
        if answer["status"] == "rejected":
            return dict(answer)
        return await wallet.until_status("settled", "failed")


async def stands(relay: RelayProcess, asked: dict[str, Any]) -> dict[str, Any]:
    _, found = await get(relay.url, f"/v1/invoices/{asked['id']}")
    return dict(found)


async def until(relay: RelayProcess, asked: dict[str, Any], status: str) -> dict[str, Any]:
    async with asyncio.timeout(40):
        while (found := await stands(relay, asked))["status"] != status:
            await asyncio.sleep(0.05)
    return found


async def test_parts_add_up_through_the_relay_where_the_policy_takes_them(
    relay: tuple[RelayProcess, str],
) -> None:
    running, key = relay
    asked = await invoice(running.url, key, policy={"partial": "accept"})
    assert asked["policy"]["partial"] == "accept"

    first = await pay(running, asked, 400)

    assert first["status"] == "settled"
    assert first["invoiceStatus"] == "partial"
    assert not first.get("accessToken"), "a part opens nothing"
    found = await stands(running, asked)
    assert (found["status"], found["paid"], found["remaining"]) == ("partial", "400", "600")
    assert found["requirements"][0]["amount"] == "600"

    last = await pay(running, asked, 600)

    assert last["invoiceStatus"] == "settled"
    assert last["accessToken"]
    found = await stands(running, asked)
    assert (found["status"], found["paid"], found["remaining"], found["flags"]) == ("settled", "1000", "0", [])
    assert found["requirements"][0]["amount"] == "1000", "what was asked, once nothing is left of it"
    assert (await pay(running, asked, 100))["reason"] == "invoice_paid"


async def test_without_that_policy_a_part_is_refused_and_nothing_is_sent(relay: tuple[RelayProcess, str]) -> None:
    running, key = relay
    asked = await invoice(running.url, key)

    assert (await pay(running, asked, 999))["reason"] == "wrong_amount"
    assert (await pay(running, asked, 1_001))["reason"] == "wrong_amount"
    assert (await stands(running, asked))["status"] == "created"


async def test_parts_sent_past_the_relay_count_anyway_and_the_rest_is_what_is_asked(
    watcher: tuple[RelayProcess, str], devnet: DevNode
) -> None:
    running, key = watcher
    asked = await invoice(running.url, key)

    await send(devnet, signed(asked["memo"], pay_to=[(SHOP, 300)]))
    assert (await until(running, asked, "partial"))["remaining"] == "700"
    assert (await pay(running, asked, 1_000))["reason"] == "wrong_amount"

    assert (await pay(running, asked, 700))["invoiceStatus"] == "settled"


async def test_too_much_is_taken_and_flagged(watcher: tuple[RelayProcess, str], devnet: DevNode) -> None:
    running, key = watcher
    asked = await invoice(running.url, key)

    await send(devnet, signed(asked["memo"], pay_to=[(SHOP, 5_000)]))

    found = await until(running, asked, "settled")
    assert (found["flags"], found["paid"]) == (["over"], "5000")


async def test_an_invoice_that_ends_unpaid_is_told_once_and_late_money_still_settles_it(
    watcher: tuple[RelayProcess, str], devnet: DevNode
) -> None:
    running, key = watcher
    async with Listener(running.url, {"apiKey": key}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        asked = await invoice(running.url, key, expiresIn=1)
        told = await shop.until_heard("CRYPTOTRANSFER_RESPONSE", lambda event: event["type"] == "invoice.expired")
        assert told["invoice"] == asked["id"]

        await send(devnet, signed(asked["memo"], pay_to=[(SHOP, 1_000)]))

        found = await until(running, asked, "settled")
        assert found["flags"] == ["late"]
        assert [event["type"] for event in shop.events].count("invoice.expired") == 1


async def test_money_for_no_open_invoice_is_never_lost_but_unassigned(
    watcher: tuple[RelayProcess, str], devnet: DevNode
) -> None:
    running, key = watcher
    asked = await invoice(running.url, key, policy={"lateWindow": 0}, expiresIn=1)
    await until(running, asked, "expired")
    cancelled = await invoice(running.url, key)
    status, _ = await post(running.url, f"/v1/invoices/{cancelled['id']}/cancel", key)
    assert status == 200
    async with Listener(running.url, {"apiKey": key}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        memos = {asked["memo"], cancelled["memo"], "no memo of ours"}
        for memo in memos:
            await send(devnet, signed(memo, pay_to=[(SHOP, 77)]))
        await shop.until(
            lambda events: memos <= {event["memo"] for event in events if event["type"] == "funds.unassigned"}
        )

    found = await payments(running, key)
    assert [each["invoice"] for each in found if each["amount"] == "77"] == [None] * 3
    assert (await stands(running, cancelled))["status"] == "cancelled"


async def test_an_order_has_one_open_invoice_however_often_it_is_asked_for(relay: tuple[RelayProcess, str]) -> None:
    running, key = relay

    many = await asyncio.gather(*(invoice(running.url, key, orderId="order-7", customerId="c-1") for _ in range(12)))

    assert len({each["id"] for each in many}) == 1
    other = {"network": "hedera:devnet", "amount": "2000", "orderId": "order-7"}
    status, problem = await post(running.url, "/v1/invoices", key, json=other)
    assert (status, problem["code"]) == (409, "conflict")
    _, listed = await get(running.url, "/v1/invoices?order=order-7&customer=c-1", key)
    assert [each["id"] for each in listed["data"]] == [many[0]["id"]]

    await post(running.url, f"/v1/invoices/{many[0]['id']}/cancel", key)
    again = await invoice(running.url, key, orderId="order-7")
    assert again["id"] != many[0]["id"]


async def test_an_invoice_is_found_by_the_transaction_that_paid_it(relay: tuple[RelayProcess, str]) -> None:
    running, key = relay
    asked = await invoice(running.url, key)
    paid = await pay(running, asked, 1_000)

    _, listed = await get(running.url, f"/v1/invoices?transaction={paid['transactionId']}", key)

    assert [each["id"] for each in listed["data"]] == [asked["id"]]


async def test_shares_by_weight_add_up(relay: tuple[RelayProcess, str]) -> None:
    running, key = relay
    asked = await invoice(
        running.url, key, amount="1000", payTo=[{"account": SHOP, "weight": 2}, {"account": "0.0.2002", "weight": 1}]
    )

    assert asked["payTo"] == [{"account": SHOP, "amount": "667"}, {"account": "0.0.2002", "amount": "333"}]


async def test_totals_and_a_table_of_all_invoices(relay: tuple[RelayProcess, str]) -> None:
    running, key = relay
    paid = await invoice(running.url, key, orderId="=1+1", customerId='Ann "A", Ltd')
    await pay(running, paid, 1_000)
    part = await invoice(running.url, key, policy={"partial": "accept"})
    await pay(running, part, 250)
    await invoice(running.url, key)

    _, totals = await get(running.url, "/v1/invoices/totals", key)

    assert totals["invoices"] == 3
    assert {name: count for name, count in totals["statuses"].items() if count} == {
        "settled": 1,
        "partial": 1,
        "created": 1,
    }
    [hbar] = totals["assets"]
    assert (hbar["asked"], hbar["paid"]) == ("3000", "1250")

    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        http.get(f"{running.url}/v1/invoices/export") as answer,
    ):
        table = list(csv.DictReader(io.StringIO(await answer.text())))
    assert [row["status"] for row in table] == ["created", "partial", "settled"]
    assert table[2]["orderId"] == "'=1+1", "a spreadsheet shows it and does not run it"
    assert table[2]["customerId"] == 'Ann "A", Ltd'
    assert (table[1]["paid"], table[2]["payer"]) == ("250", "0.0.1001")
    assert table[2]["settledAt"]
