"""The mirror shows what was agreed on, in the mirror's own words, and says how far it has come."""

from __future__ import annotations

import base64
from datetime import timedelta

import aiohttp
import pytest
from devnet_wallet import Wallet

from relay import hapi_pb2 as pb
from relay.devnet.clock import Clock
from relay.devnet.fees import fee_of
from relay.devnet.genesis import DUSD, OPENING_TINYBARS, key_of
from relay.devnet.network import DevNode

Json = dict[str, object]


async def get(mirror: aiohttp.ClientSession, path: str, **query: str) -> Json:
    response = await mirror.get(f"/api/v1{path}", params=query)
    assert response.status == 200, await response.text()
    return await response.json()


def mirror_id(body: pb.TransactionBody) -> str:
    start = body.transactionID.transactionValidStart
    return f"0.0.{body.transactionID.accountID.accountNum}-{start.seconds}-{start.nanos:09d}"


async def test_a_transaction_is_shown_as_mirrors_show_it(wallet: Wallet, mirror: aiohttp.ClientSession) -> None:
    body = wallet.transfer({1001: -7, 2001: 7}, {1001: -9, 2002: 9}, memo="für Tee")
    entry = await wallet.settle(body)
    shown = (await get(mirror, f"/transactions/{mirror_id(body)}"))["transactions"][0]
    fee, start = fee_of(body), body.transactionID.transactionValidStart
    assert shown["result"] == "SUCCESS"
    assert shown["name"] == "CRYPTOTRANSFER"
    assert shown["node"] == "0.0.3"
    assert shown["transaction_id"] == mirror_id(body)
    assert shown["consensus_timestamp"] == f"{entry.consensus_ns // 10**9}.{entry.consensus_ns % 10**9:09d}"
    assert shown["valid_start_timestamp"] == f"{start.seconds}.{start.nanos:09d}"
    assert shown["valid_duration_seconds"] == "120"
    assert (shown["charged_tx_fee"], shown["max_fee"]) == (fee.total, str(body.transactionFee))
    assert base64.b64decode(shown["memo_base64"]).decode() == "für Tee"
    assert base64.b64decode(shown["transaction_hash"]) == entry.hash
    assert {each["account"]: each["amount"] for each in shown["transfers"]} == {
        "0.0.3": fee.node,
        "0.0.1001": -7 - fee.total,
        "0.0.2001": 7,
        "0.0.3001": fee.total - fee.node,
    }
    assert {(each["token_id"], each["account"], each["amount"]) for each in shown["token_transfers"]} == {
        ("0.0.5001", "0.0.1001", -9),
        ("0.0.5001", "0.0.2002", 9),
    }


async def test_a_failed_transaction_is_shown_with_its_code_and_only_the_fee(
    wallet: Wallet, mirror: aiohttp.ClientSession
) -> None:
    body = wallet.transfer({1003: -7, 2001: 7})
    await wallet.settle(body)
    shown = (await get(mirror, f"/transactions/{mirror_id(body)}"))["transactions"][0]
    assert shown["result"] == "INVALID_SIGNATURE"
    assert "0.0.2001" not in {each["account"] for each in shown["transfers"]}


