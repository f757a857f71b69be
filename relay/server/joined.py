"""The sockets that joined: what each may ask of us, and who still waits for an answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from relay.channels.room.direct import Connection
from relay.errors import Forbidden, InvalidRequest, RelayError
from relay.server.auth import Session
from relay.server.limits import Count, Rate, weight
from relay.server.readers import unread
from relay.server.subscriptions import Subscription

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


class Joined:
    """By Socket.IO's id. `requests` and `pending` are per socket."""

    def __init__(self, *, requests: Rate, pending: Count, refusals: Counter[str]) -> None:
        self.open: dict[str, Socket] = {}
        self.requests = requests
        self.pending = pending
        self.unanswered = 0  # requests that have no task of Socket.IO's
        self._refusals = refusals
        self._answering: set[asyncio.Task[object]] = set()

    def admit(self, sid: str, arguments: tuple[object, ...]) -> Socket:
        """The socket that asks, if it may now; raises what its request is refused with."""
        socket = self.open.get(sid)
        if socket is None:
            raise Forbidden("the connection is closed")
        self.requests.spend(sid, min(weight(arguments), self.requests.burst))
        return socket

    def refused(self, error: RelayError) -> None:
        """For the metrics."""
        self._refusals[error.code] += 1

    def note_task(self) -> None:
        """Socket.IO runs a request in a task that ends once its ack is on the way: what `drain` waits for."""
        task = asyncio.current_task()
        if task is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def drain(self) -> None:
        """Return when nobody waits for an answer any more, nor for the rest of one."""
        while self._answering:
            await asyncio.wait(self._answering)
        while self.unanswered:  # noqa: ASYNC110  # a stop may be a few milliseconds late
            await asyncio.sleep(0.005)
        leave = time.monotonic() + FLUSH_SECONDS
        while self._unsent() and time.monotonic() < leave:  # noqa: ASYNC110  # Engine.IO's queues tell nobody
            await asyncio.sleep(0.01)

    def _unsent(self) -> bool:
        return any(unread(socket.engine) for socket in self.open.values())


def only(arguments: tuple[object, ...]) -> object:
    """The one argument every request has."""
    if len(arguments) != 1:
        raise InvalidRequest(f"this event takes one argument, got {len(arguments)}")
    return arguments[0]
