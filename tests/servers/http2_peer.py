"""An HTTP/2 server that says whatever it is told to, frame by frame or byte by byte: what no real node may be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

GRPC = b"\x88\x0f\x10\x10application/grpc"  # status 200 and the content type
OK = b"\x00\x0bgrpc-status\x010"


@dataclass(frozen=True)
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def settings(**values: int) -> bytes:
    """SETTINGS by the number of each, such as `_4=0` for no window."""
    payload = b"".join(int(name[1:]).to_bytes(2, "big") + value.to_bytes(4, "big") for name, value in values.items())
    return frame(SETTINGS, payload=payload)


def message(body: bytes) -> bytes:
    return b"\x00" + len(body).to_bytes(4, "big") + body


def answer(stream: int, body: bytes, opening: bytes = GRPC, closing: bytes = OK) -> bytes:
    """All of an answer as an honest server gives it."""
    whole = message(body)
    parts = [frame(DATA, 0, stream, whole[at : at + 16_384]) for at in range(0, len(whole), 16_384)]
    head = frame(HEADERS, END_HEADERS, stream, opening)
    return head + b"".join(parts) + frame(HEADERS, END_HEADERS | END_STREAM, stream, closing)


Script = Callable[["Peer", int], "bytes | Awaitable[None] | None"]


class Peer:
    """One server; `said` is what its clients sent. `script` is asked for each request that is whole, by its stream.

    `greeting` is what each new client gets at once.
    """

    def __init__(self, script: Script, greeting: bytes, *, acknowledges: bool, bytewise: bool) -> None:
        self.script = script
        self.greeting = greeting
        self.said: list[Frame] = []
        self.connections = 0
        self.port = 0
        self._acknowledges, self._bytewise = acknowledges, bytewise
        self._news = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._writer: asyncio.StreamWriter | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def send(self, data: bytes) -> None:
        """To the client that came last."""
        assert self._writer is not None
        if self._bytewise:
            for at in range(len(data)):
                self._writer.write(data[at : at + 1])
        else:
            self._writer.write(data)

    def hang_up(self) -> None:
        assert self._writer is not None
        self._writer.close()

    def of(self, kind: int) -> list[Frame]:
        """What came of one kind; SETTINGS and PING without their ACKs."""
        return [each for each in self.said if each.kind == kind and not (kind in (SETTINGS, PING) and each.flags & ACK)]

    def sent(self, stream: int) -> bytes:
        return b"".join(each.payload for each in self.of(DATA) if each.stream == stream)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until what was said makes it so."""
        async with asyncio.timeout(30):
            while not true():
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._writers.add(writer)
        self.connections += 1
        doing: set[asyncio.Future[None]] = set()
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            assert await reader.readexactly(len(PREFACE)) == PREFACE
            self.send(self.greeting)
            while True:
                head = await reader.readexactly(9)
                payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
                came = Frame(head[3], head[4], int.from_bytes(head[5:], "big"), payload)
                self.said.append(came)
                self._news.set()
                if came.kind == SETTINGS and not came.flags & ACK and self._acknowledges:
                    self.send(frame(SETTINGS, ACK))
                if came.kind == DATA and came.flags & END_STREAM:
                    told = self.script(self, came.stream)
                    if isinstance(told, bytes):
                        self.send(told)
                    elif told is not None:
                        doing.add(asyncio.ensure_future(told))
        for each in doing:
            each.cancel()
        self.said.append(Frame(-1, 0, 0, b""))  # the client is gone
        self._news.set()
        writer.close()


@asynccontextmanager
async def http2_peer(
    script: Script, greeting: bytes = frame(SETTINGS), *, acknowledges: bool = True, bytewise: bool = False
) -> AsyncIterator[Peer]:
    """Run one on a free port."""
    peer = Peer(script, greeting, acknowledges=acknowledges, bytewise=bytewise)
    server = await asyncio.start_server(peer._serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for writer in peer._writers:
            writer.transport.abort()
