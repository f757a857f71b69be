"""HTTP/2 on the wire (RFC 9113): frames, settings, error codes."""

from __future__ import annotations

from enum import IntEnum
from struct import Struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9

END_STREAM, END_HEADERS, PADDED, PRIORITIZED = 0x1, 0x4, 0x8, 0x20
ACK = 0x1  # of SETTINGS and PING

HEAD = 9  # bytes before a frame's payload
LARGEST = 2**31 - 1  # a window, a stream's number
FRAME = 2**14  # the longest payload there may be before SETTINGS say otherwise; ours never do
WINDOW = 65_535  # of a connection or a stream before anybody says otherwise
head = Struct(">BHBBI")  # length in 24 bits, type, flags, stream
_setting = Struct(">HI")


class Setting(IntEnum):
    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6


class Code(IntEnum):
    """Why a stream or a connection ended (RFC 9113, 7)."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class Broken(Exception):
    """The peer said what HTTP/2 does not allow, or too much of it: the connection must end."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(f"{code.name}: {why}")
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame; a stream of 0 is the connection."""
    return head.pack(len(payload) >> 16, len(payload) & 0xFFFF, kind, flags, stream) + payload


def settings(values: dict[Setting, int]) -> bytes:
    """Ours, to be acknowledged."""
    return frame(SETTINGS, 0, 0, b"".join(_setting.pack(name, value) for name, value in values.items()))


def read_settings(payload: bytes) -> list[tuple[int, int]]:
    """Names and values in the order in which they apply; names we do not know among them. Raises `Broken`."""
    if len(payload) % _setting.size:
        raise Broken(Code.FRAME_SIZE_ERROR, "SETTINGS of a broken length")
    found = list(_setting.iter_unpack(payload))
    for name, value in found:
        if name == Setting.ENABLE_PUSH and value:
            raise Broken(Code.PROTOCOL_ERROR, "a server asks for pushes")
        if name == Setting.INITIAL_WINDOW_SIZE and value > LARGEST:
            raise Broken(Code.FLOW_CONTROL_ERROR, "a window of more than 2^31-1")
        if name == Setting.MAX_FRAME_SIZE and not FRAME <= value < 2**24:
            raise Broken(Code.PROTOCOL_ERROR, "a frame size HTTP/2 does not have")
    return found


def window_update(stream: int, by: int) -> bytes:
    """Leave to send so many bytes more."""
    return frame(WINDOW_UPDATE, 0, stream, by.to_bytes(4, "big"))


def rst_stream(stream: int, code: Code) -> bytes:
    """The end of one stream, whatever its state."""
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(code: Code, why: str) -> bytes:
    """The last frame of a connection; a client has taken no streams of the server's, hence the zero."""
    return frame(GOAWAY, 0, 0, bytes(4) + code.to_bytes(4, "big") + why.encode()[:200])


def unpadded(flags: int, payload: bytes) -> bytes:
    """What DATA or HEADERS carry, without padding and (HEADERS) priority. Raises `Broken`."""
    start, end = 0, len(payload)
    if flags & PADDED:
        if not payload:
            raise Broken(Code.FRAME_SIZE_ERROR, "a padded frame without its length")
        start, end = 1, end - payload[0]
    if flags & PRIORITIZED:
        start += 5
    if start > end:
        raise Broken(Code.PROTOCOL_ERROR, "padding longer than its frame")
    return payload[start:end]
