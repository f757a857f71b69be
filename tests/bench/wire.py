"""A Socket.IO client on a raw websocket: some 10 µs a message, so that the server is what is measured.

Frames are written out by hand, masked with a key of zeros: every byte is what an unmodified client may send.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from struct import Struct
from typing import Self
from urllib.parse import urlsplit

CONNECT_SECONDS = 60.0
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
SETTLED = b'"type":"payment.settled"'
REJECTED = b'"status":"rejected"'
MOST_CONTROL_BYTES = 125  # of a ping, and of what answers it
FINISHED = "the connection ended"

_short, _long = Struct(">BBH"), Struct(">BBQ")


def frame(payload: bytes, kind: int = TEXT) -> bytes:
    """One whole message, as a client masks it."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | kind, 0x80 | size))
    else:
        head = _short.pack(0x80 | kind, 0x80 | 126, size) if size < 1 << 16 else _long.pack(0x80 | kind, 0xFF, size)
    return head + b"\0\0\0\0" + payload


class Wire(asyncio.Protocol):
    """One connection, joined to the main namespace; answers pings. Subclasses say what an event is to them."""

    __slots__ = ("_asked", "_auth", "_ended", "_joined", "_open", "_rest", "_target", "_transport", "waiting")

    def __init__(self, url: str, auth: object = None) -> None:
        self._target = url
        self._auth = b"40" if auth is None else b"40" + json.dumps(auth).encode()
        self._rest = b""
        self._open = self._ended = False
        self._asked = 0
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting: dict[bytes, asyncio.Future[tuple[float, bytes]]] = {}  # for acks, by their ids

    @classmethod
    async def connect(cls, url: str, auth: object = None) -> Self:
        wire = cls(url, auth)
        parts = urlsplit(url)
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.get_running_loop().create_connection(lambda: wire, parts.hostname or "", parts.port or 80)
            await wire._joined
        return wire

    async def ask(self, name: str, argument: object) -> bytes:
        """Send an event with one JSON argument; its ack's text."""
        text = json.dumps([name, argument], separators=(",", ":")).encode()
        _, answer = await self._send(lambda id: frame(b"42" + id + text))
        return answer

    def transfer(self, raw: bytes) -> asyncio.Future[tuple[float, bytes]]:
        """Send signed bytes; when their ack came, and what it says."""
        head = b'["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]'
        return self._send(lambda id: frame(b"451-" + id + head) + frame(raw, BINARY))

    def text(self, payload: bytes) -> asyncio.Future[tuple[float, bytes]]:
        """Send an event whose JSON is written already; the same."""
        return self._send(lambda id: frame(b"42" + id + payload))

    def event(self, text: bytes) -> None:
        """The server told us something."""

    @property
    def ended(self) -> bool:
        """Whoever has stopped reading does not see it."""
        return self._ended

    @property
    def port(self) -> int:
        """Ours."""
        return int(self._transport.get_extra_info("sockname")[1])

    def throw(self, data: bytes) -> None:
        """Send these bytes, whatever they are."""
        self._transport.write(data)

    def stop_reading(self) -> None:
        """From now on the server talks to nobody."""
        self._transport.pause_reading()

    def cut(self) -> None:
        """End it without a goodbye."""
        self._transport.abort()

    def close(self) -> None:
        """End it as a browser does."""
        self._transport.write(frame(b"41") + frame(b"\x03\xe8", CLOSE))
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one that writes
        self._transport = transport
        transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + urlsplit(self._target).netloc.encode() +
            b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )  # fmt: skip

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        lost = RuntimeError(FINISHED)
        if not self._joined.done():
            self._joined.set_exception(lost)
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(lost)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        if not self._open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if b" 101 " not in data[:20]:
                self._fail(f"no websocket: {data[:200]!r}")
                return
            self._open, at = True, end + 4
        while at + 2 <= size:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if start + length > size:
                break
            kind = data[at] & 15
            if kind == TEXT:
                self._heard(data[start : start + length])
            elif kind == PING:
                self._transport.write(frame(data[start : start + length], PONG))
            elif kind == CLOSE:
                self._transport.close()
            at = start + length
        self._rest = data[at:]

    def _heard(self, text: bytes) -> None:
        head = text[:2]
        if head == b"42":
            self.event(text)
        elif head == b"43":
            id = text[2 : text.index(b"[")]
            future = self.waiting.pop(id, None)
            if future is not None and not future.done():
                future.set_result((time.perf_counter(), text))
        elif text == b"2":
            self._transport.write(frame(b"3"))
        elif head == b"40":
            self._joined.set_result(None)
        elif head == b"44":
            self._fail(f"the server does not want us: {text[:200]!r}")
        elif text[:1] == b"0":
            self._transport.write(frame(self._auth))

    def _fail(self, message: str) -> None:
        if not self._joined.done():
            self._joined.set_exception(RuntimeError(message))
        self._transport.abort()

    def _send(self, message: Callable[[bytes], bytes]) -> asyncio.Future[tuple[float, bytes]]:
        self._asked += 1
        id = b"%d" % self._asked
        future = self.waiting[id] = asyncio.get_running_loop().create_future()
        if self._ended:
            future.set_exception(RuntimeError(FINISHED))
        else:
            self._transport.write(message(id))
        return future


