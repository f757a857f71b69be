"""A websocket without a task: its frames are read where they come in, and written where they are sent.

Engine.IO keeps two tasks, a queue and the whole of the HTTP request for each websocket, and makes a task and a timer of
every message. Here a connection is this one object (1 KB instead of 20), and what it hears is dispatched from the
transport's own callback. Long-polling and its upgrade to a websocket stay Engine.IO's; so do all websockets when
`server.direct_sockets` is off. `tests/server/test_direct.py` holds both to the same answers.

A transfer is recognised by its frames (a fixed text, then the bytes) and handed over without decoding JSON. Everything
else goes to Engine.IO one by one, in a task that ends when nothing more waits.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Container, Coroutine, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard

from engineio import packet
from engineio.async_socket import AsyncSocket
from engineio.exceptions import SocketIsClosedError

from relay.channels.room.frames import engine_frame, frame
from relay.channels.room.pings import Pings
from relay.channels.room.reader import (
    BINARY,
    CLOSE,
    INVALID_TEXT,
    NORMAL,
    PING,
    PONG,
    TEXT,
    BadFrame,
    FrameReader,
    check_close,
)

log = logging.getLogger(__name__)

MAX_UNREAD_BYTES = 4_000_000  # waiting for one reader; beyond it the socket is cut, and comes back with its cursor
GOODBYE_SECONDS = 10.0  # for a client to close its side
TRANSFER = re.compile(r'451-\d{1,16}\["CRYPTOTRANSFER",\{"_placeholder":true,"num":0\}\]')
ASK, ALIVE = engine_frame(str(packet.PING)), str(packet.PONG)
_LAST = 0x80

Connection: TypeAlias = "DirectSocket | AsyncSocket"  # the latter is untyped upstream
Transfer = Callable[["DirectSocket", str, bytes], None]  # with the id that its ack wants; returns at once


class Engine(Protocol):
    """What a socket needs of the Engine.IO server it belongs to."""

    reason: Any  # untyped
    sockets: dict[str, Any]
    max_http_buffer_size: int
    pings: Pings
    transfer: Transfer
    incomplete: Container[str]  # ids of those that announced attachments which have not come yet

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it in a task."""
        ...

    async def _trigger_event(self, event: str, *arguments: object, run_async: bool) -> object: ...


