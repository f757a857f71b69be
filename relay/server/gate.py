"""The gate below Socket.IO: how many transports one address may open, how large one packet may grow.

Socket.IO bounds neither. A transport that never joins is unknown to `relay.server.socket`, and a packet may announce
ten billion attachments and keep what came of them for ever. As in the reference server, what is no packet ends its
connection: a peer that speaks something else cannot be answered.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from typing import Any

import engineio.json
import socketio
from aiohttp import web
from engineio.payload import Payload
from socketio.packet import Packet

from relay.channels.room.audience import Audience
from relay.channels.room.direct import DirectSocket, DirectWebSocket, Transfer
from relay.errors import RateLimited
from relay.server.auth import Proxies
from relay.server.limits import Count
from relay.wire import api

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 1_000_000  # Socket.IO's own default; what is too large within it gets an answer, beyond it a cut
MAX_ATTACHMENTS = 4  # of one packet; each is a message, and so bounded. Every request of ours has one
UNJOINED = 64  # transports of one address beyond its connections: those that join now, or are about to be refused

# Engine.IO takes 16 packets in one polling request by default, and a binary transfer is two: a client that polls may
# send several at once. What a request may hold is bounded by its bytes.
Payload.max_decode_packets = 1_000


class Json:
    """How Socket.IO writes and reads JSON here: as the rest of the relay writes it, and as it would read it itself."""

    loads = staticmethod(engineio.json.loads)

    @staticmethod
    def dumps(value: object, **options: object) -> str:
        """The same text as everywhere else in the relay."""
        return api.encode(value).decode()


class BoundedPacket(Packet):  # type: ignore[misc]  # untyped upstream
    """A Socket.IO packet as this relay takes it."""

    def decode(self, encoded_packet: str) -> int:
        """How many attachments follow; `ValueError` beyond `MAX_ATTACHMENTS`."""
        attachments: int = super().decode(encoded_packet)
        if attachments > MAX_ATTACHMENTS:
            raise ValueError("too many attachments")
        return attachments


def socket_server(*, direct: bool) -> socketio.AsyncServer:
    """A Socket.IO server as this relay needs it; `direct` reads and writes websockets our way."""
    sio = socketio.AsyncServer(
        async_mode="aiohttp",
        logger=logging.getLogger("relay.socketio"),  # what clients do wrong is answered, not logged
        engineio_logger=logging.getLogger("relay.engineio"),
        cors_allowed_origins="*",  # no cookie authenticates anything here
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        http_compression=False,
        serializer=BoundedPacket,
        json=Json,
        client_manager=Audience() if direct else None,
    )
    if direct:
        sio.eio._async = {**sio.eio._async, "websocket": DirectWebSocket}
    return sio


class Gate:
    """Stands between Engine.IO and Socket.IO."""

    def __init__(self, *, sio: socketio.AsyncServer, proxies: Proxies, transports: Count) -> None:
        self.transfer: Transfer | None = None  # what takes transfers, where sockets are direct
        self._engine = sio.eio
        self._incomplete: Container[str] = sio._binary_packet
        self._proxies = proxies
        self._transports = transports
        self._addresses: dict[str, str] = {}  # by Engine.IO's id
        inner = dict(self._engine.handlers)
        self._join, self._hear, self._leave = inner["connect"], inner["message"], inner["disconnect"]
        self._engine.on("connect", self._connect)
        self._engine.on("message", self._message)
        self._engine.on("disconnect", self._disconnect)

    async def _connect(self, id: str, environ: Mapping[str, Any]) -> str | None:
        request: web.Request = environ["aiohttp.request"]
        address = self._proxies.client_of(request)
        try:
            self._transports.enter(address)
        except RateLimited as error:
            return error.message  # Engine.IO answers with it, and forgets the transport
        self._addresses[id] = address
        if self.transfer is not None:
            DirectSocket.adopt(self._engine.sockets[id], self.transfer, self._incomplete)
        await self._join(id, environ)
        return None

    async def _message(self, id: str, data: str | bytes) -> None:
        try:
            await self._hear(id, data)
        except Exception as error:
            log.info("a connection that does not speak Socket.IO is closed", extra={"error": type(error).__name__})
            socket = self._engine.sockets.get(id)
            if socket is not None:
                await socket.close(wait=False, abort=True)

    async def _disconnect(self, id: str, reason: object = None) -> None:
        address = self._addresses.pop(id, None)
        if address is not None:
            self._transports.leave(address)
        await self._leave(id, reason)
