"""The Socket.IO face: the only file that knows event names.

Every request is answered once, junk too: with an ack, and for the 2019 requests with the `…_RESPONSE` event of the same
object. A client cannot emit what the relay emits: only the names below are heard, anything else gets `invalid_request`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import socketio
from socketio.exceptions import ConnectionRefusedError

from relay.abilities import Answers, Node
from relay.channel import Event
from relay.channels.room import EVENT, copy_room, payment_room
from relay.channels.room.direct import Connection, DirectSocket
from relay.channels.room.frames import ack_frame
from relay.errors import Forbidden, InvalidRequest, NotFound, RateLimited, RelayError, Unauthorized
from relay.money import ChainId
from relay.payment import OVER, Payment
from relay.recording import Answer
from relay.relay import Relay, Spawn
from relay.server.answers import answer_body, answer_json
from relay.server.arrival import Arrival
from relay.server.auth import Callers, Session
from relay.server.limits import Count, Rate, weight
from relay.server.open_keys import OpenKeys
from relay.server.readers import hang_up, room_to_read, unread
from relay.server.subscriptions import Subscription, Subscriptions
from relay.wire import api, events, transfers

log = logging.getLogger(__name__)

QUERIES = ("TRANSACTIONGETRECEIPT", "CRYPTOGETACCOUNTBALANCE", "CRYPTOGETINFO", "FILEGETCONTENTS", "CONTRACTCALL")
FLUSH_SECONDS = 1.0  # at a stop, for answers on their way to readers that read
INTERNAL = {"code": "internal", "message": "something broke on our side; it is in the relay's log"}


@dataclass(slots=True)
class Socket:
    """What we keep of a connection."""

    session: Session
    engine: Connection
    transport: asyncio.Transport | None  # of a websocket that was one from the start
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    replay: asyncio.Lock | None = None  # one at a time: they share the wire anyway


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
        self._requests = requests
        self._connections = connections
        self._pending = pending
        self._refusals = refusals
        self._open: dict[str, Socket] = {}
        self._spawn = spawn
        self._answering: set[asyncio.Task[object]] = set()
        self._unanswered = 0  # transfers that need no task of Socket.IO's
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)
        sio.on("CRYPTOTRANSFER", self._transfer)
        for name in QUERIES:
            sio.on(name, self._query(name))
        sio.on("SUBSCRIBE", self._subscribe)
        sio.on("UNSUBSCRIBE", self._unsubscribe)
        sio.on("*", self._anything_else)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._open)

    @property
    def subscribed(self) -> int:
        """How many subscriptions they hold."""
        return sum(len(socket.subscriptions) for socket in self._open.values())

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
        while self._answering:
            await asyncio.wait(self._answering)
        while self._unanswered:  # noqa: ASYNC110  # a stop may be a few milliseconds late
            await asyncio.sleep(0.005)
        leave = time.monotonic() + FLUSH_SECONDS
        while self._unsent() and time.monotonic() < leave:  # noqa: ASYNC110  # Engine.IO's queues tell nobody
            await asyncio.sleep(0.01)

    def _unsent(self) -> bool:
        return any(unread(socket.engine) for socket in self._open.values())

    def hang_up(self) -> None:
        """End all connections; clients see a lost transport and come back by themselves, to whoever listens then."""
        for socket in self._open.values():
            hang_up(socket.engine)

    async def drop_slow_readers(self) -> None:
        """Close sockets that do not read what they asked for. What they miss they replay from their cursor."""
        for socket in list(self._open.values()):
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
            self._refusals[error.code] += 1
            raise ConnectionRefusedError(error.code, {"code": error.code, "message": error.message}) from None
        self._open[sid] = Socket(Session(came.address, caller), engine, came.wire)
        if isinstance(engine, DirectSocket):
            engine.may_send = True
        if caller is not None:
            self._open_keys.enter(caller.key, sid, lambda: self._sio.disconnect(sid))

    async def _disconnect(self, sid: str, reason: object = None) -> None:
        socket = self._open.pop(sid, None)
        if socket is not None:
            if isinstance(socket.engine, DirectSocket):
                socket.engine.may_send = False
            self._connections.leave(socket.session.address)
            if socket.session.caller is not None:
                self._open_keys.leave(socket.session.caller.key, sid)
            self._requests.forget(sid)
            hang_up(socket.engine)  # also ends a poll that waits for news; Engine.IO would let it wait on

    # --- transfers and the other 2019 requests ---

    def transfer(self, engine: DirectSocket, ack: str, raw: bytes) -> None:
        """Answer a transfer that needed no decoding: the way below, and its ack."""
        sid = self._sio.manager.sid_from_eio_sid(engine.sid, "/")
        if sid is not None:
            self._unanswered += 1
            self._spawn(self._acknowledge(engine, sid, ack, raw))

    async def _acknowledge(self, engine: DirectSocket, sid: str, ack: str, raw: bytes) -> None:
        try:
            answer = await self._answer_transfer(sid, (raw,), staying=True)
            body = answer_body(answer) if isinstance(answer, Answer) else api.encode(answer)
            await self._emit_unheard(sid, answer)
            # after the event, which others hear in the next turn of the loop: then both leave us in one write
            asyncio.get_running_loop().call_soon(engine.write, ack_frame(ack, body))
        finally:
            self._unanswered -= 1
        if isinstance(answer, Answer):
            await self._relay.follow(answer)

    async def _transfer(self, sid: str, *arguments: object) -> dict[str, object]:
        self._note_task()
        answer = await self._answer_transfer(sid, arguments)
        await self._emit_unheard(sid, answer)
        return answer_json(answer) if isinstance(answer, Answer) else answer

    async def _emit_unheard(self, sid: str, answer: Answer | dict[str, object]) -> None:
        """The event of what the payment's room does not bring, in its place among the payment's other events."""
        if not isinstance(answer, Answer):
            await self._sio.emit(EVENT, answer, to=sid)
        elif not answer.announced:
            await self._sio.emit(EVENT, answer_json(answer), to=sid)

    async def _answer_transfer(
        self, sid: str, arguments: tuple[object, ...], *, staying: bool = False
    ) -> Answer | dict[str, object]:
        """The relay's answer, or what is told where it has none."""
        watched: list[Payment] = []

        async def watch(payment: Payment, *, again: bool) -> None:
            watched.append(payment)

            async def enter(missed: Sequence[Event]) -> None:
                own = payment_room(payment.id)
                if sid in self._open:
                    copied = again and own not in self._sio.rooms(sid)
                    # what enter_room does in the end, without two coroutines and a line for a log that is off
                    self._sio.manager.basic_enter_room(sid, "/", copy_room(payment.id) if copied else own)

            if payment.status not in OVER:
                await self._subscriptions.watch(payment, enter)

        try:
            self._admit(sid, arguments)
            self._pending.enter(sid)
            try:
                signed, invoice = transfers.read_transfer(_only(arguments), self._default_chain)
                answer = await self._relay.transfer(signed, invoice=invoice, watch=watch, staying=staying)
            finally:
                self._pending.leave(sid)
        except RelayError as error:
            self._refusals[error.code] += 1
            if watched:  # on record, so not refused: it goes its way although we cannot tell more of it now
                return events.payment_fields(watched[0])
            return events.refusal(error)
        except Exception:
            log.exception("a transfer broke")
            if watched:
                return events.payment_fields(watched[0])
            return events.refusal(RelayError(INTERNAL["message"]))
        return answer

    def _query(self, name: str) -> Callable[..., Awaitable[dict[str, object]]]:
        async def answer(sid: str, *arguments: object) -> dict[str, object]:
            self._note_task()
            response = await self._answer_query(sid, name, arguments)
            await self._sio.emit(f"{name}_RESPONSE", response, to=sid)
            return response

        return answer

    async def _answer_query(self, sid: str, name: str, arguments: tuple[object, ...]) -> dict[str, object]:
        try:
            self._admit(sid, arguments)
            argument = _only(arguments)
            network = argument.get("network") if isinstance(argument, Mapping) else None
            chain = self._relay.chain(ChainId.parse(str(network)) if network is not None else self._default_chain)
            if not isinstance(chain, Answers):
                raise InvalidRequest(f"{chain.id} has no {name}")
            request = argument if isinstance(argument, Mapping) else transfers.read_bytes(argument)
            self._pending.enter(sid)
            try:
                return await chain.answer(name, request)
            finally:
                self._pending.leave(sid)
        except RelayError as error:
            self._refusals[error.code] += 1
            return {"nodePrecheckcode": None, "error": error.message, "reason": error.code}
        except Exception:
            log.exception("a query broke", extra={"event": name})
            return {"nodePrecheckcode": None, "error": INTERNAL["message"], "reason": INTERNAL["code"]}

    async def _subscribe(self, sid: str, *arguments: object) -> dict[str, object]:
        try:
            socket = self._admit(sid, arguments)
            self._pending.enter(sid)
            try:
                wish = await self._subscriptions.read(_only(arguments), socket.session)
                socket.replay = socket.replay or asyncio.Lock()
                async with socket.replay:
                    return await self._join(sid, socket, wish)
            finally:
                self._pending.leave(sid)
        except RelayError as error:
            self._refusals[error.code] += 1
            return _error(error)
        except Exception:
            log.exception("a subscription broke")
            return {"error": INTERNAL}

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
            if sid in self._open:
                await self._sio.enter_room(sid, room)
                socket.subscriptions[room] = wish

        if room in socket.subscriptions:
            await self._sio.leave_room(sid, room)  # asked again: replay from the new cursor, then live
        seq, replayed = await self._subscriptions.join(wish, send, enter)
        return {"stream": events.stream(wish.merchant), "seq": seq, "replayed": replayed}

    async def _unsubscribe(self, sid: str, *arguments: object) -> dict[str, object]:
        try:
            socket = self._admit(sid, arguments)
            wish = await self._subscriptions.read(_only(arguments), socket.session)
            if socket.subscriptions.pop(wish.room, None) is None:
                raise NotFound("there is no such subscription on this socket")
            await self._sio.leave_room(sid, wish.room)
            return {"stream": events.stream(wish.merchant)}
        except RelayError as error:
            return _error(error)

    async def _anything_else(self, event: str, sid: str, *arguments: object) -> dict[str, object]:
        return _error(InvalidRequest(f"{event[:50]!r} is not something this relay answers"))

    def _note_task(self) -> None:
        """Socket.IO runs a request in a task that ends once its ack is on the way: what `drain` waits for."""
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    def _admit(self, sid: str, arguments: tuple[object, ...]) -> Socket:
        socket = self._open.get(sid)
        if socket is None:
            raise Forbidden("the connection is closed")
        self._requests.spend(sid, min(weight(arguments), self._requests.burst))
        return socket


def _only(arguments: tuple[object, ...]) -> object:
    if len(arguments) != 1:
        raise InvalidRequest(f"this event takes one argument, got {len(arguments)}")
    return arguments[0]


def _error(error: RelayError) -> dict[str, object]:
    return {"error": {"code": error.code, "message": error.message}}
