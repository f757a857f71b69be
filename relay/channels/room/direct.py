"""A websocket read in one loop and written at once: Engine.IO's own makes two tasks of every message.

Engine.IO starts a task and a timer for each message it reads, and hands what is sent to another task over a queue. Here
frames are dispatched where they are read, and written where they are sent. Long-polling and its upgrade to a websocket
stay Engine.IO's own; so do websockets when `server.direct_sockets` is off. `tests/server/test_direct.py` holds both to
the same answers.

A transfer is recognised by its frames (a fixed text, then the bytes) and handed over without decoding JSON.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Container, Mapping
from typing import Any

from aiohttp import WSMsgType, web
from engineio import packet
from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError, UnknownPacketError

from relay.channels.room.frames import engine_frame

log = logging.getLogger(__name__)

MAX_UNREAD_BYTES = 4_000_000  # waiting for one reader; beyond it the socket is cut, and comes back with its cursor
TRANSFER = re.compile(r'451-\d{1,16}\["CRYPTOTRANSFER",\{"_placeholder":true,"num":0\}\]')

Transfer = Callable[["DirectSocket", str, bytes], None]  # with the id that its ack wants; returns at once


class DirectWebSocket:
    """What Engine.IO takes a websocket for."""

    def __init__(self, handler: Callable[[DirectWebSocket], Awaitable[None]], server: Any) -> None:  # untyped
        self._handler = handler
        self._server = server

    async def __call__(self, environ: Mapping[str, Any]) -> web.WebSocketResponse:
        request: web.Request = environ["aiohttp.request"]
        # Compression costs more than the few hundred bytes it would save.
        self.response = web.WebSocketResponse(max_msg_size=self._server.max_http_buffer_size, compress=False)
        await self.response.prepare(request)
        self.transport = request.transport
        await self._handler(self)
        return self.response

    async def close(self) -> None:
        await self.response.close()

    async def send(self, message: str | bytes) -> None:
        await (self.response.send_str(message) if isinstance(message, str) else self.response.send_bytes(message))

    async def wait(self) -> str | bytes:
        """The next message; raises `OSError` when there will be none."""
        message = await self.response.receive()
        if message.type is not WSMsgType.TEXT and message.type is not WSMsgType.BINARY:
            raise OSError
        data: str | bytes = message.data
        return data


class DirectSocket(AsyncSocket):  # type: ignore[misc]  # untyped upstream
    """An Engine.IO socket. Engine.IO makes its own kind; `adopt` makes it one of these."""

    wire: asyncio.Transport | None = None  # while it is a websocket, and was one from the start
    may_send = False  # transfers: it joined, and has not left
    last_ping: float | None
    connected: bool
    _transfer: Transfer
    _incomplete: Container[str]
    _response: web.WebSocketResponse | None = None
    _ending: asyncio.Future[bool] | None = None

    @classmethod
    def adopt(cls, socket: AsyncSocket, transfer: Transfer, incomplete: Container[str]) -> None:
        """From now on the socket behaves as written here. To be called before its transport is opened.

        `incomplete` are the ids of those that announced attachments which have not come yet.
        """
        socket.__class__ = cls
        socket._transfer = transfer
        socket._incomplete = incomplete

    @property
    def unread(self) -> int:
        """Bytes that wait for the reader."""
        return 0 if self.wire is None else self.wire.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Send frames, in order with all that was sent; a reader that is too far behind is cut off."""
        wire = self.wire
        if wire is None or wire.is_closing():
            return
        wire.write(frames)
        if wire.get_write_buffer_size() > MAX_UNREAD_BYTES:
            log.info("a slow reader is dropped", extra={"socket": self.sid})
            wire.abort()

    async def send(self, pkt: packet.Packet) -> None:
        if self.wire is None:
            await super().send(pkt)
        elif await self.check_ping_timeout():
            self.write(engine_frame(pkt.encode()))

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:  # noqa: FBT001, FBT002  # upstream's
        await super().close(wait=wait and self._response is None, abort=abort, reason=reason)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the websocket, if it is one, as websockets are closed."""
        if self._response is not None and self._ending is None:
            self._ending = asyncio.ensure_future(self._response.close())

    def schedule_ping(self) -> None:
        if self.last_ping:  # else one is scheduled
            self.last_ping = None
            asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if self.closing or self.closed:
            return
        self.last_ping = time.time()
        ping = packet.Packet(packet.PING)
        if self.wire is None:
            self.queue.put_nowait(ping)
        else:
            self.write(engine_frame(ping.encode()))

    async def _websocket_handler(self, ws: DirectWebSocket) -> None:
        if self.connected:  # it polled so far
            await super()._websocket_handler(ws)
            return
        self.connected = self.upgraded = True
        self._response, self.wire = ws.response, ws.transport
        while not self.queue.empty():
            self.write(engine_frame(self.queue.get_nowait().encode()))
        try:
            await self._read(ws.response)
        finally:
            self.wire = None
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
            if self._ending is not None:
                await self._ending

    async def _read(self, response: web.WebSocketResponse) -> None:
        announced = ""  # the text of a transfer whose bytes are still to come
        while not self.closed:
            message = await response.receive()
            if message.type is WSMsgType.BINARY:
                if announced:
                    self._transfer(self, announced[4 : announced.index("[")], message.data)
                    announced = ""
                    continue
            elif message.type is not WSMsgType.TEXT:
                return
            if announced and not await self._hear(
                announced
            ):  # what came now is not its bytes: as any other packet then
                return
            announced = ""
            if (
                self.may_send
                and message.type is WSMsgType.TEXT
                and TRANSFER.fullmatch(message.data)
                and self.sid not in self._incomplete
            ):
                announced = message.data
            elif not await self._hear(message.data):
                return

    async def _hear(self, data: str | bytes) -> bool:
        """Dispatch a packet as Engine.IO does; False when the connection is over."""
        try:
            await self.receive(packet.Packet(encoded_packet=data))
        except UnknownPacketError:
            return True
        except SocketIsClosedError:
            return False
        except (ValueError, RecursionError):
            log.info("a connection that does not speak Engine.IO is closed", extra={"socket": self.sid})
            return False
        return True
