"""Engine.IO's server with websockets of our own: the handshake, and the connection taken from aiohttp.

aiohttp reads the request. Once it is answered with 101, aiohttp is told that the connection is lost, and ends what it
kept for it: tasks, parser, request. The transport goes on as a `DirectSocket`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Container, Coroutine, Mapping
from typing import Any

import engineio
from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestHandler
from engineio import packet

from relay.channels.room.direct import DirectSocket, Transfer
from relay.channels.room.frames import engine_frame
from relay.channels.room.pings import Pings

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
LEAVE_SECONDS = 1.0  # at a stop, for clients to say goodbye, too
LOOK_SECONDS = 5.0  # between looks at those who poll


class DirectEngine(engineio.AsyncServer):  # type: ignore[misc]  # untyped upstream
    """`transfer` and `incomplete` are set by who knows them, before the first connection."""

    transfer: Transfer
    incomplete: Container[str] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pings = Pings(self.ping_interval)
        self._work: set[asyncio.Task[None]] = set()

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _handle_connect(self, environ: Mapping[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        if transport != "websocket":
            return await super()._handle_connect(environ, transport, jsonp_index)
        request: web.Request = environ["aiohttp.request"]
        accepted = accept(request)
        if accepted is None:
            return self._bad_request("not a websocket's handshake")
        sid = self.generate_id()
        socket = self.sockets[sid] = DirectSocket(self, sid)
        refused = await self._trigger_event("connect", sid, environ, run_async=False)
        if refused is not None and refused is not True:
            del self.sockets[sid]
            return self._unauthorized(refused or None)
        hello = {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        wire = request.transport
        if wire is None or wire.is_closing():
            await socket.close(abort=True, reason=self.reason.TRANSPORT_CLOSE)
            raise ConnectionResetError("the connection ended amid its handshake")
        socket.open(wire)
        early = _let_go(request)
        socket.write(accepted + engine_frame(packet.Packet(packet.OPEN, hello).encode()))
        socket.data_received(early)
        return _GONE

    async def _service_task(self) -> None:
        """Notice those who stopped polling; websockets are asked by `pings`."""
        self.service_task_event = stop = asyncio.Event()
        while not stop.is_set():
            for socket in [one for one in self.sockets.values() if not isinstance(one, DirectSocket)]:
                if socket.closed:
                    self.sockets.pop(socket.sid, None)
                elif not socket.closing:
                    await socket.check_ping_timeout()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def shutdown(self) -> None:
        """Say goodbye to all that are still there, and cut who does not answer."""
        for socket in self.pings:
            socket.hang_up()
        leave = asyncio.get_running_loop().time() + LEAVE_SECONDS
        while any(True for _ in self.pings) and asyncio.get_running_loop().time() < leave:  # noqa: ASYNC110  # they go one by one
            await asyncio.sleep(0.01)
        for socket in list(self.pings):
            socket.abort()
        self.pings.stop()
        await super().shutdown()


def accept(request: web.Request) -> bytes | None:
    """The answer that makes a request's connection a websocket (RFC 6455, 4.2); None when it does not ask rightly."""
    headers = request.headers
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        whole = len(base64.b64decode(key, validate=True)) == 16
    except binascii.Error:
        return None
    asks = "upgrade" in [token.strip() for token in headers.get("Connection", "").lower().split(",")]
    if not (whole and asks and request.version >= HttpVersion11 and headers.get("Sec-WebSocket-Version") == "13"):
        return None
    proof = base64.b64encode(hashlib.sha1(key.encode() + GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"
    )


class _Gone(web.StreamResponse):
    """The answer to a request whose connection is not HTTP's any more."""

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError("it is a websocket now")


_GONE = _Gone()


def can_let_go() -> bool:
    """Whether the aiohttp that is installed has what `_let_go` takes from it: that is nobody's promise."""
    return hasattr(RequestHandler, "_message_tail")


def _let_go(request: web.Request) -> bytes:
    """Let aiohttp forget the connection; returns what it has read of it beyond the request.

    It closes the transport of a connection it loses, so it is not left with one.
    """
    http = request.protocol
    early, http.transport = http._message_tail, None
    http.connection_lost(None)
    return early