class Wallet(Wire):
    """A sender: hears its acks, and that its payments have settled."""

    __slots__ = ("_enough", "_wanted", "settled", "settled_before")

    def __init__(self, url: str, auth: object = None) -> None:
        super().__init__(url, auth)
        self.settled = 0
        self.settled_before = 0  # of those, the ones that whoever drives us has counted
        self._wanted = 0
        self._enough: asyncio.Future[None] | None = None

    async def pay(self, raw: bytes) -> float:
        """Send one transfer; seconds until its ack."""
        return await self._answered(time.perf_counter(), self.transfer(raw))

    async def pay_object(self, wish: str) -> float:
        """Send one transfer that is JSON; seconds until its ack."""
        return await self._answered(time.perf_counter(), self.text(b'["CRYPTOTRANSFER",' + wish.encode() + b"]"))

    async def settle(self, payments: int) -> None:
        """Wait until that many of our payments have settled."""
        if self.settled < payments:
            self._wanted, self._enough = payments, asyncio.get_running_loop().create_future()
            await self._enough

    def event(self, text: bytes) -> None:
        if SETTLED in text:
            self.settled += 1
            if self._enough is not None and self.settled >= self._wanted and not self._enough.done():
                self._enough.set_result(None)

    async def _answered(self, start: float, answer: asyncio.Future[tuple[float, bytes]]) -> float:
        return acknowledged(await answer) - start


class Listener(Wire):
    """One of a crowd: counts what it hears, all of them in one place."""

    __slots__ = ("crowd",)
    crowd: Crowd

    def event(self, text: bytes) -> None:
        self.crowd.heard(text)


class Crowd:
    """What listeners heard together, and how late, if that is asked."""

    def __init__(self) -> None:
        self.deliveries = 0
        self.arrivals: list[tuple[float, bytes]] | None = None  # our clock's time, and the event's own
        self._wanted = 0
        self._enough: asyncio.Future[None] | None = None

    def heard(self, text: bytes) -> None:
        self.deliveries += 1
        if self.arrivals is not None:
            at = text.index(b'"time":"') + 8
            self.arrivals.append((time.time(), text[at : at + 27]))
        if self._enough is not None and self.deliveries >= self._wanted and not self._enough.done():
            self._enough.set_result(None)

    async def wait(self, deliveries: int) -> None:
        """Until that many deliveries came, counted from the first ever."""
        if self.deliveries < deliveries:
            self._wanted, self._enough = deliveries, asyncio.get_running_loop().create_future()
            await self._enough


def acknowledged(answer: tuple[float, bytes]) -> float:
    """When an ack came; raises when it is a refusal."""
    at, text = answer
    if REJECTED in text:
        raise RuntimeError(f"a transfer was refused: {text[:500].decode()}")
    return at
