"""Looking: receipts are believed, absence only with a proof, and silence is not an answer."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from relay import hapi_pb2 as pb
from relay.chain import Never, Pending, Receipt, SignedTransfer, Taken
from relay.chains.hedera import link
from relay.chains.hedera.envelope import open_envelope
from relay.chains.hedera.names import mirror_form
from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from relay.errors import Unreachable
from tests.chains.conftest import Clock, Open, all_healthy
from tests.chains.signing import copies
from tests.chains.test_hedera_submit import settled
from tests.servers.hapi_node import Fails, HapiNode
from tests.servers.mirror_node import MirrorNode

Make = Callable[..., SignedTransfer]


def status(code: int) -> pb.Response:
    receipt = pb.TransactionReceipt(status=code)  # type: ignore[arg-type]
    header = pb.ResponseHeader(nodeTransactionPrecheckCode=pb.OK)
    return pb.Response(transactionGetReceipt=pb.TransactionGetReceiptResponse(header=header, receipt=receipt))


def absent(code: int = pb.RECEIPT_NOT_FOUND) -> pb.Response:
    header = pb.ResponseHeader(nodeTransactionPrecheckCode=code)  # type: ignore[arg-type]
    return pb.Response(transactionGetReceipt=pb.TransactionGetReceiptResponse(header=header))


async def test_a_transfer_is_pending_until_consensus_and_settled_after(
    open_hedera: Open, devnet: DevNode, make: Make
) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network), make()
    devnet.faults.slow_consensus_ms = 60_000
    await chain.submit(transfer)

    assert await chain.receipt(transfer) == Pending()
    devnet.agree_now()
    assert await settled(chain, transfer) == Receipt(ok=True, code=22, name="SUCCESS", final=True)


async def test_what_the_ledger_refuses_is_a_receipt_that_is_not_ok(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, status(pb.INSUFFICIENT_ACCOUNT_BALANCE))

    assert await chain.receipt(make()) == Receipt(ok=False, code=28, name="INSUFFICIENT_ACCOUNT_BALANCE")


async def test_a_status_newer_than_we_are_is_not_ok(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, status(9999))

    assert await chain.receipt(make()) == Receipt(ok=False, code=9999, name="RESPONSE_CODE_9999")


@pytest.mark.parametrize("code", [pb.RECEIPT_NOT_FOUND, pb.INVALID_TRANSACTION_ID, pb.OK])
async def test_absence_within_the_window_is_pending(open_hedera: Open, stub: HapiNode, make: Make, code: int) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.RECEIPT, absent(code))

    assert await chain.receipt(make()) == Pending()


@pytest.mark.parametrize("code", [pb.DUPLICATE_TRANSACTION, pb.INVALID_NODE_ACCOUNT, pb.INVALID_PAYER_SIGNATURE])
async def test_the_failure_of_one_copy_does_not_end_a_transfer_another_copy_may_still_make(
    open_hedera: Open, stub: HapiNode, make: Make, clock: Clock, code: int
) -> None:
    chain, transfer = await open_hedera(nodes=stub.network), make()
    stub.tell(link.RECEIPT, status(code))

    assert await chain.receipt(transfer) == Pending()
    clock.ahead_seconds = 140
    assert await chain.receipt(transfer) == Receipt(ok=False, code=code, name=pb.ResponseCodeEnum.Name(code))  # type: ignore[arg-type]


async def test_another_node_is_asked_when_the_first_is_away(open_hedera: Open, make: Make) -> None:
    async with open_devnet(nodes=2) as devnet:
        chain, transfer = await open_hedera(nodes=devnet.network), make()
        await all_healthy(chain)
        assert await chain.submit(transfer) == Taken(0)
        await settled(chain, transfer)
        await devnet.nodes[0].stop()

        assert await chain.receipt(transfer) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_the_node_that_was_handed_a_copy_is_asked_first(open_hedera: Open, make: Make) -> None:
    async with open_devnet(nodes=2) as devnet:
        chain = await open_hedera(nodes=devnet.network)
        await all_healthy(chain)
        devnet.nodes[0].faults.busy = 1
        transfer = copies(make, 3, 4)
        assert await chain.submit(transfer) == Taken(0)
        devnet.nodes[0].faults.receipts_expired = True

        assert await settled(chain, transfer) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_silence_is_not_an_answer(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain = await open_hedera(nodes=stub.network)
    for told in (Fails(), b"\xff\xff", absent(pb.BUSY)):
        stub.tell(link.RECEIPT, told)

        with pytest.raises(Unreachable):
            await chain.receipt(make())


# --- past the window ---


async def test_the_mirror_knows_what_nodes_have_forgotten(
    open_hedera: Open, devnet: DevNode, make: Make, clock: Clock
) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network, mirror=devnet.mirror), make()
    await chain.submit(transfer)
    await settled(chain, transfer)
    devnet.faults.receipts_expired = True
    clock.ahead_seconds = 1000

    assert await chain.receipt(transfer) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_a_transfer_that_never_arrived_is_never_once_the_mirror_came_past_its_window(
    open_hedera: Open, devnet: DevNode, make: Make, clock: Clock
) -> None:
    clock.ahead_seconds = -200
    transfer = make()
    clock.ahead_seconds = 0
    chain = await open_hedera(nodes=devnet.network, mirror=devnet.mirror)

    assert isinstance(await chain.receipt(transfer), Never)


async def test_what_a_node_took_and_lost_is_never_once_the_mirror_came_past_its_window(
    open_hedera: Open, stub: HapiNode, devnet: DevNode, make: Make, clock: Clock
) -> None:
    clock.ahead_seconds = -200
    transfer = make()
    clock.ahead_seconds = 0
    stub.tell(link.RECEIPT, status(pb.UNKNOWN))

    chain = await open_hedera(nodes=stub.network, mirror=devnet.mirror)
    assert isinstance(await chain.receipt(transfer), Never)

    chain = await open_hedera(nodes=stub.network)
    assert await chain.receipt(transfer) == Pending()


async def test_a_mirror_that_lags_behind_the_window_proves_nothing(
    open_hedera: Open, devnet: DevNode, make: Make, clock: Clock
) -> None:
    clock.ahead_seconds = -200
    transfer = make()
    clock.ahead_seconds = 0
    chain = await open_hedera(nodes=devnet.network, mirror=devnet.mirror)
    devnet.faults.mirror_lag_ms = 120_000

    assert await chain.receipt(transfer) == Pending()


async def test_the_mirror_decides_while_no_node_answers(
    open_hedera: Open, devnet: DevNode, make: Make, clock: Clock
) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network, mirror=devnet.mirror), make()
    await chain.submit(transfer)
    await settled(chain, transfer)
    await devnet.nodes[0].stop()

    assert await chain.receipt(transfer) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_a_mirror_that_does_not_answer_is_unreachable(
    open_hedera: Open, devnet: DevNode, make: Make, clock: Clock
) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network, mirror=devnet.mirror), make()
    devnet.faults.mirror_down = True
    clock.ahead_seconds = 1000

    with pytest.raises(Unreachable, match="503"):
        await chain.receipt(transfer)


async def test_without_a_mirror_a_node_proves_absence_while_it_would_still_remember(
    open_hedera: Open, stub: HapiNode, make: Make, clock: Clock
) -> None:
    clock.hold()
    chain, transfer = await open_hedera(nodes=stub.network), make()  # valid from 5 s ago, for 120 s
    stub.tell(link.RECEIPT, absent())

    clock.ahead_seconds = 120
    assert await chain.receipt(transfer) == Pending()
    clock.ahead_seconds = 130
    assert isinstance(await chain.receipt(transfer), Never)
    clock.ahead_seconds = 180
    with pytest.raises(Unreachable, match="mirror"):
        await chain.receipt(transfer)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["SUCCESS"], Receipt(ok=True, code=22, name="SUCCESS")),
        (["DUPLICATE_TRANSACTION", "SUCCESS"], Receipt(ok=True, code=22, name="SUCCESS")),
        (["INVALID_NODE_ACCOUNT", "INSUFFICIENT_TOKEN_BALANCE"], Receipt(False, 178, "INSUFFICIENT_TOKEN_BALANCE")),
        (["SOMETHING_NEW"], Receipt(ok=False, code=-1, name="SOMETHING_NEW")),
        (["DUPLICATE_TRANSACTION"], None),
        ([], None),
    ],
)
async def test_of_several_results_the_one_that_counts_is_taken(
    open_hedera: Open,
    stub: HapiNode,
    stub_mirror: MirrorNode,
    make: Make,
    clock: Clock,
    results: list[str],
    expected: Receipt | None,
) -> None:
    chain, transfer = await open_hedera(nodes=stub.network, mirror=stub_mirror.url), make()
    clock.ahead_seconds = 1000
    stub.tell(link.RECEIPT, absent())
    listed = [{"result": "SUCCESS", "nonce": 1}, {"result": "SUCCESS", "scheduled": True}]
    [copy] = open_envelope(transfer.raw)
    digest = base64.b64encode(hashlib.sha384(copy).digest()).decode()
    ours = {"nonce": 0, "scheduled": False, "transaction_hash": digest}
    listed = [*({"result": result, **ours} for result in results), *listed]
    path = f"/api/v1/transactions/{mirror_form(chain.decode(transfer).id)}"
    stub_mirror.pages[path] = {"transactions": listed}
    stub_mirror.pages["/api/v1/blocks?limit=1&order=desc"] = {
        "blocks": [{"timestamp": {"from": "0.0", "to": f"{int(clock().timestamp())}.000000001"}}]
    }

    seen = await chain.receipt(transfer)

    assert seen == expected if expected is not None else isinstance(seen, Never)


@pytest.mark.parametrize("blocks", [
    500, 302, b"junk", b"x" * 2_000_000, {}, {"blocks": []}, {"blocks": [{"timestamp": {"to": "soon"}}]},
    b'{"blocks":[{"timestamp":{"to":"\xff"}}]}', b'{"blocks":[],"links":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
])  # fmt: skip
async def test_a_mirror_that_talks_junk_is_unreachable(
    open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode, make: Make, clock: Clock, blocks: object
) -> None:
    chain, transfer = await open_hedera(nodes=stub.network, mirror=stub_mirror.url), make()
    clock.ahead_seconds = 1000
    stub.tell(link.RECEIPT, absent())
    stub_mirror.pages["/api/v1/blocks?limit=1&order=desc"] = blocks

    with pytest.raises(Unreachable):
        await chain.receipt(transfer)


@pytest.mark.parametrize(
    ("recorded", "ours"),
    [
        ({}, False),
        ({"transaction_hash": "AAAA"}, False),
        ({"memo": "inv_8f2k", "transfers": [(2001, 900_000), (3001, 100_000)]}, True),  # signed in another envelope
        ({"memo": "inv_8f2k", "transfers": [(2001, 900_007), (3001, 100_000)]}, True),  # and a staking reward
        ({"memo": "inv_8f2k", "transfers": [(2001, 899_999), (3001, 100_001)]}, False),
        ({"memo": "inv_8f2k", "transfers": [(2001, 900_000)]}, False),
        ({"memo": "another", "transfers": [(2001, 900_000), (3001, 100_000)]}, False),
        ({"memo": "inv_8f2k", "token_transfers": [(2001, 900_000), (3001, 100_000)]}, False),
    ],
)
async def test_a_success_counts_only_if_what_was_recorded_is_ours(
    open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode, make: Make, recorded: dict[str, Any], ours: bool
) -> None:
    """A receipt names an id, and a payer may sign two transfers with one id."""
    chain, transfer = await open_hedera(nodes=stub.network, mirror=stub_mirror.url), make()
    stub.tell(link.RECEIPT, status(pb.SUCCESS))
    assert await chain.receipt(transfer) == Pending()  # the mirror has not come so far
    path = f"/api/v1/transactions/{mirror_form(chain.decode(transfer).id)}"
    entry: dict[str, Any] = {"result": "SUCCESS", "transaction_hash": recorded.get("transaction_hash", "")}
    entry["memo_base64"] = base64.b64encode(recorded.get("memo", "").encode()).decode()
    entry["transfers"] = [{"account": f"0.0.{num}", "amount": amount} for num, amount in recorded.get("transfers", ())]
    entry["token_transfers"] = [
        {"account": f"0.0.{num}", "amount": amount, "token_id": "0.0.5001"}
        for num, amount in recorded.get("token_transfers", ())
    ]
    stub_mirror.pages[path] = {"transactions": [entry]}

    seen = await chain.receipt(transfer)

    code, name = (22, "SUCCESS") if ours else (11, "DUPLICATE_TRANSACTION")
    assert seen == Receipt(ok=ours, code=code, name=name)
