"""What looks like a failure and is none: the money moved, and a node or a long absence hides it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from relay.chain import Receipt, Unknown
from relay.chains.eip155 import used
from tests.chains.evm_chain import final, until
from tests.chains.test_eip155_send import OTHER, PAYER, SHOP, exact, sponsored
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import Token, authorize, usdc
from tests.servers.rpc_proxy import rpc_proxy


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        yield node


@pytest_asyncio.fixture
async def token(node: Anvil) -> Token:
    return await usdc(node)


async def test_a_place_used_by_what_a_node_does_not_show_is_no_failure(
    tmp_path: Path, node: Anvil, token: Token
) -> None:
    """The first node takes it and its answer is lost; the second has the block, and has not indexed what is in it."""
    async with (
        rpc_proxy(node.url) as first,
        rpc_proxy(node.url) as second,
        sponsored(tmp_path, first.url, second.url, tokens=(token,)) as chain,
    ):
        signed = exact(chain, authorize(PAYER, token, to=SHOP, value=5))
        await chain.verify(chain.decode(signed), "shop")
        first.lost = {"eth_sendRawTransaction"}
        second.says = {"eth_getTransactionByHash": None}
        assert isinstance(await chain.submit(signed), Unknown), "it was sent: only the ledger says that it failed"
        sight = await until(chain, signed, final)

    assert isinstance(sight, Receipt) and sight.ok
    assert await token.call("balanceOf", SHOP) == 5
