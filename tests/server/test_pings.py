"""Signs of life: who answers stays, who vanished without a word is let go; one timer asks them all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from relay.channels.room.engine import DirectEngine
from relay.channels.room.pings import Pings
from relay.server.gate import socket_server
from tests.servers.frames import CLOSE, TEXT, FrameClient, frame

SECONDS = 0.5  # between two pings of a connection


class Door:
    """An Engine.IO server, and who left it why."""

    def __init__(self) -> None:
        self.engine = DirectEngine(async_mode="aiohttp", ping_interval=SECONDS, cors_allowed_origins="*")
        self.engine.transfer = lambda socket, ack, raw: None
        self.left: asyncio.Queue[str] = asyncio.Queue()
        self.engine.on("connect", self._came)
        self.engine.on("disconnect", self._left)
        self.url = ""

    async def _came(self, id: str, environ: object) -> None: ...

    async def _left(self, id: str, reason: str) -> None:
        self.left.put_nowait(reason)


@pytest_asyncio.fixture
async def door() -> AsyncIterator[Door]:
    door, app = Door(), web.Application()
    door.engine.attach(app, "socket.io")
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    door.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield door
    await door.engine.shutdown()
    await runner.cleanup()


async def test_who_answers_pings_stays_and_who_does_not_is_let_go(door: Door) -> None:
    async with FrameClient(door.url) as lively, FrameClient(door.url) as silent:
        answered = 0
        while answered < 3 or door.left.empty():
            assert await lively.until(b"2")
            lively.send(frame(TEXT, b"3"))
            answered += 1
        assert door.left.get_nowait() == door.engine.reason.PING_TIMEOUT
        assert not await silent.until(b"never")
        lively.send(frame(TEXT, b"3"))
        assert await lively.rest()
        assert len(door.engine.sockets) == 1


async def test_who_says_goodbye_and_reads_nothing_any_more_is_cut(door: Door) -> None:
    async with FrameClient(door.url) as client:
        assert await client.until(b"0")
        client.stop_reading()
        [theirs] = door.engine.sockets.values()
        theirs.wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**16)
        theirs.write(bytes(3_000_000))
        client.send(frame(CLOSE, b"\x03\xe8"))
        async with asyncio.timeout(40):
            await door.left.get()
            while any(True for _ in door.engine.pings):
                await asyncio.sleep(0.01)


async def test_what_does_not_ask_rightly_for_a_websocket_gets_none(door: Door) -> None:
    host, port = door.url.removeprefix("http://").split(":")
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    wrong = {"Connection": "close", "Sec-WebSocket-Version": "12", "Sec-WebSocket-Key": "AAAA", "Upgrade": "h2c"}
    for name, value in wrong.items():
        reader, writer = await asyncio.open_connection(host, int(port))
        headers = "".join(f"{each}: {text}\r\n" for each, text in {**asked, name: value}.items())
        writer.write(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode())
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert not door.engine.sockets


def test_beside_an_aiohttp_made_otherwise_websockets_are_left_to_engine_io(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(socket_server(direct=True).eio, DirectEngine)
    monkeypatch.delattr(RequestHandler, "_message_tail")
    assert not isinstance(socket_server(direct=True).eio, DirectEngine)


class LateLoop(asyncio.SelectorEventLoop):
    """A loop whose hours take no time; every timer is called `late`."""

    def __init__(self, late: float) -> None:
        self.now, self.late = 0.0, late
        super().__init__()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, **context: Any) -> Any:
        def call() -> None:
            self.now = max(self.now, when) + self.late
            callback(*args)

        return self.call_soon(call, **context)

    async def until(self, when: float) -> None:
        while self.now < when:
            await asyncio.sleep(0)


class Asked:
    """When a connection was asked."""

    turn = 0

    def __init__(self, loop: LateLoop) -> None:
        self.at: list[float] = []
        self._loop = loop

    def ping(self) -> None:
        self.at.append(self._loop.now)

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...


def asked_over(*stretches: float, halt: float = 0.0) -> list[float]:
    """When a connection is asked that is to be every 25 s, with timers 0.2 s late; `halt` comes after each stretch."""
    loop = LateLoop(0.2)
    asked, them = Asked(loop), Pings(25)

    async def pass_time() -> None:
        them.add(asked)
        for seconds in stretches:
            await loop.until(loop.now + seconds)
            loop.now += halt
        them.stop()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(pass_time())
    return asked.at


def test_a_loop_that_is_always_late_asks_as_often_as_clients_were_told() -> None:
    assert asked_over(260) == pytest.approx(range(25, 260, 25), abs=0.5)


def test_after_a_long_halt_nobody_is_asked_again_before_he_could_answer() -> None:
    at = asked_over(110, 150, halt=300)
    pauses = [after - before for before, after in pairwise(at)]
    assert len(pauses) == 9 and min(pauses) >= 20
