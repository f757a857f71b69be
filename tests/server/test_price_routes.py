"""Prices in a currency over HTTP: what a merchant asks, what anyone with the link sees, what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from relay.devnet import open_devnet
from tests.conftest import MERCHANTS
from tests.server.paying import get, post
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


async def test_an_order_asked_for_again_is_the_same_invoice_whatever_the_rate(shop: tuple[str, str]) -> None:
    url, key = shop
    wish = {"network": "hedera:devnet", "price": PRICE, "orderId": "4711"}
    _, first = await post(url, "/v1/invoices", key, json=wish)
    _, again = await post(url, "/v1/invoices", key, json=wish)
    assert again["id"] == first["id"]
    status, problem = await post(url, "/v1/invoices", key, json=wish | {"price": PRICE | {"amount": "5.00"}})
    assert (status, problem["code"]) == (409, "conflict")
