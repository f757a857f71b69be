"""Who is in which room, and one packet to all of them: python-socketio's makes a task for each member of a room.

A packet is encoded and framed once. Rooms know their members and members their rooms, so that leaving costs what one is
in; python-socketio looks through every room there is, and every connection is one.

A packet is not sent but left with each socket, and from the loop's next turn on a round goes through those that have
something: of the 7 µs that sending takes, 6 are the kernel's, however much is sent. What comes up while the round is on
its way leaves with it, and the event of a transfer with its ack: the more there is, the less each costs. Each socket
gets all it is sent in order, as whatever is written to it takes along what was left there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from engineio import packet as engine
from socketio import AsyncManager, packet

from relay.channels.room.direct import Connection, DirectSocket
from relay.channels.room.frames import event_frame, event_text, message_frames

_NOBODY: Mapping[str, Connection] = {}
AT_ONCE = 100  # sockets of a round before others get a turn: 0.7 ms


class Audience(AsyncManager):  # type: ignore[misc]  # untyped upstream
    """A client manager of python-socketio for one namespace and one process."""

    def __init__(self) -> None:
        super().__init__()
        self._sockets: dict[str, Connection] = {}  # all of them, by their own names
        self._members: dict[str, dict[str, Connection]] = {}  # of a room, in the order they came
        self._rooms: dict[str, set[str]] = {}  # of a member
        self._left: deque[DirectSocket] = deque()  # that something was left with
        self._going_round = False

    def has(self, room: str) -> bool:
        """Whether anyone is in the room."""
        return room in self._members

    async def tell(self, event: str, body: bytes, rooms: Iterable[str]) -> None:
        """Emit an event whose one argument is encoded already; who is in several of the rooms gets it once."""
        audience = self._members_of(rooms)
        if not audience:
            return
        for socket in self._leave_with(audience, event_frame(event, body)):
            if not socket.closed:
                await socket.send(engine.Packet(engine.MESSAGE, event_text(event, body)))

    async def emit(
        self,
        event: str,
        data: object,
        namespace: str,
        room: str | list[str] | None = None,
        skip_sid: Collection[str] | None = None,
        callback: object = None,
        to: str | list[str] | None = None,
        **options: object,
    ) -> None:
        if callback is not None:
            raise ValueError("nobody acknowledges what goes to a room")
        wanted = to or room
        rooms = wanted if isinstance(wanted, list) else [wanted]
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        encoded = self.server.packet_class(packet.EVENT, namespace=namespace, data=[event, *arguments]).encode()
        parts: Sequence[str | bytes] = encoded if isinstance(encoded, list) else [encoded]
        audience = self._members_of(rooms)
        if skip_sid:
            audience = {sid: one for sid, one in audience.items() if sid not in skip_sid}
        for socket in self._leave_with(audience, message_frames(parts)):
            for part in parts:
                if not socket.closed:
                    await socket.send(engine.Packet(engine.MESSAGE, part))

    def _members_of(self, rooms: Iterable[str | None]) -> Mapping[str, Connection]:
        members = [found for room in rooms if (found := self._in(room))]
        if len(members) == 1:
            return members[0]
        return {sid: one for found in members for sid, one in found.items()} if members else _NOBODY

    def _leave_with(self, audience: Mapping[str, Connection], frames: bytes) -> Sequence[Connection]:
        """Leave it with the direct ones, for the next round; returns the others."""
        indirect: list[Connection] = []
        for socket in audience.values():
            if not isinstance(socket, DirectSocket):
                indirect.append(socket)
            elif socket.pending is None:
                socket.pending = [frames]
                self._left.append(socket)
            else:
                socket.pending.append(frames)
        if self._left and not self._going_round:
            self._going_round = True
            asyncio.get_running_loop().call_soon(self._go_round)
        return indirect

    def _go_round(self) -> None:
        try:
            for _ in range(min(AT_ONCE, len(self._left))):
                self._left.popleft().flush()
        finally:
            self._going_round = bool(self._left)
            if self._left:
                asyncio.get_running_loop().call_soon(self._go_round)

    def _in(self, room: str | None) -> Mapping[str, Connection]:
        if room is None:
            return dict(self._sockets)
        own = self._sockets.get(room)
        return self._members.get(room, _NOBODY) if own is None else {room: own}

    # --- what python-socketio asks of its manager ---

    def get_participants(self, namespace: str, room: str | None) -> Iterator[tuple[str, str]]:
        everyone = self.rooms.get(namespace, {}).get(None, {})
        for sid in list(self._in(room)):
            yield sid, everyone[sid]

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        if room is None:
            super().basic_enter_room(sid, namespace, None, eio_sid=eio_sid)
            if eio_sid in self.server.eio.sockets:
                self._sockets[sid] = self.server.eio.sockets[eio_sid]
        elif room != sid:
            socket = self._sockets.get(sid)
            if socket is None:
                raise ValueError("it is not connected")
            members, rooms = self._members.get(room), self._rooms.get(sid)
            if members is None:
                self._members[room] = {sid: socket}
            else:
                members[sid] = socket
            if rooms is None:
                self._rooms[sid] = {room}
            else:
                rooms.add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        if room is None:
            super().basic_leave_room(sid, namespace, None)
            self._sockets.pop(sid, None)
            return
        self._rooms.get(sid, set()).discard(room)
        members = self._members.get(room)
        if members is not None:
            members.pop(sid, None)
            if not members:
                del self._members[room]

    def basic_close_room(self, room: str, namespace: str) -> None:
        for sid in self._members.pop(room, ()):
            self._rooms.get(sid, set()).discard(room)

    def basic_disconnect(self, sid: str, namespace: str, **options: object) -> None:
        for room in list(self._rooms.pop(sid, ())):
            self.basic_leave_room(sid, namespace, room)
        self.basic_leave_room(sid, namespace, None)
        self.callbacks.pop(sid, None)
        for waiting in (self.pending_connect, self.pending_disconnect):
            names = waiting.get(namespace, [])
            if sid in names:
                names.remove(sid)
                if not names:
                    del waiting[namespace]

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        return [sid, *self._rooms.get(sid, ())]
