"""A market place: Base Sepolia on anvil, and a relay in this process whose `/x402` is somebody's facilitator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from eth_account import Account as EthAccount

from relay.app import App, open_relay
from relay.devchain.ports import free_port
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.settings import ServerOptions, Settings, X402Options
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.servers.anvil import Anvil
from tests.servers.base_sepolia import NETWORK, base_sepolia
from tests.servers.evm import PAYERS, Token
from tests.servers.relay_process import SIGNING_KEY
from tests.servers.rpc_proxy import RpcProxy, rpc_proxy

SHOP = Account("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc")  # anvil's sixth account
STRANGER = "0x976EA74026E726554dB657fA54763abd0C3a0aa9"  # the seventh: no merchant's
SPONSOR = "0x" + "5e" * 32
SPONSOR_ACCOUNT = EthAccount.from_key(SPONSOR).address
BUYER = PAYERS[1]


Prepare = Callable[[Anvil], Awaitable[dict[str, object]]]


@dataclass
class Place:
    """`key` is the merchant's; `proxy` is what the relay takes for the node."""

    node: Anvil
    proxy: RpcProxy
    token: Token
    app: App
    key: str
    http: aiohttp.ClientSession

    @property
    def facilitator(self) -> str:
        return f"{self.app.url}/x402"

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        kind: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.http.post(self.facilitator + path, headers=sent, **kind) as answer:
            return answer.status, await answer.json(content_type=None)

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(self.facilitator + path) as answer:
            return answer.status, await answer.json(content_type=None)

    async def held(self, account: str) -> int:
        return int(await self.token.call("balanceOf", account))

    async def sent(self) -> int:
        """Transactions of our key."""
        return int(await self.node.rpc("eth_getTransactionCount", SPONSOR_ACCOUNT, "latest"), 16)


@asynccontextmanager
async def open_place(
    folder: Path, *, prepare: Prepare | None = None, x402: X402Options | None = None, **chain: object
) -> AsyncIterator[Place]:
    """`chain` are more options of the chain; `prepare` returns those that a contract must be there for."""
    database = f"sqlite:///{folder}/relay.db"
    async with open_database(database) as db:
        await migrate(db)
        await Merchants(db).add(Merchant("shop", "Shop", ((ChainId.parse(NETWORK), SHOP),), "https://shop.example"))
        await Merchants(db).add(Merchant("public", "Everybody"))
        key = (await Keys(db).add("shop", "tests")).text
    async with (
        base_sepolia([BUYER.address]) as (node, token),
        rpc_proxy(node.url) as proxy,
        aiohttp.ClientSession() as http,
    ):
        await node.rpc("anvil_setBalance", SPONSOR_ACCOUNT, hex(10**20))
        options: Mapping[str, object] = {
            "rpc": [proxy.url],
            "finality": 1,
            "poll_seconds": 0.02,
            "call_seconds": 60.0,  # a slow machine takes longer than a node is given
            "sponsors": [SPONSOR],
            **chain,
            **({} if prepare is None else await prepare(node)),
        }
        port = free_port()
        settings = Settings(
            public_url=f"http://127.0.0.1:{port}",
            signing_key=SIGNING_KEY,
            database=database,
            server=ServerOptions(port=port),
            x402=x402 or X402Options(),
            chains={NETWORK: dict(options)},
        )
        async with open_relay(settings) as app:
            yield Place(node, proxy, token, app, key, http)


async def run(*command: str, stdin: str = "", folder: Path | None = None) -> str:
    """A program's output; its complaints fail the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    async with asyncio.timeout(150):
        out, err = await process.communicate(stdin.encode())
    assert process.returncode == 0, (out.decode(), err.decode())
    return out.decode()
