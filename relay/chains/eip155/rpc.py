"""The nodes of one chain, asked over JSON-RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from relay.chain import Node
from relay.chains.eip155.spec import Spec
from relay.errors import Unreachable
from relay.money import ChainId


class Fault(msgspec.Struct, frozen=True):
    """What a node answered instead of a result."""

    message: str


class _Answer(msgspec.Struct, frozen=True):
    id: int = 0
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Fault | None = None


class Rpc:
    """Every question bounded in time; raises `Unreachable` when no endpoint answers."""

    def __init__(self, spec: Spec, http: aiohttp.ClientSession) -> None:
        self._spec = spec
        self._http = http
        self._healthy = False

    async def call(self, method: str, *params: object) -> object:
        """The result of one call; raises `Unreachable`, also for a fault."""
        [answer] = await self.batch([(method, params)])
        if isinstance(answer, Fault):
            raise Unreachable(f"{method}: {answer.message[:200]}")
        return answer

    async def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[object]:
        """Results in order, all from one node; a `Fault` in the place of those it declined."""
        body = [
            {"jsonrpc": "2.0", "id": at, "method": method, "params": list(params)}
            for at, (method, params) in enumerate(calls)
        ]
        try:
            async with self._http.post(self._spec.options.rpc[0], data=msgspec.json.encode(body)) as response:
                raw = msgspec.json.decode(await response.read(), type=list[_Answer])
        except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError) as error:
            self._healthy = False
            raise Unreachable(f"the node does not answer: {type(error).__name__}") from None
        if len(raw) != len(calls):
            raise Unreachable("the node answered another number of questions")
        self._healthy = True
        ordered = sorted(raw, key=lambda each: each.id)
        return [each.error or msgspec.json.decode(each.result) for each in ordered]

    def nodes(self) -> tuple[Node, ...]:
        return tuple(Node(f"endpoint {n + 1}", "", healthy=self._healthy) for n in range(len(self._spec.options.rpc)))

    async def check(self) -> str:
        return f"block {await self.call('eth_blockNumber')}"


@asynccontextmanager
async def open_rpc(spec: Spec, report: Callable[[ChainId, Node], None]) -> AsyncIterator[Rpc]:
    """Connect until the block ends; starts with endpoints away, too."""
    timeout = aiohttp.ClientTimeout(total=spec.options.call_seconds)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as http:
        yield Rpc(spec, http)
