"""A websocket client that speaks byte by byte, so that it can speak wrongly; and remembers every frame it is sent."""

from __future__ import annotations

import asyncio
import os
import struct
from types import TracebackType
from urllib.parse import urlsplit

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
SECONDS = 40.0


def frame(kind: int, payload: bytes, *, last: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """One frame as a client sends it, or as none should."""
    size = len(payload)
    head = bytes([(0x80 if last else 0) | reserved << 4 | kind])
    mask = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask | size])
    elif size < 1 << 16:
        head += bytes([mask | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


class FrameClient:
    """`heard` is every message since the handshake, but Engine.IO's pings."""

    def __init__(self, url: str, path: str = "/socket.io/?EIO=4&transport=websocket") -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname, parts.port, path
        self.heard: list[bytes] = []

    async def __aenter__(self) -> FrameClient:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.response = await self._reader.readuntil(b"\r\n\r\n")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def send(self, *frames: bytes) -> None:
        """Write, and wait for nothing."""
        self._writer.write(b"".join(frames))

    def half_close(self) -> None:
        """Say that nothing more will be sent, and go on reading."""
        self._writer.write_eof()

    def stop_reading(self) -> None:
        """From now on the server talks to nobody."""
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()

    async def until(self, beginning: bytes, kind: int = TEXT) -> bool:
        """Read until a frame of that kind begins so; False when the connection ended before."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    came, payload = await self._next()
                except (asyncio.IncompleteReadError, ConnectionError):
                    return False
                if came == CLOSE:
                    return False
                if came == kind and payload.startswith(beginning):
                    if kind == TEXT:
                        self.heard.append(payload)
                    return True
                if came in (TEXT, BINARY) and payload != b"2":  # that is Engine.IO's ping
                    self.heard.append(payload)

    async def rest(self) -> bool:
        """Read what comes without delay; False when the connection ended.

        A ping is answered once what was sent before it is read, and each further one takes a turn of the other's loop.
        """
        for number in range(8):
            self.send(frame(PING, b"%d" % number))
            if not await self.until(b"%d" % number, PONG):
                return False
        return True

    async def _next(self) -> tuple[int, bytes]:
        first, size = await self._reader.readexactly(2)
        if size == 126:
            [size] = struct.unpack("!H", await self._reader.readexactly(2))
        elif size == 127:
            [size] = struct.unpack("!Q", await self._reader.readexactly(8))
        return first & 0x0F, await self._reader.readexactly(size)
