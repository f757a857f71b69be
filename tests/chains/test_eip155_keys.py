"""The keys that pay for gas: several share the load, several processes share one, and a chain set back gets its row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from eth_account import Account

from relay.chain import Receipt, Taken
from relay.chains.eip155 import Eip155, Options, open_chain
from relay.chains.eip155.pace import Pace
from relay.devchain.ports import free_port
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from tests.chains.evm_chain import CHAIN, PATIENT, final, listed, now, until
from tests.chains.fresh_anvil import node, token
from tests.chains.test_eip155_send import PAYER, SHOP, exact, pay, sponsored
from tests.servers.anvil import KEYS, Anvil, anvil
from tests.servers.evm import Token, authorize, usdc

__all__ = ["node", "token"]

SPARE = tuple("0x" + digit * 64 for digit in "3456")


async def sent_by(node: Anvil, key: str) -> int:
    return int(await node.rpc("eth_getTransactionCount", Account.from_key(key).address, "latest"), 16)


async def funded(node: Anvil, *keys: str) -> None:
    for key in keys:
        await node.rpc("anvil_setBalance", Account.from_key(key).address, hex(10**20))


@asynccontextmanager
async def process(database: str, url: str, token: Token, key: str) -> AsyncIterator[Eip155]:
    """The chain as one of several relay processes over a database has it."""
    told = Options(rpc=(url,), tokens=(listed(token),), poll_seconds=0.02, finality=1, sponsors=(key,), **PATIENT)
    async with open_database(database) as db:
        sends = SentByUs(db)
        async with open_chain(CHAIN, told, clock=now, report=lambda chain, node: None, sends=sends) as chain:
            yield chain


async def test_several_keys_share_what_is_sent(tmp_path: Path, node: Anvil, token: Token) -> None:
    await funded(node, *SPARE[:2])
    await node.rpc("evm_setAutomine", False)
    async with sponsored(tmp_path, node.url, tokens=(token,), sponsors=SPARE[:3]) as chain:
        transfers = [exact(chain, authorize(PAYER, token, to=SHOP, value=3)) for _ in range(20)]
        for signed in transfers:
            await chain.verify(chain.decode(signed), "shop")
            assert isinstance(await chain.submit(signed), Taken)
        await node.rpc("evm_mine")
        for signed in transfers:
            sight = await until(chain, signed, final)
            assert isinstance(sight, Receipt) and sight.ok

    assert [await sent_by(node, key) for key in SPARE[:3]] == [10, 10, 0], "the third has nothing to pay with"
    assert await token.call("balanceOf", SHOP) == 60


async def test_two_processes_use_one_key_without_a_gap_or_a_collision(
    database_url: str, node: Anvil, token: Token
) -> None:
    await funded(node, SPARE[0])
    async with open_database(database_url) as db:
        await migrate(db)
    async with (
        process(database_url, node.url, token, SPARE[0]) as one,
        process(database_url, node.url, token, SPARE[0]) as two,
    ):
        transfers = [exact(one, authorize(PAYER, token, to=SHOP, value=3)) for _ in range(24)]
        for at, signed in enumerate(transfers):
            await (one, two)[at % 2].verify((one, two)[at % 2].decode(signed), "shop")
        # each is handed in at both, as by a wallet that lost its answer and came to another worker
        said = await asyncio.gather(*(chain.submit(signed) for signed in transfers for chain in (one, two)))
        assert all(isinstance(each, Taken) for each in said)
        for signed in transfers:
            sight = await until(two, signed, final)
            assert isinstance(sight, Receipt) and sight.ok

    assert await sent_by(node, SPARE[0]) == 24
    assert await token.call("balanceOf", SHOP) == 72


async def test_a_chain_that_was_set_back_is_paid_on_again(tmp_path: Path) -> None:
    """As whoever develops does it: the node starts anew, the relay and its database stay."""
    port = free_port()
    async with anvil(port=port) as old:
        token = await usdc(old)
        await funded(old, SPARE[0])
        await old.rpc("anvil_setNonce", Account.from_key(SPARE[0]).address, "0x5")  # it did more than we have on record
        async with sponsored(tmp_path, old.url, tokens=(token,), sponsors=SPARE[:1]) as chain:
            for _ in range(3):
                assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
    async with anvil(port=port) as new:
        await funded(new, SPARE[0])
        again = await usdc(new)
        assert again.address == token.address
        hasty = Pace(again_blocks=0, again_seconds=0.2)
        async with sponsored(tmp_path, new.url, tokens=(again,), sponsors=SPARE[:1], pace=hasty) as chain:
            payload: dict[str, Any] = authorize(PAYER, again, to=SHOP, value=7)
            signed = exact(chain, payload)
            await chain.verify(chain.decode(signed), "shop")
            await chain.submit(signed)
            sight = await until(chain, signed, final)
            assert isinstance(sight, Receipt) and sight.ok
            assert (await pay(chain, exact(chain, authorize(PAYER, again, to=SHOP, value=7)))).ok
        assert await again.call("balanceOf", SHOP) >= 14


async def test_a_key_that_ran_dry_leaves_the_others_at_work(tmp_path: Path, node: Anvil, token: Token) -> None:
    await funded(node, *SPARE[:2])
    async with sponsored(tmp_path, node.url, tokens=(token,), sponsors=SPARE[:2]) as chain:
        assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
        await node.rpc("anvil_setBalance", Account.from_key(SPARE[0]).address, "0x0")
        async with asyncio.timeout(30):
            while "has 0.000000" not in await chain.check():
                await asyncio.sleep(0.05)
        for _ in range(3):
            assert (await pay(chain, exact(chain, authorize(PAYER, token, to=SHOP, value=5)))).ok
    assert await sent_by(node, SPARE[1]) >= 3


def test_the_keys_of_these_tests_are_nobody_elses() -> None:
    assert not set(SPARE) & set(KEYS)
