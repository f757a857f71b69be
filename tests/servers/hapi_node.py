"""A Hedera node that does as it is told, for what the development network cannot do: hang, talk junk, speak TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio
from google.protobuf.message import Message

from relay import hapi_pb2 as pb
from relay.chains.hedera import link

METHODS = (link.TRANSFER, link.RECEIPT, link.BALANCE, link.INFO, link.FILE, link.CONTRACT)


class Hang:
    """An answer that never comes."""


@dataclass(frozen=True)
class Fails:
    """An answer that is a gRPC status."""

    status: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE


@dataclass(frozen=True)
class Later:
    """An answer that comes once `when` is set."""

    when: asyncio.Event
    answer: Message


Answer = Message | bytes | Hang | Fails | Later


class HapiNode:
    """`told[method]` are the answers to come; the last one is repeated. `seen` is what came, without probes."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.port = 0
        self.seen: list[tuple[str, bytes]] = []
        self.told: dict[str, list[Answer]] = {link.TRANSFER: [pb.TransactionResponse()]}
        self.probes = 0
        self._arrival = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def network(self) -> dict[str, str]:
        return {self.address: "0.0.3"}

    @property
    def transfers(self) -> list[bytes]:
        return [raw for method, raw in self.seen if method == link.TRANSFER]

    def tell(self, method: str, *answers: Answer) -> None:
        self.told[method] = list(answers)

    async def arrived(self, count: int = 1) -> None:
        """Wait until `count` requests came, probes aside."""
        async with asyncio.timeout(30):
            while len(self.seen) < count:
                self._arrival.clear()
                await self._arrival.wait()

    async def start(self, port: int = 0, credentials: grpc.ServerCredentials | None = None) -> None:
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        handlers = {
            method.rpartition("/")[2]: (method, grpc.unary_unary_rpc_method_handler(self._answering(method)))
            for method in METHODS
        }
        for method, handler in handlers.values():
            service, name = method[1:].split("/")
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
        where = f"{self.host}:{port}"
        if credentials is None:
            self.port = self._server.add_insecure_port(where)
        else:
            self.port = self._server.add_secure_port(where, credentials)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    def _answering(self, method: str) -> Callable[..., object]:
        async def answer(raw: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
            if method == link.RECEIPT and raw == link.PROBE:
                self.probes += 1
                if isinstance(self.told.get("probe", [None])[0], Fails):
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "not well")
                return pb.Response().SerializeToString()
            self.seen.append((method, raw))
            self._arrival.set()
            queue = self.told.get(method) or [Fails(grpc.StatusCode.UNIMPLEMENTED)]
            told = queue.pop(0) if len(queue) > 1 else queue[0]
            if isinstance(told, Hang):
                await asyncio.Event().wait()
            if isinstance(told, Later):
                await told.when.wait()
                told = told.answer
            if isinstance(told, Fails):
                await context.abort(told.status, "as told")
            if isinstance(told, Message):
                return told.SerializeToString()
            assert isinstance(told, bytes)
            return told

        return answer


@asynccontextmanager
async def hapi_node(
    host: str = "127.0.0.1", port: int = 0, credentials: grpc.ServerCredentials | None = None
) -> AsyncIterator[HapiNode]:
    """Run one; port 0 picks a free one."""
    node = HapiNode(host)
    await node.start(port, credentials)
    try:
        yield node
    finally:
        await node.stop()
