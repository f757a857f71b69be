"""Calls to servers that others wrote: gRPC's C core by grpcio, and Node's HTTP/2 by @grpc/grpc-js."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
import pytest

from relay.chains.hedera.channel import MESSAGE_BYTES, Endpoint, Failed
from relay.chains.hedera.direct import Direct

METHOD = "/proto.CryptoService/cryptoTransfer"
ECHO = Path(__file__).parents[2] / "interop" / "grpc_echo.mjs"


@dataclass
class Server:
    address: str
    began: asyncio.Event = field(default_factory=asyncio.Event)  # with a slow call
    called_off: asyncio.Event = field(default_factory=asyncio.Event)  # a call that hangs
    shut_down: asyncio.Event = field(default_factory=asyncio.Event)  # to be set: the calls it has are still answered


@asynccontextmanager
async def grpcio_server() -> AsyncIterator[Server]:
    told = Server("")

    async def answer(raw: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        what, _, value = raw.partition(b":")
        match what:
            case b"fail":
                code = next(each for each in grpc.StatusCode if each.value[0] == int(value))
                await context.abort(code, "not today: é")
            case b"large":
                return bytes(int(value))
            case b"time":
                return str(context.time_remaining() * 1000).encode()
            case b"slow":
                told.began.set()
                await asyncio.sleep(int(value) / 1000)
                return b"late"
            case b"hang":
                told.began.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    told.called_off.set()
                    raise
        return raw

    server = grpc.aio.server(options=[("grpc.so_reuseport", 0), ("grpc.max_send_message_length", -1)])
    handler = grpc.unary_unary_rpc_method_handler(answer)
    service, _, name = METHOD[1:].partition("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {name: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    async def end() -> None:
        await told.shut_down.wait()
        await server.stop(10)

    ending = asyncio.ensure_future(end())
    try:
        told.address = f"127.0.0.1:{port}"
        yield told
    finally:
        ending.cancel()
        await server.stop(None)


@asynccontextmanager
async def node_server() -> AsyncIterator[Server]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("node", str(ECHO), stdin=pipe, stdout=pipe)
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None and stdout is not None
    server = Server(f"127.0.0.1:{int(await stdout.readline())}")

    async def listen() -> None:
        async for line in stdout:
            (server.began if line == b"began\n" else server.called_off).set()

    async def end() -> None:
        await server.shut_down.wait()
        stdin.write(b"stop\n")

    tasks = [asyncio.ensure_future(listen()), asyncio.ensure_future(end())]
    try:
        yield server
    finally:
        for each in tasks:
            each.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture(params=[grpcio_server, node_server], ids=["grpcio", "grpc-js"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with request.param() as server:
        yield server


@pytest.fixture
async def channel(server: Server) -> AsyncIterator[Direct]:
    channel = Direct(Endpoint(server.address))
    assert await channel.connect()
    yield channel
    await channel.close()


async def test_calls_are_answered_whatever_their_size(channel: Direct) -> None:
    """One after the other and all at once, beyond a frame and beyond the windows that a connection begins with."""
    for size in (0, 1, 16_379, 16_380, 70_000, 300_000):
        raw = b"as it is" + bytes(size)
        assert await channel.call(METHOD, raw, 60) == raw

    raws = [f"number {at}".encode() * 50 for at in range(300)]
    assert await asyncio.gather(*(channel.call(METHOD, raw, 60) for raw in raws)) == raws


async def test_the_largest_answer_is_taken_and_one_larger_is_not(channel: Direct) -> None:
    assert await channel.call(METHOD, f"large:{MESSAGE_BYTES}".encode(), 60) == bytes(MESSAGE_BYTES)
    with pytest.raises(Failed, match="RESOURCE_EXHAUSTED"):
        await channel.call(METHOD, f"large:{MESSAGE_BYTES + 1}".encode(), 60)
    assert await channel.call(METHOD, b"next", 60) == b"next"


async def test_a_status_and_its_message_are_the_servers(channel: Direct) -> None:
    with pytest.raises(Failed) as failed:
        await channel.call(METHOD, b"fail:8", 60)
    assert (failed.value.status, failed.value.detail) == ("RESOURCE_EXHAUSTED", "not today: é")

    with pytest.raises(Failed) as failed:
        await channel.call("/proto.CryptoService/nothingOfTheKind", b"", 60)
    assert failed.value.status == "UNIMPLEMENTED"


async def test_the_server_knows_how_long_an_answer_is_waited_for(channel: Direct) -> None:
    left = float(await channel.call(METHOD, b"time:", 300))

    assert 200_000 < left <= 300_000


@pytest.mark.parametrize("ended", ["cancelled", "late"])
async def test_the_server_hears_that_an_answer_is_called_off(server: Server, channel: Direct, ended: str) -> None:
    assert await channel.call(METHOD, b"warm", 60) == b"warm"  # the first call takes Node longest
    calling = asyncio.ensure_future(channel.call(METHOD, b"hang:", 2 if ended == "late" else 60))
    async with asyncio.timeout(40):
        await server.began.wait()
    if ended == "cancelled":
        calling.cancel()
    await asyncio.wait((calling,))

    async with asyncio.timeout(40):
        await server.called_off.wait()


async def test_a_server_that_shuts_down_answers_what_it_has_and_takes_no_more(server: Server, channel: Direct) -> None:
    slow = asyncio.ensure_future(channel.call(METHOD, b"slow:300", 60))
    async with asyncio.timeout(40):
        await server.began.wait()
        server.shut_down.set()
        await channel.lost()

    assert not channel.ready
    assert await slow == b"late"
