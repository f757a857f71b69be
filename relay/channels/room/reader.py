"""The frames a client sends, read strictly, without I/O: RFC 6455, section 5. No extension is ever agreed on.

What came of a frame waits for the rest in one growing buffer, and what came of a message in fragments in another: bytes
that trickle in are copied once, and no client makes us hold more than its largest message, twice.
"""

from __future__ import annotations

from collections.abc import Iterator

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NORMAL, PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1000, 1002, 1007, 1009
_CLOSE_CODES = frozenset(
    {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014}
)  # IANA's, of below 3000
_MOST_CONTROL_BYTES = 125
_WHOLE = (0x80 | TEXT, 0x80 | BINARY)  # the first byte of a message in one frame


class BadFrame(Exception):
    """The client broke the protocol; `code` is the one to close with (RFC 6455, 7.4.1)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class FrameReader:
    """Of one connection. A message must be shorter than `most` bytes."""

    __slots__ = ("_kind", "_most", "_needed", "_part", "_rest")

    def __init__(self, most: int) -> None:
        self._most = most
        self._rest: bytearray | None = None  # of a frame that is not complete
        self._needed = 0  # bytes before it can be
        self._part: bytearray | None = None  # of a message in fragments
        self._kind = TEXT  # of that message

    def read(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Whole messages and control frames, each with its kind; raises `BadFrame` after those that came before it."""
        if self._rest is not None:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data, self._rest = bytes(self._rest), None
        at, start, size = 0, 0, len(data)
        while at < size:
            start = at + 6  # two bytes, and the mask's four
            if start > size:
                break
            first, length = data[at], data[at + 1] & 0x7F
            if length > _MOST_CONTROL_BYTES:
                start += 2 if length == 126 else 8
                if start > size:
                    break
                length = int.from_bytes(data[at + 2 : start - 4], "big")
            if data[at + 1] < 0x80 or first not in _WHOLE or self._part is not None:
                self._check(first, data[at + 1], length)
            if length >= self._most - (0 if self._part is None else len(self._part)):
                raise BadFrame(TOO_BIG)
            end = start + length
            if end > size:
                start = end
                break
            payload = _unmasked(data[start - 4 : start], data[start:end], length)
            at = end
            if first in _WHOLE or first & 0x0F >= CLOSE:
                yield first & 0x0F, payload
            else:
                whole = self._joined(first, payload)
                if whole is not None:
                    yield whole
        if at < size:
            self._rest, self._needed = bytearray(data[at:]), start - at

    def _check(self, first: int, second: int, length: int) -> None:
        kind, last, masked = first & 0x0F, first & 0x80, second & 0x80
        known = CONTINUED <= kind <= BINARY or CLOSE <= kind <= PONG
        if first & 0x70 or not masked or not known:
            raise BadFrame(PROTOCOL_ERROR)
        if kind >= CLOSE:
            if not last or length > _MOST_CONTROL_BYTES:
                raise BadFrame(PROTOCOL_ERROR)
        elif (kind == CONTINUED) != (self._part is not None):
            raise BadFrame(PROTOCOL_ERROR)

    def _joined(self, first: int, payload: bytes) -> tuple[int, bytes] | None:
        """A message of which this was the last fragment."""
        if self._part is None:
            self._kind, self._part = first & 0x0F, bytearray()
        self._part += payload
        if not first & 0x80:
            return None
        whole, self._part = bytes(self._part), None
        return self._kind, whole


def _unmasked(key: bytes, masked: bytes, size: int) -> bytes:
    """As numbers: 0.5 µs for a transfer, a loop over bytes takes 20."""
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "little")
    return (int.from_bytes(masked, "little") ^ mask).to_bytes(size, "little")


def check_close(payload: bytes) -> None:
    """Raise `BadFrame` unless it is what a close frame may hold: nothing, or a code and a reason (RFC 6455, 5.5.1)."""
    if not payload:
        return
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _CLOSE_CODES or 3000 <= code < 5000):
        raise BadFrame(PROTOCOL_ERROR)
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise BadFrame(INVALID_TEXT) from None
