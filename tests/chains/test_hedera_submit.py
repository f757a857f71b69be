"""Submitting: what is said of bytes handed to a node is never more than is known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from relay import hapi_pb2 as pb
from relay.chain import SIGNED, Receipt, Refused, SignedTransfer, Taken, Unknown
from relay.chains.hedera import link, submit
from relay.devnet.network import DevNode
from tests.chains import signing
from tests.chains.conftest import BOTH, Clock, Open, Reports
from tests.chains.signing import DEVNET, ECDSA_PAYER, SHOP, body, pair, transfer_of
from tests.servers.hapi_node import Fails, Hang, HapiNode

UNREACHABLE = Refused("node_unreachable", "UNAVAILABLE. Hedera network unreachable.", None)
Make = Callable[..., SignedTransfer]


@pytest.fixture(params=BOTH)
def channel(request: pytest.FixtureRequest) -> Any:
    return request.param


def precheck(code: int, cost: int = 0) -> pb.TransactionResponse:
    return pb.TransactionResponse(nodeTransactionPrecheckCode=code, cost=cost)  # type: ignore[arg-type]


async def test_a_taken_transfer_reaches_the_node_byte_for_byte(open_hedera: Open, devnet: DevNode, make: Make) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network), make()

    assert await chain.submit(transfer) == Taken(0)

    assert devnet.seen == [transfer.raw]


async def test_sending_the_same_bytes_again_is_taken_again(open_hedera: Open, devnet: DevNode, make: Make) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network), make()
    await chain.submit(transfer)

    assert await chain.submit(transfer) == Taken(11)


@pytest.mark.parametrize("envelope", [signing.body_bytes, signing.legacy_map, signing.legacy_sigs])
async def test_old_envelopes_settle_on_a_node_that_only_takes_todays(
    open_hedera: Open, devnet: DevNode, make: Make, reports: Reports, envelope: Callable[[bytes], bytes]
) -> None:
    chain = await open_hedera(nodes=devnet.network)
    raw = pb.SignedTransaction.FromString(pb.Transaction.FromString(make().raw).signedTransactionBytes).bodyBytes

    transfer = chain.decode(SignedTransfer(DEVNET, SIGNED, envelope(raw)))

    assert await chain.submit(transfer.signed) == Taken(0)
    assert await settled(chain, transfer.signed) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_an_ecdsa_payer_and_a_token_settle(open_hedera: Open, devnet: DevNode, clock: Clock) -> None:
    chain = await open_hedera(nodes=devnet.network)
    pays = transfer_of({}, {ECDSA_PAYER: -50, SHOP: 50}, decimals=6)
    raw = body(pays, payer=ECDSA_PAYER, seconds=int(clock().timestamp()) - 5).SerializeToString()
    transfer = chain.decode(SignedTransfer(DEVNET, SIGNED, signing.modern(raw, [pair(raw, ECDSA_PAYER)])))

    assert await chain.submit(transfer.signed) == Taken(0)
    assert await settled(chain, transfer.signed) == Receipt(ok=True, code=22, name="SUCCESS")


async def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(
    open_hedera: Open, devnet: DevNode, make: Make
) -> None:
    chain, transfer = await open_hedera(nodes=devnet.network), make()
    devnet.faults.lost_answers = 1

    assert await chain.submit(transfer) == Taken(11)

    assert devnet.seen == [transfer.raw, transfer.raw]


async def test_a_busy_node_is_asked_again_with_the_same_bytes(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain, transfer = await open_hedera(nodes=stub.network), make()
    stub.tell(link.TRANSFER, precheck(pb.BUSY), precheck(pb.PLATFORM_TRANSACTION_NOT_CREATED), precheck(pb.OK))

    assert await chain.submit(transfer) == Taken(0)

    assert stub.transfers == [transfer.raw] * 3


async def test_a_node_that_stays_busy_is_given_up_when_the_window_closes(
    open_hedera: Open, stub: HapiNode, make: Make, clock: Clock
) -> None:
    chain, transfer = await open_hedera(nodes=stub.network), make()
    stub.tell(link.TRANSFER, precheck(pb.BUSY))
    clock.ahead_seconds = 300

    outcome = await chain.submit(transfer)

    assert isinstance(outcome, Refused) and (outcome.reason, outcome.code) == ("node_refused", 12)
    assert len(stub.transfers) == 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (pb.TRANSACTION_EXPIRED, "transaction_expired"),
        (pb.INVALID_SIGNATURE, "invalid_signature"),
        (pb.INSUFFICIENT_PAYER_BALANCE, "node_refused"),
        (pb.INVALID_NODE_ACCOUNT, "node_refused"),
        (pb.TRANSACTION_HAS_UNKNOWN_FIELDS, "node_refused"),
    ],
)
async def test_a_refusal_has_the_nodes_code_and_its_name(
    open_hedera: Open, stub: HapiNode, make: Make, code: pb.ResponseCodeEnum, reason: str
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, precheck(code))

    outcome = await chain.submit(make())

    assert isinstance(outcome, Refused) and (outcome.reason, outcome.code) == (reason, code)
    assert pb.ResponseCodeEnum.Name(code) in outcome.message
    assert len(stub.transfers) == 1


async def test_a_fee_that_is_too_low_is_refused_with_what_the_node_asks(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, precheck(pb.INSUFFICIENT_TX_FEE, cost=84_018))

    outcome = await chain.submit(make())

    assert isinstance(outcome, Refused) and "84018 tinybars" in outcome.message


async def test_a_code_newer_than_we_are_is_still_a_refusal(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, b"\x08\x8f\x4e")

    outcome = await chain.submit(make())

    assert isinstance(outcome, Refused) and outcome.code == 9999


async def test_a_node_that_is_away_gets_nothing_and_the_payer_hears_at_once(open_hedera: Open, make: Make) -> None:
    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.3"})
    began = time.monotonic()

    assert await chain.submit(make()) == UNREACHABLE

    assert time.monotonic() - began < submit.SUBMIT_SECONDS - 1  # that it is tried for when there is any hope


async def test_a_node_that_went_away_is_unreachable_and_one_that_came_back_is_used_at_once(
    open_hedera: Open, stub: HapiNode, make: Make, reports: Reports
) -> None:
    chain = await open_hedera(nodes=stub.network)
    assert await chain.submit(make()) == Taken(0)
    port = stub.port
    await stub.stop()
    await reports.until(healthy=False)

    assert await chain.submit(make()) == UNREACHABLE
    await stub.start(port)
    await asyncio.sleep(link.FRESH_SECONDS)
    assert await chain.submit(make()) == Taken(0)


async def test_many_transfers_at_once_to_a_node_that_is_away_are_all_refused(open_hedera: Open, make: Make) -> None:
    chain = await open_hedera(nodes={"127.0.0.1:9": "0.0.3"})

    outcomes = await asyncio.gather(*(chain.submit(make()) for _ in range(50)))

    assert outcomes == [UNREACHABLE] * 50


async def test_a_send_without_any_answer_is_unknown(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain, transfer = await open_hedera(nodes=stub.network, call_seconds=0.5), make()
    stub.tell(link.TRANSFER, Hang())

    outcome = await chain.submit(transfer)

    assert isinstance(outcome, Unknown) and "DEADLINE_EXCEEDED" in outcome.message
    await stub.arrived()
    assert set(stub.transfers) == {transfer.raw}


async def test_an_answer_that_cannot_be_read_is_unknown(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, b"\xff\xff\xff")

    assert isinstance(await chain.submit(make()), Unknown)


@pytest.mark.parametrize("status", [grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED])
async def test_a_failed_call_may_have_arrived(
    open_hedera: Open, stub: HapiNode, make: Make, status: grpc.StatusCode
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Fails(status))

    assert isinstance(await chain.submit(make()), Unknown)
    assert len(stub.transfers) == 1 + submit.RESENDS


async def test_a_refusal_after_a_send_without_answer_proves_nothing(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Fails(), precheck(pb.INSUFFICIENT_PAYER_BALANCE))

    assert isinstance(await chain.submit(make()), Unknown)


async def test_busy_after_a_send_without_answer_is_retried_to_a_duplicate(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Fails(), precheck(pb.BUSY), precheck(pb.DUPLICATE_TRANSACTION))

    assert await chain.submit(make()) == Taken(11)


async def test_a_node_that_stopped_answering_is_asked_how_it_is_before_it_gets_a_transfer(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Fails())
    stub.tell("probe", Fails())
    assert isinstance(await chain.submit(make()), Unknown)
    before = len(stub.transfers)

    assert await chain.submit(make()) == UNREACHABLE

    assert len(stub.transfers) == before


async def test_a_transfer_for_a_node_nobody_knows_is_refused_with_those_that_are_known(
    open_hedera: Open, stub: HapiNode, make: Make
) -> None:
    chain = await open_hedera(nodes=stub.network)

    outcome = await chain.submit(make(node=99))

    assert isinstance(outcome, Refused) and (outcome.reason, outcome.code) == ("node_refused", None)
    assert outcome.message == "node 0.0.99 is not in the address book of hedera:devnet; sign for one of 0.0.3"
    assert stub.seen == []


async def test_closing_the_chain_under_a_send_leaves_it_unknown(
    open_hedera: Open, stub: HapiNode, make: Make, reports: Reports
) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Hang())
    sending = asyncio.ensure_future(chain.submit(make()))
    await stub.arrived()

    await chain._nodes.close()

    assert isinstance(await sending, Unknown)


async def test_a_cancelled_submit_is_cancelled(open_hedera: Open, stub: HapiNode, make: Make) -> None:
    chain = await open_hedera(nodes=stub.network)
    stub.tell(link.TRANSFER, Hang())
    sending = asyncio.ensure_future(chain.submit(make()))
    await stub.arrived()

    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


async def settled(chain: object, transfer: SignedTransfer) -> object:
    """The receipt, once there is one."""
    async with asyncio.timeout(30):
        while not isinstance(found := await chain.receipt(transfer), Receipt):  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        return found
