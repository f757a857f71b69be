"""Transfers that come over a socket: the way of each from its bytes to its answer, and into the room of its payment."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import socketio

from relay.channel import Event
from relay.channels.room import EVENT, copy_room, payment_room
from relay.channels.room.direct import DirectSocket
from relay.channels.room.frames import ack_frame
from relay.errors import RelayError
from relay.money import ChainId
from relay.payment import OVER, Payment
from relay.recording import Answer
from relay.relay import Relay, Spawn
from relay.server.answers import answer_body, answer_json
from relay.server.joined import INTERNAL, Joined, only
from relay.server.subscriptions import Subscriptions
from relay.wire import api, events
from relay.wire.transfers import read_transfer

log = logging.getLogger(__name__)


class Transfers:
    """`spawn` runs what answers a transfer that came without a task of Socket.IO's."""

    def __init__(
        self,
        *,
        sio: socketio.AsyncServer,
        relay: Relay,
        joined: Joined,
        subscriptions: Subscriptions,
        default_chain: ChainId,
        spawn: Spawn,
    ) -> None:
        self._sio = sio
        self._relay = relay
        self._joined = joined
        self._subscriptions = subscriptions
        self._default_chain = default_chain
        self._spawn = spawn

    def take(self, engine: DirectSocket, ack: str, raw: bytes) -> None:
        """Answer a transfer that needed no decoding: the way below, and its ack."""
        sid = self._sio.manager.sid_from_eio_sid(engine.sid, "/")
        if sid is not None:
            self._joined.unanswered += 1
            self._spawn(self._acknowledge(engine, sid, ack, raw))

    async def answer(self, sid: str, *arguments: object) -> dict[str, object]:
        """What Socket.IO acknowledges a transfer with; its event has left by then."""
        self._joined.note_task()
        answer = await self._answer(sid, arguments)
        await self._emit_unheard(sid, answer)
        return answer_json(answer) if isinstance(answer, Answer) else answer

    async def _acknowledge(self, engine: DirectSocket, sid: str, ack: str, raw: bytes) -> None:
        try:
            answer = await self._answer(sid, (raw,), staying=True)
            body = answer_body(answer) if isinstance(answer, Answer) else api.encode(answer)
            if not (isinstance(answer, Answer) and answer.announced):
                await self._emit_unheard(sid, answer)
            # after the event, which others hear in the next turn of the loop: then both leave us in one write
            asyncio.get_running_loop().call_soon(engine.write, ack_frame(ack, body))
        finally:
            self._joined.unanswered -= 1
        if isinstance(answer, Answer):
            await self._relay.follow(answer)

    async def _emit_unheard(self, sid: str, answer: Answer | dict[str, object]) -> None:
        """The event of what the payment's room does not bring, in its place among the payment's other events."""
        if not isinstance(answer, Answer):
            await self._sio.emit(EVENT, answer, to=sid)
        elif not answer.announced:
            await self._sio.emit(EVENT, answer_json(answer), to=sid)

    async def _answer(
        self, sid: str, arguments: tuple[object, ...], *, staying: bool = False
    ) -> Answer | dict[str, object]:
        """The relay's answer, or what is told where it has none."""
        joined, watched = self._joined, list[Payment]()

        async def watch(payment: Payment, *, again: bool) -> None:
            watched.append(payment)

            async def enter(missed: Sequence[Event]) -> None:
                own = payment_room(payment.id)
                if sid in joined.open:
                    copied = again and own not in self._sio.rooms(sid)
                    # what enter_room does in the end, without two coroutines and a line for a log that is off
                    self._sio.manager.basic_enter_room(sid, "/", copy_room(payment.id) if copied else own)

            if payment.status not in OVER:
                await self._subscriptions.watch(payment, enter)

        try:
            joined.admit(sid, arguments)
            joined.pending.enter(sid)
            try:
                signed, invoice = read_transfer(only(arguments), self._default_chain)
                answer = await self._relay.transfer(signed, invoice=invoice, watch=watch, staying=staying)
            finally:
                joined.pending.leave(sid)
        except RelayError as error:
            joined.refused(error)
            if watched:  # on record, so not refused: it goes its way although we cannot tell more of it now
                return events.payment_fields(watched[0])
            return events.refusal(error)
        except Exception:
            log.exception("a transfer broke")
            if watched:
                return events.payment_fields(watched[0])
            return events.refusal(RelayError(INTERNAL["message"]))
        return answer
