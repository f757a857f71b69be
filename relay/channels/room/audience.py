"""Who is in which room, and one packet to all of them: python-socketio's makes a task for each member of a room.

A packet is encoded and framed once and written to every websocket. Rooms know their members and members their rooms, so
that leaving costs what one is in; python-socketio looks through every room there is, and every connection is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from engineio import packet as engine
from socketio import AsyncManager, packet

from relay.channels.room.direct import DirectSocket
from relay.channels.room.frames import event_text, message_frames

AT_ONCE = 500  # members written to before others get a turn


class Audience(AsyncManager):  # type: ignore[misc]  # untyped upstream
    """A client manager of python-socketio for one namespace and one process."""

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, dict[str, None]] = {}  # of a room, in the order they came
        self._rooms: dict[str, set[str]] = {}  # of a member

    def has(self, room: str) -> bool:
        """Whether anyone is in the room."""
        return room in self._members

    async def tell(self, event: str, body: bytes, rooms: Iterable[str]) -> None:
        """Emit an event whose one argument is encoded already; who is in several of the rooms gets it once."""
        await self._send(
            [event_text(event, body)], list(dict.fromkeys(sid for room in rooms for sid in self._in(room)))
        )

    async def emit(
        self,
        event: str,
        data: object,
        namespace: str,
        room: str | list[str] | None = None,
        skip_sid: object = None,
        callback: object = None,
        to: str | list[str] | None = None,
        **options: object,
    ) -> None:
        if callback is not None or skip_sid is not None:
            raise ValueError("it goes to all of a room, and nobody acknowledges it")
        wanted = to or room
        rooms = wanted if isinstance(wanted, list) else [wanted]
        arguments = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        encoded = self.server.packet_class(packet.EVENT, namespace=namespace, data=[event, *arguments]).encode()
        parts = encoded if isinstance(encoded, list) else [encoded]
        await self._send(parts, list(dict.fromkeys(sid for each in rooms for sid in self._in(each))))

    async def _send(self, parts: list[str | bytes], sids: list[str]) -> None:
        frames = message_frames(parts)
        sockets, ids = self.server.eio.sockets, self.rooms.get("/", {}).get(None, {})
        for number, sid in enumerate(sids, 1):
            socket = sockets.get(ids.get(sid))
            if isinstance(socket, DirectSocket) and socket.wire is not None:
                socket.write(frames)
            elif socket is not None and not socket.closed:
                for part in parts:
                    await socket.send(engine.Packet(engine.MESSAGE, part))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    def _in(self, room: str | None) -> Iterator[str]:
        everyone = self.rooms.get("/", {}).get(None, {})
        if room is None:
            yield from list(everyone)
        elif room in everyone:
            yield room  # everyone is in the room of his own name
        else:
            yield from self._members.get(room, ())

    # --- what python-socketio asks of its manager ---

    def get_participants(self, namespace: str, room: str | None) -> Iterator[tuple[str, str]]:
        everyone = self.rooms.get(namespace, {}).get(None, {})
        for sid in self._in(room):
            yield sid, everyone[sid]

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        if room is None:
            super().basic_enter_room(sid, namespace, None, eio_sid=eio_sid)
        elif room != sid:
            if sid not in self.rooms.get(namespace, {}).get(None, {}):
                raise ValueError("it is not connected")
            self._members.setdefault(room, {})[sid] = None
            self._rooms.setdefault(sid, set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        if room is None:
            super().basic_leave_room(sid, namespace, None)
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
