"""What goes wrong on purpose, told in-process or over HTTP; and what a test can see of it afterwards."""

from __future__ import annotations

import aiohttp
import grpc
import pytest
from devnet_wallet import Wallet

from relay import hapi_pb2 as pb
from relay.devnet.accounts import name_id
from relay.devnet.genesis import OPENING_TINYBARS
from relay.devnet.network import DevNode


async def test_a_busy_node_says_so_as_often_as_told_and_takes_nothing(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.busy = 2
    raw = wallet.sign(wallet.transfer())
    assert [await wallet.precheck(raw) for _ in range(3)] == ["BUSY", "BUSY", "OK"]


async def test_a_node_answers_the_codes_it_is_told_in_order(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.precheck = [pb.PLATFORM_TRANSACTION_NOT_CREATED, pb.INVALID_SIGNATURE]
    raw = wallet.sign(wallet.transfer())
    answers = [await wallet.precheck(raw) for _ in range(3)]
    assert answers == ["PLATFORM_TRANSACTION_NOT_CREATED", "INVALID_SIGNATURE", "OK"]


async def test_an_unavailable_node_takes_nothing(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.unavailable = 1
    body = wallet.transfer()
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await wallet.send(wallet.sign(body))
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE
    assert await wallet.receipt_code(body.transactionID) == "RECEIPT_NOT_FOUND"
    assert await wallet.precheck(wallet.sign(body)) == "OK"


async def test_a_lost_answer_is_a_transaction_taken_all_the_same(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.lost_answers = 1
    body = wallet.transfer()
    agreed = wallet.next_entry(name_id(body.transactionID))
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await wallet.send(wallet.sign(body))
    assert failed.value.code() == grpc.StatusCode.UNAVAILABLE
    assert (await agreed).status == pb.SUCCESS
    assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"


async def test_only_an_answer_that_says_ok_is_lost(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.lost_answers = 1
    assert await wallet.precheck(wallet.sign(wallet.transfer(), 1003)) == "INVALID_SIGNATURE"
    assert devnet.faults.lost_answers == 1


async def test_a_transaction_that_never_reaches_consensus_stays_unknown(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    devnet.faults.never_consensus = 1
    body = wallet.transfer()
    assert await wallet.precheck(wallet.sign(body)) == "OK"
    await wallet.settle(wallet.transfer())  # a whole round later
    assert await wallet.receipt_code(body.transactionID) == "UNKNOWN"
    assert await wallet.precheck(wallet.sign(body)) == "DUPLICATE_TRANSACTION"
    assert (await mirror.get(f"/api/v1/transactions/{_mirror_id(body)}")).status == 404


async def test_expired_receipts_are_gone_from_the_node_and_not_from_the_mirror(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    body = wallet.transfer()
    await wallet.settle(body)
    devnet.faults.receipts_expired = True
    assert await wallet.receipt_code(body.transactionID) == "RECEIPT_NOT_FOUND"
    assert (await mirror.get(f"/api/v1/transactions/{_mirror_id(body)}")).status == 200


async def test_a_node_that_is_down_answers_nothing_and_its_neighbour_does(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.down = True
    for call in (wallet.send(wallet.sign(wallet.transfer())), wallet.receipt(wallet.body().transactionID)):
        with pytest.raises(grpc.aio.AioRpcError):
            await call
    assert await wallet.precheck(wallet.sign(wallet.transfer(node=4)), node=4) == "OK"


async def test_questions_alone_can_fail(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.queries_unavailable = 1
    body = wallet.transfer()
    await wallet.settle(body)
    with pytest.raises(grpc.aio.AioRpcError):
        await wallet.receipt(body.transactionID)
    assert await wallet.receipt_code(body.transactionID) == "SUCCESS"


async def test_a_slow_answer_comes_after_the_transaction_was_taken(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.slow_answer_ms = 60_000
    body = wallet.transfer()
    agreed = wallet.next_entry(name_id(body.transactionID))
    call = wallet._channels[3].unary_unary("/proto.CryptoService/cryptoTransfer")(wallet.sign(body))
    assert (await agreed).status == pb.SUCCESS
    assert not call.done()
    call.cancel()


async def test_what_was_taken_is_agreed_on_before_the_node_closes(wallet: Wallet, devnet: DevNode) -> None:
    devnet.faults.slow_consensus_ms = 60_000
    assert await wallet.precheck(wallet.sign(wallet.transfer())) == "OK"
    await devnet.nodes[0].stop()
    assert devnet.ledger.balance(2001) == OPENING_TINYBARS + 10**8


async def test_what_cryptotransfer_received_is_seen_byte_for_byte_in_order(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    body = wallet.transfer()
    sent = [wallet.sign(body), b"junk", wallet.sign(wallet.transfer())]
    for raw in sent:
        await wallet.send(raw)
    assert devnet.seen == sent
    told = await (await mirror.get("/seen")).json()
    assert told["count"] == 3
    assert [each["bytes"] for each in told["transactions"]] == [raw.hex() for raw in sent]
    assert told["transactions"][0]["transactionId"] == name_id(body.transactionID)
    assert told["transactions"][1]["transactionId"] is None


# --- over HTTP ---


async def test_faults_set_over_http_hold_until_they_are_deleted(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    told = await (await mirror.post("/faults", json={"busy": 5, "slowConsensusMs": 1})).json()
    assert (told["busy"], told["slowConsensusMs"]) == (5, 1)
    told = await (await mirror.post("/faults", json={"precheck": [7]})).json()
    assert (told["busy"], told["precheck"]) == (5, [7])
    assert await wallet.precheck(wallet.sign(wallet.transfer())) == "BUSY"
    await mirror.delete("/faults")
    assert await wallet.precheck(wallet.sign(wallet.transfer())) == "OK"


async def test_faults_of_another_node_are_set_by_its_account(
    wallet: Wallet, devnet: DevNode, mirror: aiohttp.ClientSession
) -> None:
    await mirror.post("/faults", json={"node": "0.0.4", "busy": 1})
    assert await wallet.precheck(wallet.sign(wallet.transfer())) == "OK"
    assert await wallet.precheck(wallet.sign(wallet.transfer(node=4)), node=4) == "BUSY"


@pytest.mark.parametrize(
    "junk", [b"{", b"[]", b'{"bussy": 1}', b'{"busy": "1"}', b'{"node": "0.0.9", "busy": 1}', b'{"precheck": [99999]}']
)
async def test_faults_that_are_none_are_refused(junk: bytes, devnet: DevNode, mirror: aiohttp.ClientSession) -> None:
    assert (await mirror.post("/faults", data=junk)).status == 400
    assert devnet.faults.busy == 0


def _mirror_id(body: pb.TransactionBody) -> str:
    start = body.transactionID.transactionValidStart
    return f"0.0.{body.transactionID.accountID.accountNum}-{start.seconds}-{start.nanos:09d}"
