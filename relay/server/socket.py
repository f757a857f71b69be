"""The Socket.IO face: the only file that knows event names.

Every request is answered once, junk too: with an ack, and for the 2019 requests with the `…_RESPONSE` event of the same
object. A client cannot emit what the relay emits: only the names below are heard, anything else gets `invalid_request`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import socketio
from socketio.exceptions import ConnectionRefusedError

from relay.abilities import Answers, Node
from relay.channel import Event
from relay.channels.room import EVENT
from relay.channels.room.direct import DirectSocket
from relay.errors import Forbidden, InvalidRequest, NotFound, RateLimited, RelayError, Unauthorized
from relay.money import ChainId
from relay.relay import Relay, Spawn
from relay.server.arrival import Arrival
from relay.server.auth import Callers, Session
from relay.server.joined import INTERNAL, Joined, Socket, only
from relay.server.limits import Count, Rate
from relay.server.open_keys import OpenKeys
from relay.server.readers import hang_up, room_to_read, unread
from relay.server.subscriptions import Subscription, Subscriptions
from relay.server.transfers import Transfers
from relay.wire import events
from relay.wire.transfers import read_bytes

log = logging.getLogger(__name__)

QUERIES = ("TRANSACTIONGETRECEIPT", "CRYPTOGETACCOUNTBALANCE", "CRYPTOGETINFO", "FILEGETCONTENTS", "CONTRACTCALL")


class Sockets:
    """Reads what clients emit, hands it to the verbs, answers."""

    def __init__(
        self,
        *,
        sio: socketio.AsyncServer,
        relay: Relay,
        callers: Callers,
        open_keys: OpenKeys,
        subscriptions: Subscriptions,
        default_chain: ChainId,
        requests: Rate,
        connections: Count,
        pending: Count,
        refusals: Counter[str],
        spawn: Spawn,
    ) -> None:
        self._sio = sio
        self._relay = relay
        self._callers = callers
        self._open_keys = open_keys
        self._subscriptions = subscriptions
        self._default_chain = default_chain
        self._connections = connections
        self._joined = Joined(requests=requests, pending=pending, refusals=refusals)
        self.transfers = Transfers(
            sio=sio,
            relay=relay,
            joined=self._joined,
            subscriptions=subscriptions,
            default_chain=default_chain,
            spawn=spawn,
        )
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)
        sio.on("CRYPTOTRANSFER", self.transfers.answer)
        for name in QUERIES:
            sio.on(name, self._query(name))
        sio.on("SUBSCRIBE", self._subscribe)
        sio.on("UNSUBSCRIBE", self._unsubscribe)
        sio.on("*", self._anything_else)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._joined.open)

    @property
    def subscribed(self) -> int:
        """How many subscriptions they hold."""
        return sum(len(socket.subscriptions) for socket in self._joined.open.values())

    async def network_status(self, chain: ChainId, node: Node) -> None:
        """Tell everyone that a node became healthy or stopped being so."""
        await self._sio.emit(
            "NETWORK_STATUS",
            {
                "network": str(chain),
                "node": node.address,
                "account": node.account,
                "healthy": node.healthy,
                "detail": node.detail,
            },
        )

    async def drain(self) -> None:
        """Return when every request that came in has its answer, and the answers have left us as far as they will."""
        await self._joined.drain()

    def hang_up(self) -> None:
        """End all connections; clients see a lost transport and come back by themselves, to whoever listens then."""
        for socket in self._joined.open.values():
            hang_up(socket.engine)

    async def drop_slow_readers(self) -> None:
        """Close sockets that do not read what they asked for. What they miss they replay from their cursor."""
        for socket in list(self._joined.open.values()):
            if unread(socket.engine) > 1:
                log.info("a slow reader is dropped", extra={"socket": socket.engine.sid})
                await socket.engine.close(wait=False, abort=True)
                if socket.transport is not None:  # else Engine.IO's ping notices, in under a minute
                    socket.transport.abort()

    async def _connect(self, sid: str, came: Arrival, auth: object = None) -> None:
        try:
            caller = None
            if auth is not None and not isinstance(auth, Mapping):
                raise Unauthorized("auth is an object: {} or {apiKey}")
            if auth and "apiKey" in auth:
                caller = await self._callers.of_key(auth["apiKey"], came.origin)
            engine = self._sio.eio.sockets.get(self._sio.manager.eio_sid_from_sid(sid, "/"))
            if engine is None or engine.closed:  # it left while we looked at its key, and will not leave again
                raise Forbidden("the connection is closed")
            self._connections.enter(came.address)
        except RelayError as error:
            self._joined.refused(error)
            raise ConnectionRefusedError(error.code, {"code": error.code, "message": error.message}) from None
        self._joined.open[sid] = Socket(Session(came.address, caller), engine, came.wire)
        if isinstance(engine, DirectSocket):
            engine.may_send = True
        if caller is not None:
            self._open_keys.enter(caller.key, sid, lambda: self._sio.disconnect(sid))

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        socket = self._joined.open.pop(sid, None)
        if socket is not None:
            if isinstance(socket.engine, DirectSocket):
                socket.engine.may_send = False
            self._connections.leave(socket.session.address)
            if socket.session.caller is not None:
                self._open_keys.leave(socket.session.caller.key, sid)
            self._joined.requests.forget(sid)
            hang_up(socket.engine)  # also ends a poll that waits for news; Engine.IO would let it wait on

    def _query(self, name: str) -> Callable[..., Awaitable[dict[str, object]]]:
        async def answer(sid: str, *arguments: object) -> dict[str, object]:
            self._joined.note_task()
            response = await self._answer_query(sid, name, arguments)
            await self._sio.emit(f"{name}_RESPONSE", response, to=sid)
            return response

        return answer

    async def _answer_query(self, sid: str, name: str, arguments: tuple[object, ...]) -> dict[str, object]:
        try:
            self._joined.admit(sid, arguments)
            argument = only(arguments)
            network = argument.get("network") if isinstance(argument, Mapping) else None
            chain = self._relay.chain(ChainId.parse(str(network)) if network is not None else self._default_chain)
            if not isinstance(chain, Answers):
                raise InvalidRequest(f"{chain.id} has no {name}")
            request = argument if isinstance(argument, Mapping) else read_bytes(argument)
            self._joined.pending.enter(sid)
            try:
                return await chain.answer(name, request)
            finally:
                self._joined.pending.leave(sid)
        except RelayError as error:
            self._joined.refused(error)
            return {"nodePrecheckcode": None, "error": error.message, "reason": error.code}
        except Exception:
            log.exception("a query broke", extra={"event": name})
            return {"nodePrecheckcode": None, "error": INTERNAL["message"], "reason": INTERNAL["code"]}

    async def _subscribe(self, sid: str, *arguments: object) -> dict[str, object]:
        try:
            return await self._in_turn(sid, arguments, self._join)
        except RelayError as error:
            self._joined.refused(error)
            return _error(error)
        except Exception:
            log.exception("a subscription broke")
            return {"error": INTERNAL}

    async def _in_turn(
        self,
        sid: str,
        arguments: tuple[object, ...],
        work: Callable[[str, Socket, Subscription], Awaitable[dict[str, object]]],
    ) -> dict[str, object]:
        """In the order asked: who takes a subscription back while it is replayed is not in its room afterwards."""
        socket = self._joined.admit(sid, arguments)
        self._joined.pending.enter(sid)
        try:
            socket.replay = socket.replay or asyncio.Lock()
            async with socket.replay:
                return await work(sid, socket, await self._subscriptions.read(only(arguments), socket.session))
        finally:
            self._joined.pending.leave(sid)

    async def _join(self, sid: str, socket: Socket, wish: Subscription) -> dict[str, object]:
        room = wish.room
        if room not in socket.subscriptions and len(socket.subscriptions) >= self._subscriptions.most:
            raise RateLimited(f"at most {self._subscriptions.most} subscriptions on one socket")

        async def send(event: Event) -> None:
            await room_to_read(socket.engine)
            if wish.hears(event):
                await self._sio.emit(EVENT, wish.shown(event), to=sid)

        async def enter(missed: Sequence[Event]) -> None:
            for event in filter(wish.hears, missed):
                await self._sio.emit(EVENT, wish.shown(event), to=sid)
            if sid in self._joined.open:
                await self._sio.enter_room(sid, room)
                socket.subscriptions[room] = wish

        if socket.subscriptions.pop(room, None) is not None:  # asked again: replay from the new cursor, then live
            await self._sio.leave_room(sid, room)  # if that breaks it follows nothing, as the error says
        seq, replayed = await self._subscriptions.join(wish, send, enter)
        return {"stream": events.stream(wish.merchant), "seq": seq, "replayed": replayed}

    async def _part(self, sid: str, socket: Socket, wish: Subscription) -> dict[str, object]:
        if socket.subscriptions.pop(wish.room, None) is None:
            raise NotFound("there is no such subscription on this socket")
        await self._sio.leave_room(sid, wish.room)
        return {"stream": events.stream(wish.merchant)}

    async def _unsubscribe(self, sid: str, *arguments: object) -> dict[str, object]:
        try:
            return await self._in_turn(sid, arguments, self._part)
        except RelayError as error:
            return _error(error)

    async def _anything_else(self, event: str, sid: str, *arguments: object) -> dict[str, object]:
        return _error(InvalidRequest(f"{event[:50]!r} is not something this relay answers"))


def _error(error: RelayError) -> dict[str, object]:
    return {"error": {"code": error.code, "message": error.message}}
