"""Verifications that come together share requests to a node, and each hears what it would have heard alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from relay.chains.eip155.options import Options
from relay.chains.eip155.rpc import JOINED, Rpc, open_rpc
from relay.chains.eip155.spec import spec_of
from relay.errors import RelayError, Unreachable
from tests.chains.evm_chain import CHAIN, PATIENT, now
from tests.chains.fresh_anvil import node, proxy
from tests.chains.test_eip155_send import PAYER, SHOP, exact, sponsored
from tests.servers.anvil import Anvil
from tests.servers.evm import PLENTY, authorize, usdc
from tests.servers.rpc_proxy import RpcProxy

__all__ = ["node", "proxy"]

BLOCK, PRICE, NONSENSE = "eth_getBlockByNumber", "eth_gasPrice", "eth_getTransactionCount"


@pytest_asyncio.fixture
async def rpc(node: Anvil, proxy: RpcProxy) -> AsyncIterator[Rpc]:
    await node.rpc("anvil_mine", "0x10")
    spec = spec_of(CHAIN, Options(rpc=(proxy.url,), **PATIENT), now)
    async with open_rpc(spec, lambda chain, node: None) as rpc:
        yield rpc


async def height(rpc: Rpc, number: int) -> object:
    """The number of a block that is asked for beside something else."""
    _, block = await rpc.join([(PRICE, ()), (BLOCK, (hex(number), False))])
    assert isinstance(block, dict)
    return int(block["number"], 16)


async def test_who_comes_while_a_request_is_out_shares_the_next_one_and_gets_his_own_answers(
    rpc: Rpc, proxy: RpcProxy
) -> None:
    held = asyncio.Event()

    async def hold() -> None:
        await held.wait()

    proxy.then[PRICE] = hold
    first = asyncio.create_task(height(rpc, 0))
    async with asyncio.timeout(30):
        while PRICE in proxy.then:  # it is the first that is held
            await asyncio.sleep(0.01)
    others = range(1, 2 * JOINED + 3)
    assert await asyncio.gather(*(height(rpc, number) for number in others)) == list(others)
    held.set()
    assert await first == 0
    assert sorted(each.count(PRICE) for each in proxy.requests(PRICE)) == [1, 2, JOINED, JOINED]


async def test_a_node_that_gives_no_answer_is_an_error_of_each_and_one_it_declines_of_nobody_else(
    rpc: Rpc, proxy: RpcProxy
) -> None:
    good, bad = await asyncio.gather(rpc.join([(BLOCK, ("0x1", False))]), rpc.join([(NONSENSE, ("0x1",))]))
    assert isinstance(good[0], dict)
    assert "code" in repr(bad[0])
    proxy.away = True
    errors = await asyncio.gather(*(height(rpc, number) for number in range(3)), return_exceptions=True)
    assert all(type(error) is Unreachable for error in errors)
    assert len({id(error) for error in errors}) == 3


async def test_what_is_verified_in_one_request_cannot_be_promised_twice(
    tmp_path: Path, node: Anvil, proxy: RpcProxy
) -> None:
    token = await usdc(node)
    async with sponsored(tmp_path, proxy.url, tokens=(token,)) as chain:
        await chain.verify(chain.decode(exact(chain, authorize(PAYER, token, to=SHOP, value=1))), "shop")
        before = len(proxy.requests("eth_getCode"))
        payloads = [authorize(PAYER, token, to=SHOP, value=PLENTY // 5 * 2) for _ in range(8)]
        verified = await asyncio.gather(
            *(chain.verify(chain.decode(exact(chain, payload)), "shop") for payload in payloads), return_exceptions=True
        )
        refusals = [refusal for refusal in verified if refusal is not None]
        assert len(refusals) == len(payloads) - 2
        for refusal in refusals:
            assert isinstance(refusal, RelayError)
            assert refusal.code == "insufficient_funds"
        assert any(each.count("eth_getCode") > 1 for each in proxy.requests("eth_getCode")[before:])
