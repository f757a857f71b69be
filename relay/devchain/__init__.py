"""A local EVM chain for `relay demo`: anvil, with a test USDC that everybody has plenty of, and who is who on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from relay.devchain import token
from relay.devchain.accounts import part
from relay.devchain.node import CHAIN_ID, Anvil, run_anvil
from relay.devchain.ports import free_port

NETWORK = f"eip155:{CHAIN_ID}"


@dataclass(frozen=True, slots=True)
class DevChain:
    anvil: Anvil
    merchant: str  # the account the demo's merchant is paid on

    @property
    def described(self) -> dict[str, object]:
        """For demo.json: where it is and which tokens it has."""
        kind = {"symbol": token.SYMBOL, "name": token.NAME, "version": token.VERSION, "decimals": token.DECIMALS}
        return {"rpc": self.anvil.url, "tokens": [{"address": token.ADDRESS} | kind]}

    @property
    def options(self) -> dict[str, object]:
        """Its `[chains."eip155:31337"]`. Blocks come with transactions only, so the first one has to be enough."""
        kind = {"symbol": token.SYMBOL, "name": token.NAME, "version": token.VERSION, "decimals": token.DECIMALS}
        return {
            "rpc": [self.anvil.url],
            "tokens": [{"address": token.ADDRESS, "eip3009": True} | kind],
            "sponsors": [part("sponsor").key.hex()],
            "finality": 1,
            "poll_seconds": 0.1,  # nobody else asks this node
        }

    async def balance(self, account: str) -> int:
        """The test USDC of an account, in smallest units; raises `Unreachable`."""
        return await token.balance(self.anvil, account)


@asynccontextmanager
async def open_devchain(program: Path, *, state: Path, port: int = 0) -> AsyncIterator[DevChain]:
    """Run a chain until the block ends, on `port` if that is free; raises `Unreachable` when it does not start.

    `state` is the file its ledger is kept in: a second run with it goes on where the first stopped.
    """
    async with run_anvil(program, state=state, port=free_port(port)) as anvil:
        await token.deploy(anvil)
        yield DevChain(anvil, part("merchant").address)
