"""The gate below Socket.IO: how many transports one address may open, how large one packet may grow.

Socket.IO bounds neither. A transport that never joins is unknown to `relay.server.socket`, and a packet may announce
ten billion attachments and keep what came of them for ever. As in the reference server, what is no packet ends its
connection: a peer that speaks something else cannot be answered.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import engineio.json
import socketio
from aiohttp import web
from engineio.payload import Payload
from socketio.packet import Packet

from relay.channels.room.audience import Audience
from relay.channels.room.direct import Transfer
from relay.channels.room.engine import DirectEngine, can_let_go
from relay.errors import RateLimited
from relay.server.arrival import Arrival, arrival
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


class DirectServer(socketio.AsyncServer):  # type: ignore[misc]  # untyped upstream
    """A Socket.IO server whose websockets are ours."""

    def _engineio_server_class(self) -> type[DirectEngine]:
        return DirectEngine


def socket_server(*, direct: bool) -> socketio.AsyncServer:
    """A Socket.IO server as this relay needs it; `direct` has websockets of our own, where aiohttp lets us."""
    if direct and not can_let_go():
        log.warning("websockets are python-socketio's and cost more: this aiohttp is not the one we know")
        direct = False
    sio = (DirectServer if direct else socketio.AsyncServer)(
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
    if isinstance(sio.eio, DirectEngine):
        sio.eio.incomplete = sio._binary_packet
    return sio


class Gate:
    """Stands between Engine.IO and Socket.IO."""

    def __init__(self, *, sio: socketio.AsyncServer, proxies: Proxies, transports: Count) -> None:
        self._engine = sio.eio
        self._arrivals: Mapping[str, Arrival] = sio.environ  # by Engine.IO's id
        self._proxies = proxies
        self._transports = transports
        inner = dict(self._engine.handlers)
        self._join, self._hear, self._leave = inner["connect"], inner["message"], inner["disconnect"]
        self._engine.on("connect", self._connect)
        self._engine.on("message", self._message)
        self._engine.on("disconnect", self._disconnect)

    def take_transfers(self, transfer: Transfer) -> None:
        """Let these be handed over as they are, where sockets are direct."""
        if isinstance(self._engine, DirectEngine):
            self._engine.transfer = transfer

    async def _connect(self, id: str, environ: Mapping[str, Any]) -> str | None:
        request: web.Request = environ["aiohttp.request"]
        address = self._proxies.client_of(request)
        try:
            self._transports.enter(address)
        except RateLimited as error:
            return error.message  # Engine.IO answers with it, and forgets the transport
        await self._join(id, arrival(request, address))
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
        came = self._arrivals.get(id)
        if came is not None:
            self._transports.leave(came.address)
        await self._leave(id, reason)
