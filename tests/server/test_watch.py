"""Money that came without us: sent straight to a node, found on the ledger, told like any other payment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import grpc.aio
import pytest

from relay.devnet.network import DevNode
from tests.chains import exact_hedera as buyer
from tests.conftest import Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess

QUICK = "watch_seconds = 0.05"


async def send(devnet: DevNode, *raws: bytes) -> None:
    """Past the relay, to the node itself."""
    async with grpc.aio.insecure_channel(next(iter(devnet.network))) as channel:
        for raw in raws:
            await channel.unary_unary("/proto.CryptoService/cryptoTransfer")(raw)


async def watching(start_relay: Start, database: str, devnet: DevNode, key: str) -> RelayProcess:
    """A relay that has begun to watch: it noticed something."""
    relay = await start_relay(database, devnet, chain=QUICK)
    async with asyncio.timeout(40):
        while not await payments(relay, key):
            await send(devnet, signed("begin"))
            await asyncio.sleep(0.1)
    return relay


async def payments(relay: RelayProcess, key: str, **filters: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in {"limit": "500", **filters}.items())
    _, page = await get(relay.url, f"/v1/payments?{query}", key)
    return list(page["data"])


async def settled(relay: RelayProcess, key: str) -> list[dict[str, Any]]:
    return await payments(relay, key, status="settled")


async def test_a_transfer_sent_past_the_relay_is_told_as_settled_and_pays_the_invoice_its_memo_names(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await watching(start_relay, sqlite_url, devnet, keys["shop"])
    asked = await invoice(relay.url, keys["shop"])
    async with Listener(relay.url) as page:
        await page.call("SUBSCRIBE", {"invoice": asked["id"], "secret": asked["secret"], "after": 0})

        await send(devnet, signed(asked["memo"]))

        settled = await page.until_status("settled")
    assert settled["invoice"] == asked["id"]
    assert settled["payer"] == "0.0.1001"
    assert settled["amount"] == "1000"
    assert settled["accessToken"]
    _, paid = await get(relay.url, f"/v1/invoices/{asked['id']}")
    assert paid["status"] == "settled"


async def test_whose_money_it_is_is_told_when_somebody_else_paid_the_fee(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await watching(start_relay, sqlite_url, devnet, keys["shop"])
    for nanos, transfer in enumerate((buyer.HBAR, buyer.DUSD)):  # as another x402 facilitator would send it
        body = buyer.fresh(datetime.now(UTC), nanos, transfer, memo="sponsored elsewhere")
        await send(devnet, buyer.signed(body, [buyer.PAYER, buyer.FEE_PAYER]))

    found: list[dict[str, Any]] = []
    async with asyncio.timeout(40):
        while len(found) < 2:
            await asyncio.sleep(0.05)
            told = await payments(relay, keys["shop"])
            found = [each for each in told if each["memo"] == "sponsored elsewhere"]
    assert [(each["payer"], each["amount"]) for each in found] == [("0.0.1001", "1000")] * 2


async def test_what_went_through_the_relay_is_not_credited_again(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await watching(start_relay, sqlite_url, devnet, keys["shop"])
    raw = signed("through the relay")
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        await shop.call("CRYPTOTRANSFER", raw)
        await shop.until_status("settled")

        await send(devnet, signed("after it"))

        await shop.until(lambda events: any(event["memo"] == "after it" for event in events))
        of_it = [event["status"] for event in shop.events if event["memo"] == "through the relay"]
    assert sorted(set(of_it)) == ["settled", "submitted"]
    assert sum(each["memo"] == "through the relay" for each in await payments(relay, keys["shop"])) == 1


@pytest.mark.slow
async def test_what_was_paid_while_the_relay_was_down_is_found(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await watching(start_relay, sqlite_url, devnet, keys["shop"])
    await relay.kill()
    await send(devnet, *(signed(f"while away {number}") for number in range(120)))  # more than one page of the mirror
    await relay.start()

    async with asyncio.timeout(150):  # whoever was killed holds the search for a while
        while sum(each["memo"].startswith("while away") for each in await settled(relay, keys["shop"])) < 120:
            await asyncio.sleep(0.1)
        while len(await payments(relay, keys["shop"])) > len(await settled(relay, keys["shop"])):
            await asyncio.sleep(0.1)  # each is written down first, and then what the ledger says of it


async def test_what_was_noticed_first_and_is_then_presented_tells_how_it_stands(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    """Its bytes are public by then, so they open nothing."""
    relay = await watching(start_relay, sqlite_url, devnet, keys["shop"])
    asked = await invoice(relay.url, keys["shop"])
    raw = signed(asked["memo"])
    await send(devnet, raw)
    async with asyncio.timeout(40):
        while not await payments(relay, keys["shop"], invoice=asked["id"], status="settled"):
            await asyncio.sleep(0.05)

    status, answer = await post(
        relay.url, "/v1/payments", json={"network": "hedera:devnet", "transaction": "0x" + raw.hex()}
    )

    assert status in (200, 201), answer
    assert answer["status"] == "settled"
    assert not answer.get("accessToken")
