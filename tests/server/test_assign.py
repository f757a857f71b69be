"""Money that came for no invoice, and the merchant who says which one it was for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from relay.access import verify
from relay.devnet.network import DevNode
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, invoice, post, signed
from tests.server.test_money_policy import pay, stands, until
from tests.server.test_watch import send, watching
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare


@pytest.fixture
async def keys(database_url: str) -> dict[str, str]:
    return await prepare(database_url, MERCHANTS)


@pytest.fixture
async def relay(database_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start) -> RelayProcess:
    """A watching relay on either database."""
    return await watching(start_relay, database_url, devnet, keys["shop"])


async def unassigned(relay: RelayProcess, key: str, devnet: DevNode, amount: int, **fields: Any) -> str:
    """A payment past the relay that answers no invoice."""
    async with Listener(relay.url, {"apiKey": key}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        await send(devnet, signed(f"nobody's {amount}", pay_to=[("0.0.2001", amount)], **fields))
        heard = await shop.until_heard(
            "CRYPTOTRANSFER_RESPONSE",
            lambda event: event["type"] == "funds.unassigned" and event["amount"] == str(amount),
        )
        return str(heard["payment"])


async def test_it_counts_like_late_money_and_everyone_is_told_once(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    key = keys["shop"]
    asked = await invoice(relay.url, key, policy={"lateWindow": 0}, expiresIn=1)
    first, second = [await unassigned(relay, key, devnet, amount) for amount in (300, 700)]
    await until(relay, asked, "expired")
    async with Listener(relay.url) as page:
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"], "after": 0})

        status, answer = await post(relay.url, f"/v1/payments/{first}/assign", key, json={"invoice": asked["id"]})
        assert (status, answer["invoice"], answer["status"]) == (200, asked["id"], "settled"), answer
        assert (await stands(relay, asked))["paid"] == "300"
        status, answer = await post(relay.url, f"/v1/payments/{second}/assign", key, json={"invoice": asked["id"]})
        assert status == 200
        again = await post(relay.url, f"/v1/payments/{second}/assign", key, json={"invoice": asked["id"]})
        assert again == (200, answer), "safe to repeat"

        opened = await page.until_heard("CRYPTOTRANSFER_RESPONSE", lambda event: event.get("payment") == second)
        told = [event["payment"] for event in page.events if event["type"] == "payment.settled"]

    assert told == [first, second]
    assert (opened["type"], opened["invoiceStatus"], opened["invoiceFlags"]) == ("payment.settled", "settled", ["late"])
    _, jwks = await get(relay.url, "/.well-known/jwks.json")
    to = {"issuer": relay.url, "audience": "https://shop.example", "scope": "content:post-1", "now": datetime.now(UTC)}
    assert verify(opened["accessToken"], jwks, **to)["inv"] == asked["id"]
    _, log = await get(relay.url, "/v1/audit", key)
    assert [(each["subject"], each["detail"]) for each in log["data"] if each["action"] == "payment.assigned"] == [
        (payment, {"invoice": asked["id"]}) for payment in (first, second)
    ]


async def test_only_the_merchants_own_money_for_none_goes_to_his_own_open_invoice_in_its_asset(
    relay: RelayProcess, keys: dict[str, str], devnet: DevNode
) -> None:
    shop, blog = keys["shop"], keys["blog"]
    mine, other, cancelled, paid = [await invoice(relay.url, shop) for _ in range(4)]
    await post(relay.url, f"/v1/invoices/{cancelled['id']}/cancel", shop)
    answered = (await pay(relay, paid, 1_000))["payment"]
    token = await invoice(relay.url, shop, asset="0.0.5001")
    elsewhere = await invoice(relay.url, shop, payTo="0.0.1005")
    foreign = await invoice(relay.url, blog)
    money = await unassigned(relay, shop, devnet, 1_000)
    _, viewer = await post(relay.url, "/v1/keys", shop, json={"role": "viewer"})

    async def code(payment: str, to: dict[str, Any], key: str = shop) -> tuple[int, str]:
        status, problem = await post(relay.url, f"/v1/payments/{payment}/assign", key, json={"invoice": to["id"]})
        return status, problem.get("code", problem.get("status"))

    assert await code(money, mine, viewer["key"]) == (403, "forbidden")
    assert await code(money, foreign, blog) == (404, "not_found")
    assert await code(money, foreign) == (404, "invoice_not_found")
    for to in (cancelled, paid, token, elsewhere):
        assert await code(money, to) == (409, "conflict"), to
    assert await code(answered, mine) == (409, "conflict"), "it was for another invoice"
    assert (await stands(relay, mine))["status"] == "created"
    assert await code(money, mine) == (200, "settled")
    assert await code(money, other) == (409, "conflict"), "once"
    assert (await stands(relay, other))["status"] == "created"
