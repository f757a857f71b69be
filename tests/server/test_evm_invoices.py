"""An EVM chain over HTTP: what a merchant may ask there, what a wallet is told, and how things are spelled."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from relay.devnet import open_devnet
from tests.chains import evm
from tests.chains.evm import CHAIN, EURC, PAYER, PLAIN, SHOP, USDC
from tests.conftest import MERCHANTS
from tests.server.paying import get, invoice, post, until_reached
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

TABLE = f"""
[chains."{CHAIN}"]
rpc = ["http://127.0.0.1:9"]
sponsors = ["{evm.SPONSOR_KEY}"]
tokens = [
  {{ address = "{USDC}", symbol = "USDC", decimals = 6, name = "USD Coin", version = "2" }},
  {{ address = "{EURC.lower()}", symbol = "EURC", decimals = 6, name = "EURC", version = "2" }},
  {{ address = "{PLAIN}", symbol = "PLN", decimals = 18 }},
]
"""
HEDERA = """
[chains."eip155:296"]
rpc = ["http://127.0.0.1:9"]
"""
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, str]]:
    """The URL of a relay with an EVM chain whose nodes are all away, and a merchant's key."""
    folder: Path = tmp_path_factory.mktemp("relay")
    database = f"sqlite:///{folder}/relay.db"
    keys = await prepare(database, MERCHANTS)
    async with (
        open_devnet() as node,
        RelayProcess(folder, database, node.network, node.mirror, chain=TABLE + HEDERA) as relay,
    ):
        yield relay.url, keys["shop"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("asset", [USDC, USDC.lower(), "0x" + USDC[2:].upper()])
async def test_an_asset_and_a_payee_in_any_case_become_their_one_spelling(shop: tuple[str, str], asset: str) -> None:
    asked = await invoice(*shop, network=str(CHAIN), asset=asset, amount="1500000", payTo=SHOP.lower())

    assert (asked["asset"], asked["payTo"]) == (USDC, [{"account": SHOP, "amount": "1500000"}])
    price = {"network": str(CHAIN), "asset": USDC, "amount": "1500000", "payTo": asked["payTo"], "memo": asked["memo"]}
    domain = {"name": "USD Coin", "version": "2", "assetTransferMethod": "eip3009"}
    assert asked["requirements"] == [{"scheme": "signed"} | price, {"scheme": "exact", "extra": domain} | price]


@pytest.mark.asyncio(loop_scope="module")
async def test_what_moves_by_permit2_says_so_and_a_coin_moves_only_by_a_transaction(shop: tuple[str, str]) -> None:
    plain = await invoice(*shop, network=str(CHAIN), asset=PLAIN, amount="1", payTo=SHOP)
    coin = await invoice(*shop, network=str(CHAIN), asset="native", amount="1", payTo=SHOP)
    first = await invoice(*shop, network=str(CHAIN), asset=None, amount="1", payTo=SHOP)

    assert plain["requirements"][1]["extra"] == {"assetTransferMethod": "permit2"}
    assert [each["scheme"] for each in coin["requirements"]] == ["signed"]
    assert first["asset"] == "native"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"payTo": [{"account": SHOP, "amount": "1"}, {"account": OTHER, "amount": "1"}]}, "pays at most 1 accounts"),
        ({"payTo": SHOP[:-1] + "9"}, "wrong checksum"),
        ({"payTo": "0.0.2001"}, "is not an account"),
        ({"payTo": "0x" + "0" * 40}, "nobody is paid there"),
        ({"payTo": EURC}, "is a token"),
        ({"payTo": None}, "payTo: missing"),
        ({"asset": OTHER}, "is not taken"),
        ({"asset": "0.0.0"}, "is not taken"),
        ({"asset": "NATIVE TOKEN"}, "is not taken"),
        ({"network": "eip155:296", "asset": "native", "amount": "10000000001"}, "in multiples of 10000000000 units"),
        ({"network": "eip155:1"}, "is not one of this relay's"),
    ],
)
async def test_a_wish_the_chain_cannot_meet_says_why(shop: tuple[str, str], wish: dict[str, object], says: str) -> None:
    body = {"network": str(CHAIN), "asset": USDC, "amount": "2", "payTo": SHOP} | wish

    status, problem = await post(shop[0], "/v1/invoices", shop[1], json=body)

    assert (status, says in problem["detail"]) == (400, True), problem


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_node_a_payment_is_not_relayed_and_the_refusals_before_that_need_none(
    shop: tuple[str, str],
) -> None:
    asked = await invoice(*shop, network=str(CHAIN), asset=USDC, amount="1500000", payTo=SHOP)

    async def pay(transaction: object, scheme: str = "exact", **other: object) -> tuple[int, dict[str, str]]:
        body = {"network": str(CHAIN), "scheme": scheme, "transaction": transaction, "invoice": asked["id"]} | other
        return await post(shop[0], "/v1/payments", shop[1], json=body)

    async def code(transaction: object, scheme: str = "exact", **other: object) -> tuple[int, str]:
        status, problem = await pay(transaction, scheme, **other)
        return status, problem["code"]

    assert await code(evm.authorization(validBefore="9999999999")) == (503, "node_unreachable")
    assert await code(evm.authorization()) == (422, "transaction_expired")
    assert await code("0x" + evm.token_transfer().hex(), "signed") == (503, "node_unreachable")
    assert await code(evm.authorization(value="1")) == (422, "wrong_amount")
    assert await code(evm.authorization(to=OTHER)) == (422, "unknown_payee")
    assert await code(evm.authorization(token=EURC)) == (422, "wrong_asset")
    assert await code("0x" + evm.transaction().hex(), "signed") == (422, "wrong_asset")
    assert await code(evm.authorization(), "upto") == (400, "invalid_request")
    assert await code("0x02c0", "signed") == (422, "invalid_transaction")
    assert await code({"authorization": {}}) == (422, "invalid_transaction")
    assert await code(evm.authorization(), invoice=None) == (422, "unknown_payee")
    assert await code(evm.authorization(), invoice="inv_none") == (404, "invoice_not_found")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_relay_with_one_chain_away_is_degraded_and_still_ready(shop: tuple[str, str]) -> None:
    await until_reached(shop[0])
    code, body = await get(shop[0], "/readyz")

    assert (code, body["status"]) == (200, "degraded")
    assert body["checks"] == {
        "database": "ok",
        "hedera:devnet": "ok",
        str(CHAIN): "no healthy node",
        "eip155:296": "no healthy node",
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_a_socket_takes_an_authorization_as_an_object_and_a_transaction_in_every_form(
    shop: tuple[str, str],
) -> None:
    asked = await invoice(*shop, network=str(CHAIN), asset=USDC, amount="1500000", payTo=SHOP)
    common = {"network": str(CHAIN), "invoice": asked["id"]}
    raw, word = evm.token_transfer(), evm.authorization(validBefore="9999999999")
    async with Listener(shop[0]) as payer:
        for transaction in (raw, "0x" + raw.hex(), base64.b64encode(raw).decode(), list(raw)):
            answer = await payer.call("CRYPTOTRANSFER", common | {"transaction": transaction})
            assert (answer["status"], answer["reason"]) == ("rejected", "node_unreachable")
        for transaction in (word, json.dumps(word), json.dumps(word).encode()):
            answer = await payer.call("CRYPTOTRANSFER", common | {"scheme": "exact", "transaction": transaction})
            assert (answer["status"], answer["reason"]) == ("rejected", "node_unreachable")
        for transaction, reason in (
            (word | {"authorization": {}}, "invalid_transaction"),
            ({"payload": word, "accepted": {"network": "eip155:1"}}, "unsupported_network"),
            (evm.authorization(value="1"), "wrong_amount"),
            ({"x": "y" * 20_000}, "too_large"),
            ({}, "invalid_transaction"),
            (None, "invalid_request"),
        ):
            answer = await payer.call("CRYPTOTRANSFER", common | {"scheme": "exact", "transaction": transaction})
            assert (answer["status"], answer["reason"]) == ("rejected", reason)


async def listed(shop: tuple[str, str], query: dict[str, str]) -> tuple[int, Any]:
    return await get(shop[0], f"/v1/payments?{urlencode(query)}", shop[1])


@pytest.mark.asyncio(loop_scope="module")
async def test_lists_are_asked_for_in_any_spelling_of_any_chain(shop: tuple[str, str]) -> None:
    nonce = f"{PAYER.address.lower()}+0x{'AB' * 32}@{USDC.lower()}"
    for query in (
        {"transaction": "0x" + "AB" * 32},
        {"transaction": "0x" + "ab" * 32, "network": str(CHAIN)},
        {"transaction": nonce},
        {"transaction": "0.0.1001@1700000000.1"},
        {"payer": PAYER.address.lower()},
        {"payer": "0.0.1001"},
    ):
        status, page = await listed(shop, query)
        assert (status, page["data"]) == (200, [])
    assert (await listed(shop, {"transaction": "what"}))[0] == 400
    assert (await listed(shop, {"transaction": "0x" + "ab" * 32, "network": "hedera:devnet"}))[0] == 400


@pytest.mark.asyncio(loop_scope="module")
async def test_networks_say_how_each_asset_is_paid(shop: tuple[str, str]) -> None:
    [chain] = [each for each in (await get(shop[0], "/v1/networks"))[1]["data"] if each["network"] == str(CHAIN)]

    assert chain["schemes"] == ["exact", "signed"]
    assert [(each["asset"], each["schemes"], each.get("extra")) for each in chain["assets"]] == [
        ("native", ["signed"], None),
        (USDC, ["exact", "signed"], {"name": "USD Coin", "version": "2", "assetTransferMethod": "eip3009"}),
        (EURC, ["exact", "signed"], {"name": "EURC", "version": "2", "assetTransferMethod": "eip3009"}),
        (PLAIN, ["exact", "signed"], {"assetTransferMethod": "permit2"}),
    ]
