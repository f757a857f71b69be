"""What the ledger says of a transfer, by a real EVM node: receipts, finality, reorganisations, proofs of never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from relay.chain import Never, Pending, Receipt
from relay.chains.eip155.options import Tier
from tests.chains.evm_chain import final, included, opened, pending, send, sign, until
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, malicious, usdc

ALICE, BOB = PAYERS[1], PAYERS[2]
SHOP = PAYERS[5].address


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil(args=("--no-mining",)) as node:
        yield node


async def test_a_transfer_is_pending_then_included_then_final(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with opened(node.url, finality=3) as chain:
        assert await chain.receipt(signed) == Pending()
        await send(node, signed)
        await node.rpc("evm_mine")
        sight = await until(chain, signed, included)
        assert sight == Receipt(ok=True, code=1, name="SUCCESS", final=False, depth=0, block=1)
        await node.rpc("evm_mine")
        await node.rpc("evm_mine")
        sight = await until(chain, signed, final)
        assert sight == Receipt(ok=True, code=1, name="SUCCESS", final=True, depth=2, block=1)


async def test_a_transfer_mined_before_we_began_to_look_is_found(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    await send(node, signed)
    await node.rpc("anvil_mine", 20)
    async with opened(node.url) as chain:
        assert final(await chain.receipt(signed))


async def test_who_waits_is_woken_when_it_is_mined_and_when_it_is_final(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with opened(node.url) as chain:
        assert pending(await chain.receipt(signed))
        await send(node, signed)
        for told in (included, final):
            woken = asyncio.create_task(chain.changed(signed))
            await asyncio.sleep(0)
            await node.rpc("evm_mine")
            async with asyncio.timeout(30):
                await woken
            assert told(await chain.receipt(signed))


async def test_a_transaction_that_reverted_is_no_payment(node: Anvil) -> None:
    await node.rpc("anvil_setAutomine", True)
    token = await usdc(node, holders=[])
    signed = await sign(node, ALICE, token.address, data=token.data("transfer", SHOP, 5))
    async with opened(node.url, tokens=(token,)) as chain:
        await send(node, signed)
        await node.rpc("evm_mine")
        sight = await until(chain, signed, final)
        assert isinstance(sight, Receipt) and not sight.ok and sight.name == "REVERTED"


@pytest.mark.parametrize(
    ("trick", "name"),
    [
        ("None", "SUCCESS"),
        ("ReturnsNothing", "SUCCESS"),
        ("TakesFee", "DELIVERED 990 OF 1000"),
        ("ReturnsFalse", "DELIVERED 0 OF 1000"),
        ("Silent", "DELIVERED 0 OF 1000"),
        ("CriesElsewhere", "DELIVERED 0 OF 1000"),
        ("Exaggerates", "DELIVERED 10000 OF 1000"),
    ],
)
async def test_what_arrived_counts_not_that_the_transaction_went_through(node: Anvil, trick: str, name: str) -> None:
    await node.rpc("anvil_setAutomine", True)
    token = await malicious(node, trick, holders=[ALICE.address])
    signed = await sign(node, ALICE, token.address, data=token.data("transfer", SHOP, 1000))
    async with opened(node.url, tokens=(token,), finality=1) as chain:
        await send(node, signed)
        sight = await until(chain, signed, final)
        assert isinstance(sight, Receipt) and (sight.name, sight.ok) == (name, name == "SUCCESS")


async def test_safe_and_finalized_are_the_chains_own_words(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    tiers = (Tier(units="100", finality="finalized"),)
    async with opened(node.url, finality="safe", tiers=tiers) as chain:
        large = await sign(node, BOB, SHOP, 100)
        await send(node, signed)
        await send(node, large)
        await node.rpc("anvil_mine", 33)  # anvil: 32 slots in an epoch; safe lags one epoch, finalized two
        assert isinstance(await until(chain, signed, final), Receipt)
        assert included(await chain.receipt(large))
        await node.rpc("anvil_mine", 33)
        await until(chain, large, final)
        assert chain.finality() == "settled when its block is safe; from 100 units of ETH when its block is finalized"


@pytest.mark.parametrize("depth", [1, 2, 5, 40])
async def test_a_reorganisation_makes_it_pending_again(node: Anvil, depth: int) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with opened(node.url, finality=60) as chain:
        await send(node, signed)
        await node.rpc("anvil_mine", depth)
        await until(chain, signed, included)
        await node.rpc("anvil_reorg", depth, [])
        assert await until(chain, signed, pending) == Pending()
        await send(node, signed)
        await node.rpc("evm_mine")
        sight = await until(chain, signed, included)
        assert isinstance(sight, Receipt) and sight.block == depth + 1


async def test_a_reorganisation_may_move_it_to_another_block_of_the_same_height(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with opened(node.url, finality=3) as chain:
        await send(node, signed)
        await node.rpc("anvil_mine", 2)
        await until(chain, signed, included)
        await node.rpc("anvil_reorg", 2, [["0x" + signed.raw.hex(), 1]])
        sight = await until(chain, signed, lambda sight: isinstance(sight, Receipt) and sight.block == 2)
        assert included(sight)


async def test_a_nonce_that_another_transaction_took_proves_never_once_that_is_final(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    other = await sign(node, ALICE, BOB.address, 7, maxFeePerGas=2 * 10**11)
    async with opened(node.url, finality=3) as chain:
        assert pending(await chain.receipt(signed))
        await send(node, other)
        await node.rpc("evm_mine")
        await until(chain, other, included)
        over = asyncio.get_running_loop().time() + 0.3
        while asyncio.get_running_loop().time() < over:  # taken, and not final, however often we ask
            assert pending(await chain.receipt(signed))
            await chain._receipts.sweep.step()
        await node.rpc("anvil_mine", 5)
        sight = await until(chain, signed, lambda sight: isinstance(sight, Never))
        assert isinstance(sight, Never) and "nonce 0" in sight.message


async def test_a_double_spend_in_a_reorganisation_ends_as_never(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    other = await sign(node, ALICE, BOB.address, 7, maxFeePerGas=2 * 10**11)
    async with opened(node.url, finality=4) as chain:
        await send(node, signed)
        await node.rpc("evm_mine")
        await until(chain, signed, included)
        await node.rpc("anvil_reorg", 1, [["0x" + other.raw.hex(), 0]])
        await until(chain, signed, pending)
        await node.rpc("anvil_mine", 5)
        await until(chain, signed, lambda sight: isinstance(sight, Never))


async def test_a_websocket_tells_of_new_blocks_without_polling(node: Anvil) -> None:
    signed = await sign(node, ALICE, SHOP, 5)
    async with opened(node.url, node.ws, poll_seconds=60, finality=1) as chain:
        assert pending(await chain.receipt(signed))
        await send(node, signed)
        woken = asyncio.create_task(chain.changed(signed))
        async with asyncio.timeout(30):
            while not woken.done():  # the subscription may take a moment to stand
                await node.rpc("evm_mine")
                await asyncio.wait([woken], timeout=0.1)
        assert final(await chain.receipt(signed))
