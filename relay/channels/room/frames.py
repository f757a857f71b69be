"""The bytes of what sockets are sent most: Socket.IO packets in websocket frames, encoded once for any number of them.

Websockets: RFC 6455, 5.2 (a server's frames are not masked, and ours are never in fragments). Engine.IO protocol 4 puts
`4` before what is a message; Socket.IO protocol 5 puts `2` before an event and `3` before an ack.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from struct import Struct

TEXT, BINARY = 0x81, 0x82  # the last and only fragment
_SHORT, _MEDIUM = 126, 1 << 16
_short, _medium, _long = Struct("!BB").pack, Struct("!BBH").pack, Struct("!BBQ").pack


def frame(kind: int, payload: bytes) -> bytes:
    """One websocket frame."""
    size = len(payload)
    if size < _SHORT:
        return _short(kind, size) + payload
    if size < _MEDIUM:
        return _medium(kind, 126, size) + payload
    return _long(kind, 127, size) + payload


def engine_frame(encoded: str | bytes) -> bytes:
    """The frame of an Engine.IO packet as its library encodes it: binary messages are bytes as they are."""
    return frame(TEXT, encoded.encode()) if isinstance(encoded, str) else frame(BINARY, encoded)


def message_frames(parts: Iterable[str | bytes]) -> bytes:
    """The frames of a Socket.IO packet: its text, and each of its attachments."""
    return b"".join(engine_frame(f"4{part}" if isinstance(part, str) else part) for part in parts)


def event_text(name: str, body: bytes) -> str:
    """The Socket.IO packet of an event with one argument, which is JSON already."""
    return f"2[{json.dumps(name)},{body.decode()}]"


def event_frame(name: str, body: bytes) -> bytes:
    """Its frame, the same as `message_frames` makes, in a third of the time: a payment has two."""
    return frame(TEXT, _event_head(name) + body + b"]")


@lru_cache(maxsize=16)
def _event_head(name: str) -> bytes:
    return f"42[{json.dumps(name)},".encode()


def ack_frame(id: str, body: bytes) -> bytes:
    """The frame of an ack with one argument, which is JSON already."""
    return frame(TEXT, b"43" + id.encode() + b"[" + body + b"]")
