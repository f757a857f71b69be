"""Contract calls of 2019: relayed once, to contracts on the operator's list."""

from __future__ import annotations

import pytest

from relay import hapi_pb2 as pb
from relay.chains.hedera import link
from relay.errors import Forbidden, InvalidRequest
from tests.chains import signing
from tests.chains.conftest import Open
from tests.chains.signing import body
from tests.chains.test_hedera_submit import precheck
from tests.servers.hapi_node import Hang, HapiNode


def call(contract: int = 600, node: int = 3) -> bytes:
    message = body(node=node)
    message.contractCall.contractID.contractNum = contract
    message.contractCall.gas = 50_000
    return signing.modern(message.SerializeToString())


async def test_a_contract_call_is_relayed_once_and_answered_flat_and_nested(open_hedera: Open, stub: HapiNode) -> None:
    chain, raw = await open_hedera(nodes=stub.network, contracts=("0.0.600",)), call()
    stub.tell(link.CONTRACT, precheck(pb.INSUFFICIENT_GAS))

    reply = await chain.answer("CONTRACTCALL", raw)

    assert reply == {"nodePrecheckcode": 30, "error": None, "responseData": {"nodePrecheckcode": 30, "error": None}}
    assert stub.seen == [(link.CONTRACT, raw)]


@pytest.mark.parametrize("allowed", [(), ("0.0.601",)])
async def test_a_contract_the_operator_did_not_list_is_not_called(
    open_hedera: Open, stub: HapiNode, allowed: tuple[str, ...]
) -> None:
    chain = await open_hedera(nodes=stub.network, contracts=allowed)

    with pytest.raises(Forbidden, match=r"0\.0\.600"):
        await chain.answer("CONTRACTCALL", call())

    assert stub.seen == []


async def test_a_star_is_any_contract(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network, contracts=("*",))
    stub.tell(link.CONTRACT, precheck(pb.OK))

    assert (await chain.answer("CONTRACTCALL", call(12345)))["nodePrecheckcode"] == 0


async def test_a_transfer_is_no_contract_call(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network, contracts=("*",))

    with pytest.raises(InvalidRequest, match="contractCall"):
        await chain.answer("CONTRACTCALL", signing.modern(body().SerializeToString()))
    with pytest.raises(InvalidRequest):
        await chain.answer("CONTRACTCALL", call(node=44))

    assert stub.seen == []


async def test_a_contract_call_without_answer_is_not_sent_again(open_hedera: Open, stub: HapiNode) -> None:
    chain = await open_hedera(nodes=stub.network, contracts=("*",), call_seconds=1)
    stub.tell(link.CONTRACT, Hang())

    reply = await chain.answer("CONTRACTCALL", call())
    await stub.arrived()

    assert reply["nodePrecheckcode"] is None
    assert "may have been executed" in str(reply["error"])
    assert len(stub.seen) == 1