class DirectSocket(asyncio.Protocol):
    """A websocket, and what Engine.IO takes for one of its sockets."""

    __slots__ = (
        "_announced", "_asked", "_engine", "_reader", "_transport", "_unheard",
        "closed", "closing", "may_send", "pending", "sid", "turn", "wire",
    )  # fmt: skip
    connected = upgraded = True
    upgrading = False

    def __init__(self, engine: Engine, sid: str) -> None:
        self._engine = engine
        self.sid = sid
        self.wire: asyncio.Transport | None = None  # as long as something may be sent
        self.pending: list[bytes] | None = None  # news that `Audience` will send soon
        self.may_send = False  # transfers: it joined, and has not left
        self.closing = self.closed = False
        self.turn = 0
        self._transport: asyncio.Transport | None = None  # until the connection is lost
        self._reader = FrameReader(engine.max_http_buffer_size)
        self._announced = ""  # the text of a transfer whose bytes are still to come
        self._unheard: deque[str | bytes] | None = None  # behind a message that is being heard
        self._asked = False  # for a sign of life, and has not given it

    def open(self, transport: asyncio.Transport) -> None:
        """Take over a connection that has become a websocket."""
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=MAX_UNREAD_BYTES)
        self.wire = self._transport = transport
        self._engine.pings.add(self)

    # --- sending ---

    @property
    def unread(self) -> int:
        """Bytes that wait for the reader."""
        waiting = sum(map(len, self.pending or ()))
        return waiting if self.wire is None else waiting + self.wire.get_write_buffer_size()

    def write(self, frames: bytes) -> None:
        """Send frames, in order with all that was sent."""
        if self.wire is not None:
            if self.pending is not None:
                frames, self.pending = b"".join([*self.pending, frames]), None
            self.wire.write(frames)

    def flush(self) -> None:
        """Send the news that was left for later."""
        pending, self.pending = self.pending, None
        if pending is not None and self.wire is not None:
            self.wire.write(pending[0] if len(pending) == 1 else b"".join(pending))

    def pause_writing(self) -> None:
        """Called by the transport when more than `MAX_UNREAD_BYTES` wait."""
        log.info("a slow reader is dropped", extra={"socket": self.sid})
        self.abort()

    async def send(self, pkt: packet.Packet) -> None:
        if self.closed:
            raise SocketIsClosedError
        self.write(engine_frame(pkt.encode()))

    def ping(self) -> None:
        if not self._asked:
            self._asked = True
            self.write(ASK)
        elif self.wire is None:
            self.abort()  # goodbye was said: only what he does not read keeps it open
        else:
            self._engine.keep(self.close(reason=self._engine.reason.PING_TIMEOUT))

    # --- ending ---

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:  # noqa: FBT001, FBT002  # upstream's
        if not self.closing:
            self.closing = True
            reason = reason or self._engine.reason.SERVER_DISCONNECT
            await self._engine._trigger_event("disconnect", self.sid, reason, run_async=False)
            if not abort:
                self.write(engine_frame(str(packet.CLOSE)))
            self.closed = True
            self._engine.sockets.pop(self.sid, None)
        self.hang_up()

    def hang_up(self, code: int = NORMAL) -> None:
        """Close the websocket as websockets are closed: the client is told, and ends the connection."""
        if self.wire is not None:
            self.write(frame(_LAST | CLOSE, code.to_bytes(2, "big")))
            self.wire = None
            asyncio.get_running_loop().call_later(GOODBYE_SECONDS, self.abort)

    def abort(self) -> None:
        """Cut it."""
        self.wire = None
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.wire = self._transport = self.pending = None
        self._engine.pings.remove(self)
        if self._unheard is None:
            self._engine.keep(self._lost())

    async def _lost(self) -> None:
        await self.close(abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)

    # --- receiving ---

    def data_received(self, data: bytes) -> None:
        try:
            for kind, payload in self._reader.read(data):
                if kind == CLOSE:
                    check_close(payload)
                    self._end(NORMAL)
                    return
                if self.wire is None:
                    continue  # we said goodbye and wait for his
                if kind == BINARY:
                    self._message(payload)
                elif kind == TEXT:
                    self._message(payload.decode())
                elif kind == PING:
                    self.write(frame(_LAST | PONG, payload))
        except BadFrame as broken:
            self._end(broken.code)
        except UnicodeDecodeError:
            self._end(INVALID_TEXT)

    def _end(self, code: int) -> None:
        """The websocket is over: it is closed once the client was told."""
        if self.wire is not None:
            self.write(frame(_LAST | CLOSE, code.to_bytes(2, "big")))
            self.wire = None
        if self._transport is not None:
            self._transport.close()

    def _message(self, message: str | bytes) -> None:
        if self._unheard is not None:
            self._unheard.append(message)
            if self._transport is not None:
                self._transport.pause_reading()  # so what waits is bounded by what was read at once
        elif others := self._others(message):
            self._unheard = deque()
            self._engine.keep(self._hear(others))

    def _others(self, message: str | bytes) -> Sequence[str | bytes]:
        """Do what can be done at once; returns what Engine.IO has to hear."""
        announced, self._announced = self._announced, ""
        if announced and isinstance(message, bytes):
            self._engine.transfer(self, announced[4 : announced.index("[")], message)
        elif announced:  # what came now is not its bytes: it is heard as any other packet, and so is this
            return (announced, message)
        elif message == ALIVE:
            self._asked = False
        elif self._is_transfer(message):
            self._announced = message
        else:
            return (message,)
        return ()

    def _is_transfer(self, message: str | bytes) -> TypeGuard[str]:
        return (
            self.may_send
            and isinstance(message, str)
            and TRANSFER.fullmatch(message) is not None
            and self.sid not in self._engine.incomplete
        )

    async def _hear(self, messages: Sequence[str | bytes]) -> None:
        """Let Engine.IO hear these, and then what came meanwhile."""
        unheard = self._unheard or deque()
        try:
            while messages or unheard:
                for message in messages:
                    if self.closed or not await self._receive(message):
                        await self.close(abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
                        return
                messages = self._others(unheard.popleft()) if unheard else ()
        finally:
            self._unheard = None
            wire = self._transport
            if wire is None:
                await self._lost()
            elif not wire.is_reading() and not wire.is_closing():
                wire.resume_reading()

    async def _receive(self, message: str | bytes) -> bool:
        """Dispatch a packet as Engine.IO does; False when the connection is over."""
        try:
            heard = packet.Packet(encoded_packet=message)
            match heard.packet_type:
                case packet.MESSAGE:
                    await self._engine._trigger_event("message", self.sid, heard.data, run_async=False)
                case packet.PONG:
                    self._asked = False
                case packet.UPGRADE:
                    self.write(engine_frame(str(packet.NOOP)))
                case packet.CLOSE:
                    await self.close(abort=True, reason=self._engine.reason.CLIENT_DISCONNECT)
                    return False
                case _:
                    pass  # nothing a server is told
        except SocketIsClosedError:
            return False
        except (ValueError, RecursionError):
            log.info("a connection that does not speak Engine.IO is closed", extra={"socket": self.sid})
            return False
        return True
