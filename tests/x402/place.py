"""A market place: Base Sepolia on anvil, and a relay in this process whose `/x402` is somebody's facilitator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from eth_account import Account as EthAccount

from relay.app import App, open_relay
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.settings import ServerOptions, Settings
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.servers.anvil import Anvil
from tests.servers.base_sepolia import NETWORK, base_sepolia
from tests.servers.evm import PAYERS, Token
from tests.servers.postgres import free_port
from tests.servers.relay_process import SIGNING_KEY

SHOP = Account("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc")  # anvil's sixth account
STRANGER = "0x976EA74026E726554dB657fA54763abd0C3a0aa9"  # the seventh: no merchant's
SPONSOR = "0x" + "5e" * 32
BUYER = PAYERS[1]


@dataclass
class Place:
    """`key` is the merchant's; `seen` has nothing in it before a `listen`."""

    node: Anvil
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
        sponsor = EthAccount.from_key(SPONSOR).address
        return int(await self.node.rpc("eth_getTransactionCount", sponsor, "latest"), 16)


@asynccontextmanager
async def open_place(folder: Path, **chain: object) -> AsyncIterator[Place]:
    """`chain` are more options of the chain, such as another `rpc`."""
    database = f"sqlite:///{folder}/relay.db"
    async with open_database(database) as db:
        await migrate(db)
        await Merchants(db).add(Merchant("shop", "Shop", ((ChainId.parse(NETWORK), SHOP),), "https://shop.example"))
        key = (await Keys(db).add("shop", "tests")).text
    async with base_sepolia([BUYER.address]) as (node, token), aiohttp.ClientSession() as http:
        await node.rpc("anvil_setBalance", EthAccount.from_key(SPONSOR).address, hex(10**20))
        options: Mapping[str, object] = {
            "rpc": [node.url],
            "finality": 1,
            "poll_seconds": 0.02,
            "sponsors": [SPONSOR],
            **chain,
        }
        port = free_port()
        settings = Settings(
            public_url=f"http://127.0.0.1:{port}",
            signing_key=SIGNING_KEY,
            database=database,
            server=ServerOptions(port=port),
            chains={NETWORK: dict(options)},
        )
        async with open_relay(settings) as app:
            yield Place(node, token, app, key, http)


async def run(*command: str, stdin: str = "", folder: Path | None = None) -> str:
    """A program's output; its complaints fail the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate(stdin.encode())
    assert process.returncode == 0, (out.decode(), err.decode())
    return out.decode()