async def test_a_transaction_is_still_shown_when_nodes_have_forgotten_it(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    body = wallet.transfer()
    await wallet.settle(body)
    devnet.ledger.clock.advance(timedelta(days=3))
    assert (await get(mirror, f"/transactions/{mirror_id(body)}"))["transactions"]


async def test_a_transaction_that_is_not_there_is_not_found(mirror: aiohttp.ClientSession) -> None:
    response = await mirror.get("/api/v1/transactions/0.0.1001-1700000000-000000001")
    assert response.status == 404
    assert await response.json() == {"_status": {"messages": [{"message": "Not found"}]}}


@pytest.mark.parametrize(
    "path",
    [
        "/transactions/nonsense",
        "/transactions?timestamp=yesterday",
        "/transactions?limit=0",
        "/transactions?account.id=me",
        "/accounts/me",
    ],
)
async def test_a_senseless_parameter_is_refused(path: str, mirror: aiohttp.ClientSession) -> None:
    response = await mirror.get(f"/api/v1{path}")
    assert response.status == 400
    assert (await response.json())["_status"]["messages"][0]["message"].startswith("Invalid parameter")


async def test_transactions_are_listed_newest_first_a_page_at_a_time(
    wallet: Wallet, mirror: aiohttp.ClientSession
) -> None:
    bodies = [wallet.transfer() for _ in range(5)]
    for body in bodies:
        await wallet.settle(body)
    seen: list[str] = []
    page = await get(mirror, "/transactions", limit="2")
    while True:
        seen += [each["transaction_id"] for each in page["transactions"]]
        if page["links"]["next"] is None:
            break
        page = await (await mirror.get(page["links"]["next"])).json()
    assert seen == [mirror_id(body) for body in reversed(bodies)]


async def test_transactions_are_filtered_by_account_result_and_time(
    wallet: Wallet, mirror: aiohttp.ClientSession
) -> None:
    good, bad = wallet.transfer({1001: -1, 2002: 1}), wallet.transfer({1003: -1, 2001: 1})
    first, _ = await wallet.settle(good), await wallet.settle(bad)

    async def ids(**query: str) -> list[str]:
        return [each["transaction_id"] for each in (await get(mirror, "/transactions", **query))["transactions"]]

    at = f"{first.consensus_ns // 10**9}.{first.consensus_ns % 10**9:09d}"
    assert await ids(**{"account.id": "0.0.2002"}) == [mirror_id(good)]
    assert await ids(result="fail") == [mirror_id(bad)]
    assert await ids(result="success") == [mirror_id(good)]
    assert await ids(timestamp=f"gt:{at}") == [mirror_id(bad)]
    assert await ids(timestamp=at) == [mirror_id(good)]
    assert await ids(timestamp=f"lt:{at}") == []
    assert await ids(timestamp=f"gte:{at}", order="asc") == [mirror_id(good), mirror_id(bad)]


async def test_the_mirrors_reach_advances_with_no_traffic_and_nothing_lands_behind_it(
    wallet: Wallet, mirror: aiohttp.ClientSession
) -> None:
    async def reach() -> float:
        return (await get(mirror, "/blocks", limit="1", order="desc"))["blocks"][0]["timestamp"]["to"]

    first, second = await reach(), await reach()
    entry = await wallet.settle(wallet.transfer())
    assert first < second < f"{entry.consensus_ns // 10**9}.{entry.consensus_ns % 10**9:09d}"


async def test_a_lagging_mirror_shows_nothing_newer_than_its_reach(
    wallet: Wallet, devnet: DevNode, still: Clock, mirror: aiohttp.ClientSession
) -> None:
    devnet.faults.mirror_lag_ms = 5000
    body = wallet.transfer()
    await wallet.settle(body)
    assert (await mirror.get(f"/api/v1/transactions/{mirror_id(body)}")).status == 404
    assert (await get(mirror, "/transactions"))["transactions"] == []
    still.advance(timedelta(seconds=5))
    assert (await mirror.get(f"/api/v1/transactions/{mirror_id(body)}")).status == 200


async def test_a_mirror_that_is_down_says_503_and_the_faults_can_still_be_cleared(
    mirror: aiohttp.ClientSession,
) -> None:
    await mirror.post("/faults", json={"mirrorDown": True})
    assert (await mirror.get("/api/v1/blocks")).status == 503
    await mirror.delete("/faults")
    assert (await mirror.get("/api/v1/blocks")).status == 200


@pytest.mark.parametrize(
    ("account", "kind", "key"),
    [
        ("0.0.1001", "ED25519", key_of(1001).ed25519),
        ("1002", "ECDSA_SECP256K1", key_of(1002).ECDSA_secp256k1),
        ("0.0.2", "ProtobufEncoded", key_of(2).SerializeToString()),
    ],
)
async def test_an_account_is_shown_with_key_and_balance(
    account: str, kind: str, key: bytes, mirror: aiohttp.ClientSession
) -> None:
    shown = await get(mirror, f"/accounts/{account}")
    assert shown["key"] == {"_type": kind, "key": key.hex()}
    assert shown["balance"]["balance"] == OPENING_TINYBARS
    assert shown["balance"]["tokens"] == [{"token_id": "0.0.5001", "balance": 10**12}]
    assert shown["links"] == {"next": None}


async def test_an_account_nobody_has_is_not_found(mirror: aiohttp.ClientSession) -> None:
    assert (await mirror.get("/api/v1/accounts/0.0.999999")).status == 404


async def test_balances_tokens_and_relationships_are_shown(mirror: aiohttp.ClientSession) -> None:
    assert (await get(mirror, "/balances", **{"account.id": "0.0.2001"}))["balances"][0]["balance"] == OPENING_TINYBARS
    assert (await get(mirror, "/balances", **{"account.id": "0.0.999999"}))["balances"] == []
    assert len((await get(mirror, "/balances", limit="3"))["balances"]) == 3
    assert (await get(mirror, f"/tokens/0.0.{DUSD}"))["decimals"] == "6"
    assert (await mirror.get("/api/v1/tokens/0.0.1")).status == 404
    held = await get(mirror, "/accounts/0.0.2001/tokens", **{"token.id": f"0.0.{DUSD}"})
    assert [each["balance"] for each in held["tokens"]] == [10**12]
    assert (await get(mirror, "/accounts/0.0.2001/tokens", **{"token.id": "0.0.1"}))["tokens"] == []


async def test_the_nodes_are_listed_where_they_listen(devnet: DevNode, mirror: aiohttp.ClientSession) -> None:
    listed = (await get(mirror, "/network/nodes"))["nodes"]
    assert {
        f"{point['ip_address_v4']}:{point['port']}": node["node_account_id"]
        for node in listed
        for point in node["service_endpoints"]
    } == devnet.network


async def test_the_exchange_rate_is_shown(mirror: aiohttp.ClientSession) -> None:
    rate = (await get(mirror, "/network/exchangerate"))["current_rate"]
    assert (rate["hbar_equivalent"], rate["cent_equivalent"]) == (1, 12)


async def test_pages_of_any_origin_may_read_the_mirror_and_not_the_switchboard(mirror: aiohttp.ClientSession) -> None:
    assert (await mirror.get("/api/v1/blocks")).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in (await mirror.get("/seen")).headers
