"""An anvil of its own for each test, its USDC, and a proxy before it that can be told to misbehave."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import Token, usdc
from tests.servers.rpc_proxy import RpcProxy, rpc_proxy


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as node:
        yield node


@pytest_asyncio.fixture
async def token(node: Anvil) -> Token:
    return await usdc(node)


@pytest_asyncio.fixture
async def proxy(node: Anvil) -> AsyncIterator[RpcProxy]:
    async with rpc_proxy(node.url) as proxy:
        yield proxy
