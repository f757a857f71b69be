"""A real EVM chain: anvil in a process of its own, on a free port.

async with anvil() as node:
    await node.rpc("eth_blockNumber")      node.url, node.ws
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from relay.devchain.ports import free_port

PROGRAM = (
    Path(__file__).parents[2]
    / "browser_demo/node_modules/@foundry-rs"
    / f"anvil-linux-{'amd64' if os.uname().machine == 'x86_64' else 'arm64'}"
    / "bin/anvil"
)
READY_SECONDS = 90.0
# The first of anvil's default accounts, as every Ethereum developer knows them; each starts with 10,000 coins.
KEYS = (
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
)


class RpcError(Exception):
    """The node answered with an error."""


@dataclass
class Anvil:
    port: int
    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def rpc(self, method: str, *params: Any) -> Any:
        """One call; raises `RpcError` with what the node said."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        async with self.http.post(self.url, json=request) as response:
            answer = json.loads(await response.read())
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def kill(self) -> None:
        """As a power cut."""
        self.process.kill()


@asynccontextmanager
async def anvil(chain_id: int = 31337, args: Sequence[str] = (), port: int | None = None) -> AsyncIterator[Anvil]:
    """Run anvil until the block ends; `args` are more of its options, such as `("--block-time", "1")`."""
    if not PROGRAM.exists():
        pytest.fail("anvil is not installed: npm ci --ignore-scripts in browser_demo")
    port = port or free_port()
    process = await asyncio.create_subprocess_exec(
        *(PROGRAM, "--port", str(port), "--chain-id", str(chain_id), "--silent", *args),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as http:
            node = Anvil(port, http, process)
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    try:
                        await node.rpc("eth_chainId")
                        break
                    except aiohttp.ClientError:
                        assert process.returncode is None, "anvil ended at once"
                        await asyncio.sleep(0.01)
            yield node
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
