"""Prices in a currency over HTTP: what a merchant asks, what anyone with the link sees, what is refused."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio

from relay.devnet import open_devnet
from relay.worth import FRESH
from tests.conftest import MERCHANTS
from tests.server.paying import get, invoice, post, signed
from tests.servers.relay_process import RelayProcess, prepare

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRICE = {"amount": "4.50", "currency": "USD"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, str]]:
    """The URL of a relay that prices HBAR by the network's own rate, and a merchant's key."""
    folder = tmp_path_factory.mktemp("relay")
    database = f"sqlite:///{folder}/relay.db"
    keys = await prepare(database, MERCHANTS)
    async with open_devnet() as node:
        rates = f'[[rates.sources]]\nkind = "hedera"\nmirror = "{node.mirror}"'
        async with RelayProcess(folder, database, node.network, node.mirror, chain=rates) as relay:
            yield relay.url, keys["shop"]


async def test_a_price_in_dollars_is_asked_and_everyone_with_the_link_sees_how_it_came_about(
    shop: tuple[str, str],
) -> None:
    url, key = shop
    status, made = await post(url, "/v1/invoices", key, json={"network": "hedera:devnet", "price": PRICE})
    assert (status, made["amount"], made["price"]) == (201, "3750000000", PRICE)  # at 12 cents
    assert made["policy"]["tolerance"] == "0.01"

    status, seen = await get(url, f"/v1/invoices/{made['id']}")
    assert (status, seen["price"], seen["quoteExpiresAt"]) == (200, PRICE, made["quoteExpiresAt"])
    assert [(each["pair"], each["rate"], each["sources"][0]["source"]) for each in seen["quote"]] == [
        ("HBAR/USD", "0.12", "hedera")
    ]
    assert seen["requirements"][0]["amount"] == "3750000000"
    assert "secret" not in seen


async def test_networks_say_what_a_coin_is_worth_for_people_to_see(shop: tuple[str, str]) -> None:
    async with asyncio.timeout(40):  # what no source says at once is not waited for
        while "worth" not in (assets := (await get(shop[0], "/v1/networks"))[1]["data"][0]["assets"])[0]:
            await asyncio.sleep(0.05)
    hbar, token = assets
    assert (hbar["worth"]["currency"], hbar["worth"]["rate"]) == ("USD", "0.12")
    assert "worth" not in token, "of a token nobody said anything"


async def test_a_quote_that_holds_is_not_made_again(shop: tuple[str, str]) -> None:
    url, key = shop
    _, made = await post(url, "/v1/invoices", key, json={"network": "hedera:devnet", "price": PRICE})
    status, quoted = await post(url, f"/v1/invoices/{made['id']}/quote")
    assert (status, quoted["quoteExpiresAt"], quoted["amount"]) == (200, made["quoteExpiresAt"], made["amount"])
    status, problem = await post(url, "/v1/invoices/inv_00000000000000000000000000/quote")
    assert (status, problem["code"]) == (404, "invoice_not_found")


async def test_a_quote_asked_for_again_under_its_idempotency_key_is_the_first_answer(shop: tuple[str, str]) -> None:
    url, key = shop
    _, made = await post(url, "/v1/invoices", key, json={"network": "hedera:devnet", "price": PRICE})
    path = f"/v1/invoices/{made['id']}/quote"
    for whose in (key, None):
        first = await post(url, path, whose, json={}, Idempotency_Key="quote-1")
        if whose is not None:  # told apart from a second look by what happened in between
            await post(url, f"/v1/invoices/{made['id']}/cancel", key)
        assert first[0] == 200
        assert await post(url, path, whose, json={}, Idempotency_Key="quote-1") == first
        status, problem = await post(url, path, whose, json={"other": 1}, Idempotency_Key="quote-1")
        assert (status, problem["code"]) == (422, "invalid_request")
        assert ("secret" in first[1]) is (whose is not None)


async def test_what_nobody_prices_is_refused_and_not_guessed(shop: tuple[str, str]) -> None:
    url, key = shop
    wish = {"network": "hedera:devnet", "asset": "0.0.5001", "price": PRICE}
    status, problem = await post(url, "/v1/invoices", key, json=wish)
    assert (status, problem["code"]) == (503, "rate_unavailable")


async def test_the_table_tells_what_coins_were_worth_when_they_settled_and_who_said_so(shop: tuple[str, str]) -> None:
    url, key = shop
    asked = await invoice(url, key, amount="300000000", policy={"partial": "accept"})
    for units, paid in ((250_000_000, "250000000"), (50_000_000, "300000000")):
        raw = base64.b64encode(signed(asked["memo"], pay_to=[("0.0.2001", units)])).decode()
        assert (await post(url, "/v1/payments", json={"network": "hedera:devnet", "transaction": raw}))[0] == 200
        async with asyncio.timeout(40):
            while (row := (await table(url, key))[asked["id"]])["paid"] != paid:
                await asyncio.sleep(0.05)
    async with asyncio.timeout(40):
        while not (row := (await table(url, key))[asked["id"]])["fiatPaid"]:
            await asyncio.sleep(0.1)

    assert (row["status"], row["price"], row["currency"], row["fiatPaid"]) == ("settled", "", "USD", "0.36")
    assert (row["rate"], row["rateSources"]) == ("0.12 0.12", "hedera hedera")
    assert all(abs(datetime.now(UTC) - datetime.fromisoformat(at)) < FRESH for at in row["rateTime"].split())


async def test_what_nobody_could_price_when_it_settled_has_an_empty_cell_and_settles_all_the_same(
    shop: tuple[str, str],
) -> None:
    url, key = shop
    asked = await invoice(url, key, amount="7", asset="0.0.5001")
    raw = base64.b64encode(signed(asked["memo"], pay_to=[("0.0.2001", 7)], asset="0.0.5001")).decode()
    await post(url, "/v1/payments", json={"network": "hedera:devnet", "transaction": raw})
    async with asyncio.timeout(40):
        while (await table(url, key))[asked["id"]]["status"] != "settled":
            await asyncio.sleep(0.05)
    later = await invoice(url, key)  # worth something, and settled after it: a round went by
    raw = base64.b64encode(signed(later["memo"])).decode()
    await post(url, "/v1/payments", json={"network": "hedera:devnet", "transaction": raw})
    async with asyncio.timeout(40):
        while not (rows := await table(url, key))[later["id"]]["rate"]:
            await asyncio.sleep(0.1)

    row = rows[asked["id"]]
    assert row["status"] == "settled"
    assert (row["currency"], row["fiatPaid"], row["rate"], row["rateTime"], row["rateSources"]) == ("",) * 5


async def table(url: str, key: str) -> dict[str, dict[str, str]]:
    """The merchant's CSV, by invoice."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        http.get(f"{url}/v1/invoices/export") as answer,
    ):
        return {row["id"]: row for row in csv.DictReader(io.StringIO(await answer.text()))}


async def test_an_order_asked_for_again_is_the_same_invoice_whatever_the_rate(shop: tuple[str, str]) -> None:
    url, key = shop
    wish = {"network": "hedera:devnet", "price": PRICE, "orderId": "4711"}
    _, first = await post(url, "/v1/invoices", key, json=wish)
    _, again = await post(url, "/v1/invoices", key, json=wish)
    assert again["id"] == first["id"]
    status, problem = await post(url, "/v1/invoices", key, json=wish | {"price": PRICE | {"amount": "5.00"}})
    assert (status, problem["code"]) == (409, "conflict")
