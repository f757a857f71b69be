"""Requests on their way out: as the peer's windows and its number of streams allow; the others wait, in order.

A request that fits, as nearly all do, is written as it comes; the connection gathers what one turn of the loop writes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from struct import Struct

from relay.chains.hedera.channel import Failed
from relay.chains.hedera.http2.call import PREFIX, Call
from relay.chains.hedera.http2.frames import (
    DATA,
    END_STREAM,
    FRAME,
    HEAD,
    LARGEST,
    WINDOW,
    Broken,
    Code,
    Setting,
    frame,
)
from relay.chains.hedera.http2.hpack import FORGET

WAITING_BYTES = 2**24  # of requests that wait for a slow peer; a call more is refused

_data_head = Struct(">BHBBIBI")  # a frame's head and a message's prefix


class Outgoing:
    """`open` are the calls whose streams are; a call is put there when it begins, and taken out by who ends it."""

    def __init__(self, write: Callable[[bytes], None], open: dict[int, Call], exhausted: Callable[[], None]) -> None:
        self.next_stream = 1
        self.waiting: OrderedDict[Call, tuple[bytes, bytes]] = OrderedDict()  # not a byte of them has left
        self._write = write
        self._open = open
        self._exhausted = exhausted
        self._begun: dict[int, Call] = {}  # with some of the request unsent
        self._waiting_bytes = 0
        self._paused = False  # by the transport: the peer reads too slowly
        self._window = self._stream_window = WINDOW
        self._frame = FRAME
        self._streams = LARGEST
        self._fits = min(WINDOW, FRAME)  # a request that a fresh stream takes in one frame

    def start(self, call: Call, head: bytes, raw: bytes) -> None:
        """Send it, or let it wait; `head` is the frame of its headers. Raises `Failed` when too much waits."""
        size = PREFIX + len(raw)
        if (
            size > self._window
            or size > self._fits
            or len(self._open) >= self._streams
            or self._paused
            or self.waiting
            or self._begun
        ):
            if self._waiting_bytes + size > WAITING_BYTES:
                raise Failed("RESOURCE_EXHAUSTED", "too many requests wait for the node")
            self.waiting[call] = head, raw
            self._waiting_bytes += size
            self.pump()
            return
        self._window -= size
        number = self._begin(call, head)
        self._write(
            number + _data_head.pack(size >> 16, size & 0xFFFF, DATA, END_STREAM, call.stream, 0, len(raw)) + raw
        )

    def pump(self) -> None:
        """Send what has become possible."""
        for call in [*self._begun.values()]:
            self._send(call)
        while self.waiting and not self._paused and len(self._open) < self._streams and self._window > 0:
            call, (head, raw) = self.waiting.popitem(last=False)
            self._waiting_bytes -= PREFIX + len(raw)
            call.unsent = b"\x00" + len(raw).to_bytes(4, "big") + raw
            call.window = self._stream_window
            self._write(self._begin(call, head))
            self._begun[call.stream] = call
            self._send(call)

    def drop(self, call: Call) -> bool:
        """Forget a call that is over; whether some of it was still to be sent."""
        if call in self.waiting:
            _, raw = self.waiting.pop(call)
            self._waiting_bytes -= PREFIX + len(raw)
        return self._begun.pop(call.stream, None) is not None

    def pause(self, *, paused: bool) -> None:
        """The transport's word on whether the peer keeps up."""
        self._paused = paused
        if not paused:
            self.pump()

    def granted(self, stream: int, by: int) -> None:
        """A WINDOW_UPDATE. Raises `Broken`."""
        if by == 0:
            raise Broken(Code.PROTOCOL_ERROR, "a window widened by nothing")
        call = self._begun.get(stream)
        if stream == 0:
            self._window += by
        elif call is not None:
            call.window += by
        if self._window > LARGEST or (call is not None and call.window > LARGEST):
            raise Broken(Code.FLOW_CONTROL_ERROR, "a window of more than 2^31-1")
        self.pump()

    def apply(self, settings: list[tuple[int, int]]) -> None:
        """The peer's SETTINGS. Raises `Broken`."""
        for name, value in settings:
            if name == Setting.INITIAL_WINDOW_SIZE:
                for call in self._begun.values():
                    call.window += value - self._stream_window
                    if call.window > LARGEST:
                        raise Broken(Code.FLOW_CONTROL_ERROR, "a window of more than 2^31-1")
                self._stream_window = value
            elif name == Setting.MAX_FRAME_SIZE:
                self._frame = value
            elif name == Setting.MAX_CONCURRENT_STREAMS:
                self._streams = value
        self._fits = min(self._stream_window, self._frame)
        self.pump()

    def _begin(self, call: Call, head: bytes) -> bytes:
        """A stream for the call, and the frame that opens it."""
        stream = call.stream = self.next_stream
        self.next_stream = stream + 2
        self._open[stream] = call
        number = stream.to_bytes(4, "big")
        if stream == 1:
            head = frame(head[3], head[4], 0, FORGET + head[HEAD:])
        elif stream == LARGEST:
            self._exhausted()
        return head[:5] + number + head[HEAD:]

    def _send(self, call: Call) -> None:
        while call.unsent and not self._paused:
            size = min(len(call.unsent), self._window, call.window, self._frame)
            if size <= 0:
                return
            self._window -= size
            call.window -= size
            chunk, call.unsent = call.unsent[:size], call.unsent[size:]
            self._write(frame(DATA, 0 if call.unsent else END_STREAM, call.stream, chunk))
        if not call.unsent:
            self._begun.pop(call.stream, None)
