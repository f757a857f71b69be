"""Money that came without us, found on a real EVM chain from a cursor that survives downtime and reorganisations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from eth_utils.address import to_checksum_address

from relay.abilities import Seen
from relay.chain import WATCHED, Pending, Receipt
from relay.chains.eip155 import Eip155
from relay.chains.eip155.sweep import Sweep
from relay.errors import Unreachable
from relay.money import Account
from tests.chains.evm_chain import final, opened, send, sign, until
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, malicious, usdc

ALICE, BOB = PAYERS[1], PAYERS[2]
SHOP, BLOG = Account(PAYERS[5].address), Account(PAYERS[6].address)
ACCOUNTS = (SHOP, BLOG)


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil(args=("--no-mining",)) as node:
        yield node


async def searched(chain: Eip155, cursor: str | None, accounts: Sequence[Account] = ACCOUNTS) -> tuple[list[Seen], str]:
    """All there is past the cursor, as the worker reads it, and the cursor then."""
    seen: list[Seen] = []
    while True:
        stretch = await chain.watch(accounts, cursor)
        seen += stretch.seen
        cursor = stretch.cursor
        if not stretch.more:
            return seen, cursor


async def mine(chain: Eip155, node: Anvil, blocks: int = 1) -> None:
    """Mine what was sent, and let the chain see it."""
    await node.rpc("anvil_mine", blocks)
    await noticed(chain, node)


async def noticed(chain: Eip155, node: Anvil) -> None:
    """Until the chain has seen the node's head."""
    block = await node.rpc("eth_getBlockByNumber", "latest", False)
    sweep: Sweep = chain._receipts.sweep
    while not sweep.head.blocks.has(int(block["number"], 16), block["hash"]):
        await sweep.step()


def what(seen: Seen) -> tuple[str, str, int]:
    [credit] = [leg for leg in seen.transfer.legs if leg.amount > 0]
    return credit.account, credit.asset, credit.amount


async def test_coins_and_tokens_to_a_merchant_are_found_and_nothing_else(node: Anvil) -> None:
    token, unlisted = await usdc(node), await usdc(node)
    async with opened(node.url, tokens=(token,), finality=1) as chain:
        _, cursor = await searched(chain, None)
        coins = await send(node, await sign(node, ALICE, SHOP, 5))
        await mine(chain, node)
        await send(node, await sign(node, ALICE, BOB.address, 6))
        tokens = await send(node, await sign(node, BOB, token.address, data=token.data("transfer", BLOG, 70)))
        await unlisted.send("transfer", SHOP, 8)
        await token.send("transfer", BOB.address, 9)
        await mine(chain, node)
        seen, cursor = await searched(chain, cursor)
        assert [what(each) for each in seen] == [(SHOP, "native", 5), (BLOG, to_checksum_address(token.address), 70)]
        assert [each.transfer.id for each in seen] == [coins, tokens]  # as if they had been made through us
        assert [each.transfer.payer for each in seen] == [ALICE.address, BOB.address]
        assert all(each.transfer.memo is None for each in seen)
        assert all(each.receipt.ok and each.receipt.final for each in seen)
        assert all([final(await chain.receipt(each.transfer.signed)) for each in seen])
        assert (await searched(chain, cursor))[0] == []


async def test_ten_thousand_blocks_of_downtime_are_caught_up() -> None:
    async with anvil(args=("--hardfork", "london", "--prune-history")) as node:
        async with opened(node.url) as chain:
            _, cursor = await searched(chain, None)
        hashes = []
        for blocks in (3_000, 4_000, 3_000):
            hashes.append(await send(node, await sign(node, ALICE, SHOP, 5)))
            await node.rpc("anvil_mine", blocks)
        async with opened(node.url) as chain:
            seen, cursor = await searched(chain, cursor)
            assert [each.transfer.id for each in seen] == hashes
            assert len(cursor) < 8_000
            assert (await searched(chain, cursor))[0] == []


async def test_a_reorganisation_while_nobody_looked_is_found(node: Anvil) -> None:
    async with opened(node.url) as chain:
        _, cursor = await searched(chain, None)
        gone = await send(node, await sign(node, ALICE, SHOP, 5))
        await mine(chain, node, 6)
        [seen], cursor = await searched(chain, cursor)
        assert seen.transfer.id == gone and seen.receipt.block == 1
    await node.rpc("anvil_reorg", 6, [])
    await node.rpc("anvil_mine", 3)
    came = await send(node, await sign(node, BOB, SHOP, 7))
    await node.rpc("evm_mine")
    async with opened(node.url) as chain:
        stretch = await chain.watch(ACCOUNTS, cursor)
        assert stretch.undone_from == 1
        assert [each.transfer.id for each in stretch.seen] == [came]
        assert await chain.receipt(seen.transfer.signed) == Pending()
        again = await chain.watch(ACCOUNTS, stretch.cursor)
        assert again.undone_from == 1  # for a while: another process may not know yet what it settled


async def test_the_same_height_with_another_hash_is_read_again(node: Anvil) -> None:
    async with opened(node.url) as chain:
        _, cursor = await searched(chain, None)
        signed = await sign(node, ALICE, SHOP, 5)
        await mine(chain, node, 2)
        seen, cursor = await searched(chain, cursor)
        assert seen == []
        await node.rpc("anvil_reorg", 1, [["0x" + signed.raw.hex(), 0]])
        await noticed(chain, node)
        [found], _ = await searched(chain, cursor)
        assert found.receipt.block == 2


async def test_several_transfers_of_one_transaction_are_several_payments(node: Anvil) -> None:
    token, caller = await usdc(node), await malicious(node, "Reenters")
    await token.send("approve", caller.address, 7, sender=ALICE.address)
    await caller.send("aim", token.address, bytes.fromhex(token.data("transferFrom", ALICE.address, BLOG, 7)[2:]))
    async with opened(node.url, tokens=(token, caller), finality=1) as chain:
        _, cursor = await searched(chain, None)
        hash = await send(node, await sign(node, ALICE, caller.address, data=caller.data("transfer", SHOP, 5)))
        await mine(chain, node)
        seen, _ = await searched(chain, cursor)
        assert {each.transfer.id: what(each)[::2] for each in seen} == {hash: (SHOP, 5), f"{hash}#0": (BLOG, 7)}
        for each in seen:
            assert final(await chain.receipt(each.transfer.signed))


async def test_a_cursor_ahead_of_the_nodes_waits_for_them(node: Anvil) -> None:
    async with opened(node.url) as chain:
        await mine(chain, node, 5)
        _, cursor = await searched(chain, None)
    async with anvil() as behind, opened(behind.url) as chain:
        with pytest.raises(Unreachable, match="at block 0"):
            await chain.watch(ACCOUNTS, cursor)


async def test_a_payment_found_by_watching_is_scheme_watched_and_never_submitted(node: Anvil) -> None:
    async with opened(node.url) as chain:
        _, cursor = await searched(chain, None)
        await send(node, await sign(node, ALICE, SHOP, 5))
        await mine(chain, node)
        [seen], _ = await searched(chain, cursor)
        assert seen.transfer.signed.scheme == WATCHED
        assert isinstance(seen.receipt, Receipt) and not seen.receipt.final
        await node.rpc("anvil_mine", 3)
        await until(chain, seen.transfer.signed, final)
