"""An RPC endpoint before a real node, that can be told to be behind, to lie, to be slow, to lose answers or to be away.

async with rpc_proxy(node.url) as proxy:
    proxy.behind = 3                           # as a node that has not heard of the last three blocks
    proxy.lost = {"eth_sendRawTransaction"}    # the node gets it, the asker hears nothing
    proxy.url, proxy.seen                      # what was asked, in order
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web


@dataclass
class RpcProxy:
    upstream: str
    http: aiohttp.ClientSession
    url: str = ""
    behind: int = 0  # blocks it does not know
    ahead: int = 0  # blocks it claims to know besides
    away: bool = False  # every connection ends without an answer
    struck: set[str] = field(default_factory=set)  # methods: `away` and `status` are for them only; none: for all
    status: int = 200  # an HTTP status instead of an answer: 429, 503
    delay_seconds: float = 0.0
    widest_range: int = 10_000  # blocks that it searches for events at once
    chain_id: str | None = None  # another one than the node's
    batches: bool = True  # it takes several calls at once
    body: str | None = None  # what it answers instead of JSON-RPC, a character for each byte
    headers: dict[str, str] = field(default_factory=dict)  # of an answer with another status
    lost: set[str] = field(default_factory=set)  # methods: done, and not told
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)  # methods: the error they answer, undone
    says: dict[str, Any] = field(default_factory=dict)  # methods: the result it makes up
    then: dict[str, Callable[[], Awaitable[None]]] = field(
        default_factory=dict
    )  # methods: done once, before it is told
    seen: list[tuple[str, list[Any]]] = field(default_factory=list)
    together: list[list[str]] = field(default_factory=list)  # the methods of each request

    def asked(self, method: str) -> int:
        """How often."""
        return sum(each == method for each, _ in self.seen)

    def requests(self, method: str) -> list[list[str]]:
        """Those that asked it."""
        return [methods for methods in self.together if method in methods]

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        calls = body if isinstance(body, list) else [body]
        self.together.append([call["method"] for call in calls])
        self.seen += [(call["method"], call["params"]) for call in calls]
        await asyncio.sleep(self.delay_seconds)
        struck = not self.struck or any(call["method"] in self.struck for call in calls)
        if self.away and struck:
            self._hang_up(request)
        if self.status != 200 and struck:
            return web.Response(status=self.status, headers=self.headers)
        if self.body is not None:
            return web.Response(body=self.body.encode("latin-1"))
        if isinstance(body, list) and not self.batches:
            return web.json_response({"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "no batches"}})
        answers = [await self._one(call) for call in calls]
        if any(call["method"] in self.lost for call in calls):
            self._hang_up(request)
        return web.json_response(answers if isinstance(body, list) else answers[0])

    async def _one(self, call: dict[str, Any]) -> dict[str, Any]:
        method, params = call["method"], list(call["params"])
        said: dict[str, Any] = {"jsonrpc": "2.0", "id": call["id"]}
        if method in self.faults:
            return said | {"error": self.faults[method]}
        if method in self.says:
            return said | {"result": self.says[method]}
        if method == "eth_chainId" and self.chain_id is not None:
            return said | {"result": self.chain_id}
        if (
            method == "eth_getLogs"
            and "blockHash" not in params[0]
            and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= self.widest_range
        ):
            return said | {"error": {"code": -32000, "message": "block range is too wide"}}
        head = int((await self._ask("eth_blockNumber", []))["result"], 16)
        if method == "eth_blockNumber":
            return said | {"result": hex(head - self.behind + self.ahead)}
        known = head - self.behind
        if self.behind:
            params = [hex(known) if param in ("latest", "pending") else param for param in params]
        if method == "eth_getBlockByNumber" and params[0].startswith("0x") and int(params[0], 16) > known:
            return said | {"result": None}
        told = await self._ask(method, params)
        if method in self.then:
            await self.then.pop(method)()
        mined = method == "eth_getTransactionReceipt" and told.get("result")
        if mined and int(told["result"]["blockNumber"], 16) > known:
            return said | {"result": None}
        return said | {name: told[name] for name in ("result", "error") if name in told}

    async def _ask(self, method: str, params: list[Any]) -> dict[str, Any]:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with self.http.post(self.upstream, json=request) as response:
            found: dict[str, Any] = await response.json()
            return found

    def _hang_up(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError


@asynccontextmanager
async def rpc_proxy(upstream: str) -> AsyncIterator[RpcProxy]:
    """Stand before the node at `upstream` until the block ends."""
    async with aiohttp.ClientSession() as http:
        proxy = RpcProxy(upstream, http)
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/{path:.*}", proxy.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield proxy
        finally:
            await runner.cleanup()
