"""Following through endpoints that lag, lie, lose, lack or die: slower at worst, never wrong."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest_asyncio

from relay.abilities import Seen
from relay.chain import Pending, Receipt
from relay.errors import Unreachable
from tests.chains.evm_chain import final, included, opened, pending, send, sign, until
from tests.chains.test_eip155_watch import ACCOUNTS, mine, searched
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, usdc
from tests.servers.rpc_proxy import rpc_proxy

ALICE = PAYERS[1]
SHOP = PAYERS[5].address


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil(args=("--no-mining",)) as node:
        yield node


async def test_a_node_that_falls_behind_takes_nothing_back(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, finality=1) as chain:
        await send(node, signed)
        await node.rpc("anvil_mine", 2)
        await until(chain, signed, final)
        proxy.behind = 2
        for _ in range(20):
            sight = await chain.receipt(signed)
            assert isinstance(sight, Receipt) and sight.final
            await chain._receipts.sweep.step()


async def test_a_node_without_our_head_cannot_say_that_something_is_not_there(node: Anvil) -> None:
    """After a restart the sweep has seen nothing: what it asks must not be answered by a laggard."""
    signed = await sign(node, ALICE, SHOP, 5)
    await send(node, signed)
    await node.rpc("anvil_mine", 2)
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, finality=1, poll_seconds=60) as chain:
        await chain._receipts.sweep.step()
        proxy.behind = 2
        try:
            sight = await chain.receipt(signed)
        except Unreachable:
            pass
        else:
            assert sight != Pending()
        proxy.behind = 0
        assert final(await chain.receipt(signed))


async def test_of_two_endpoints_one_may_lag_and_one_may_die(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with rpc_proxy(node.url) as first, rpc_proxy(node.url) as second, opened(first.url, second.url) as chain:
        first.behind = 1
        await send(node, signed)
        await node.rpc("anvil_mine", 1)
        second.away = True
        await node.rpc("anvil_mine", 2)
        await until(chain, signed, final)
        first.away, second.away, second.behind = True, False, 1
        await node.rpc("anvil_mine", 2)
        for _ in range(20):
            assert final(await chain.receipt(signed))


async def test_two_endpoints_on_two_forks_end_in_agreement(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, finality=4) as chain:
        await send(node, signed)
        await node.rpc("anvil_mine", 2)
        await until(chain, signed, included)
        proxy.behind = 1  # it stays on what was there while the chain goes elsewhere
        await node.rpc("anvil_reorg", 2, [])
        with contextlib.suppress(Unreachable):  # of two forks neither may be told from the other just then
            await chain.receipt(signed)
        proxy.behind = 0
        await until(chain, signed, pending)
        await send(node, signed)
        await node.rpc("anvil_mine", 4)
        await until(chain, signed, final)


async def test_a_node_without_receipts_of_whole_blocks_is_asked_for_each(node: Anvil) -> None:
    many = [await sign(node, payer, SHOP, 5, nonce=n) for payer in PAYERS[1:4] for n in range(4)]
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, finality=1) as chain:
        proxy.faults["eth_getBlockReceipts"] = {"code": -32601, "message": "the method does not exist"}
        for signed in many:
            assert pending(await chain.receipt(signed))
            await send(node, signed)
        await node.rpc("evm_mine")
        for signed in many:
            await until(chain, signed, final)
        assert proxy.asked("eth_getBlockReceipts") == 1


async def test_receipts_are_one_question_per_block_not_one_per_payment(node: Anvil) -> None:
    many = [await sign(node, payer, SHOP, 5, nonce=n) for payer in PAYERS[1:5] for n in range(25)]
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, finality=1) as chain:
        for signed in many:
            await send(node, signed)
        for signed in many:
            chain._receipts.sweep.expect(chain.decode(signed).id)
        await node.rpc("evm_mine")
        for signed in many:
            await until(chain, signed, final)
        assert proxy.asked("eth_getBlockReceipts") == 1
        assert proxy.asked("eth_getTransactionReceipt") < len(many)


async def test_a_range_that_is_too_much_for_a_node_is_split(node: Anvil) -> None:
    token = await usdc(node, holders=[ALICE.address])
    async with rpc_proxy(node.url) as proxy, opened(proxy.url, tokens=(token,)) as chain:
        _, cursor = await searched(chain, None)
        hash = await send(node, await sign(node, ALICE, token.address, data=token.data("transfer", SHOP, 7)))
        await mine(chain, node, 40)
        proxy.widest_range = 5
        seen: list[Seen] = []
        more = True
        while more:
            with contextlib.suppress(Unreachable):
                stretch = await chain.watch(ACCOUNTS, cursor)
                seen, cursor, more = [*seen, *stretch.seen], stretch.cursor, stretch.more
        assert [each.transfer.id for each in seen] == [hash]
        assert proxy.asked("eth_getLogs") < 30
