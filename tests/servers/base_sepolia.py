"""Base Sepolia as stock x402 code knows it: anvil under its chain id, a USDC where Circle's is.

The SDKs carry the address and the EIP-712 domain of the networks' default assets in them, and a buyer pays nothing else
unless he is told to. So the test token's code and its first slots (names) are put there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import Token, deploy, token_of

CHAIN_ID = 84532
NETWORK = f"eip155:{CHAIN_ID}"
USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
SLOTS = 8


@asynccontextmanager
async def base_sepolia(holders: Sequence[str], args: Sequence[str] = ()) -> AsyncIterator[tuple[Anvil, Token]]:
    """Run it until the block ends; `holders` have plenty."""
    async with anvil(CHAIN_ID) as node:
        made = await deploy(node, "TestUSDC", "USDC", "USDC", "2", 6)
        await node.rpc("anvil_setCode", USDC, await node.rpc("eth_getCode", made.address, "latest"))
        for slot in map(hex, range(SLOTS)):
            word = await node.rpc("eth_getStorageAt", made.address, slot, "latest")
            await node.rpc("anvil_setStorageAt", USDC, "0x" + slot[2:].rjust(64, "0"), word)
        token = type(made)(node, USDC, made.abi)
        yield node, await token_of(node, token, holders=holders)
