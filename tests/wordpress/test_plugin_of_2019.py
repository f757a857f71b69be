"""The 2019 plugin hears of payments from today's relay: its own way of verifying them, on a real WordPress."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.server.paying import post, signed
from tests.wordpress.shop import NETWORK, Shop, a_reader, selling
from tests.wordpress.site import HERE, Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
VECTOR_KEY = "c3ecd99819731b431b1e5d7b85d132f9566db0b2e7ce155525c75c5671c17487"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "mariadb"])
async def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    site: Site = request.getfixturevalue(f"{request.param}_site")
    site.add_plugin(HERE / "plugin-of-2019.php")
    async with selling(site, tmp_path_factory.mktemp("relay")) as shop:
        yield shop


def records(shop: Shop) -> list[dict[str, Any]]:
    columns = "transaction_id, account, memo, content_id, cost, node_precheckcode, fk_anon_users"
    code = """global $wpdb; $table = $wpdb->prefix . 'hedera_micropayment_records';
        return $wpdb->get_results( "SELECT $columns FROM $table ORDER BY id", ARRAY_A );"""
    return list(shop.site.php(code, columns=columns))


async def test_its_hello_endpoint_takes_the_webhook_of_a_settled_payment(shop: Shop) -> None:
    hello = f"{shop.site.url}/?rest_route=/hedera-micropayment/v1/hello"
    wish = {"url": hello, "profile": "hedera-2019", "events": ["payment.*"]}
    status, endpoint = await post(shop.relay.url, "/v1/webhooks", shop.key, json=wish)
    assert status == 201, endpoint
    shop.site.php(
        "update_option( 'hedera_micropayment_payment_server_pub', $key );", key=endpoint["publicKeys"][0]["key"]
    )
    raw = signed("383,138", pay_to=[("0.0.2001", 5_000)])
    status, sent = await post(
        shop.relay.url, "/v1/payments", json={"network": NETWORK, "transaction": "0x" + raw.hex()}
    )
    assert status in (200, 201), sent
    async with asyncio.timeout(40):
        while not (rows := await asyncio.to_thread(records, shop)):
            await asyncio.sleep(0.1)
    [row] = rows
    payer, _, start = sent["transactionId"].partition("@")
    seconds, _, nanos = start.partition(".")
    assert row.pop("transaction_id") == f"{payer}@{seconds}.{int(nanos)}"  # as the original wrote it, without zeros
    assert {name: str(value) for name, value in row.items()} == {
        "account": "0.0.1001",
        "memo": "383,138",
        "content_id": "138",
        "cost": "5000",
        "node_precheckcode": "0",
        "fk_anon_users": "383",
    }


async def test_it_takes_no_webhook_of_anybody_else(shop: Shop) -> None:
    before = records(shop)
    body = json.dumps(
        {"transactionId": "0.0.1001@1.1", "account": "0.0.1001", "memo": "1,2", "cost": 1, "nodePrecheckcode": 0}
    )
    async with a_reader() as forger:
        for authorization in ("", "Signature", "Signature " + "00" * 64, "Bearer " + "zz" * 64):
            async with forger.post(
                f"{shop.site.url}/?rest_route=/hedera-micropayment/v1/hello",
                data=body,
                headers={"Content-Type": "application/json", "Authorization": authorization},
            ) as answer:
                assert json.loads(await answer.json()) == {"msg": "failed"}
    assert records(shop) == before


async def test_the_stand_in_verifies_the_signature_the_original_made(sqlite_site: Site) -> None:
    """The vector of the original's own tests: what stands in for its verification is the same check."""
    vectors = json.loads((HERE.parent / "vectors" / "webhooks.json").read_text())["cases"]
    [case] = [case for case in vectors if case["name"] == "hedera-2019, as the original server signed"]
    assert case["publicKeys"] == [VECTOR_KEY]
    verified = sqlite_site.php(
        "return sodium_crypto_sign_verify_detached( sodium_hex2bin( explode( ' ', $header )[1] ), $body,"
        " sodium_hex2bin( $key ) );",
        header=case["headers"]["Authorization"],
        body=case["body"],
        key=VECTOR_KEY,
    )
    assert verified is True
