"""What a node sends us: frames out of bytes, answers out of frames."""

from __future__ import annotations

from collections.abc import Callable

from relay.chains.hedera.channel import MESSAGE_BYTES
from relay.chains.hedera.http2 import frames
from relay.chains.hedera.http2.call import PREFIX, Call
from relay.chains.hedera.http2.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME,
    HEAD,
    HEADERS,
    PADDED,
    PRIORITIZED,
    PRIORITY,
    RST_STREAM,
    WINDOW_UPDATE,
    Broken,
    Code,
    unpadded,
    window_update,
)
from relay.chains.hedera.http2.heads import Failure, Head, reset, understand
from relay.chains.hedera.http2.hpack import Decoder
from relay.chains.hedera.http2.usual import TELLING, Usual

WINDOW = 2**24  # bytes of unfinished answers that a node may make us keep
STREAM_WINDOW = MESSAGE_BYTES + 2**16  # a whole message, and its padding within reason
BLOCK_BYTES = 32_768  # of HEADERS with its CONTINUATIONs, coded
BLOCK_FRAMES = 16  # of which there may be so many
_KNOWN_BLOCKS, _KNOWN_BYTES = 64, 512  # whose meaning is remembered: a node says the same again and again

_OUT_OF_ORDER = Failure("INTERNAL", "an answer out of order")


class Incoming:
    """`over` is told of a call whose answer is at its end, `control` of every frame that is not about a call."""

    def __init__(
        self,
        open: dict[int, Call],
        write: Callable[[bytes], None],
        over: Callable[[Call, Failure | None, Code | None], None],
        control: Callable[[int, int, int, bytes], None],
    ) -> None:
        self.decoder = Decoder()
        self.consumed = 0  # bytes of answers that are over, which the peer may send anew
        self._open = open
        self._write = write
        self._over = over
        self._control = control
        self._window = WINDOW
        self._unread = bytearray()  # the beginning of a frame
        self._needed = 0  # bytes of it, before it is worth a look
        self._known: dict[bytes, Head] = {}
        self._usual = Usual()
        self._block: bytearray | None = None  # of headers that go on in CONTINUATION
        self._block_of = self._block_flags = self._block_frames = 0

    def feed(self, data: bytes) -> None:
        """The next bytes, cut anywhere. Raises `Broken`."""
        if self._unread:
            self._unread += data
            if len(self._unread) < self._needed:
                return
            data = bytes(self._unread)
            self._unread.clear()
        open, known, usual = self._open, self._known, self._usual
        at, size = 0, len(data)
        self._needed = HEAD
        while size - at >= HEAD:
            high, low, kind, flags, stream = frames.head.unpack_from(data, at)
            length = high << 16 | low
            if length > FRAME:
                raise Broken(Code.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
            start = at + HEAD
            end = start + length
            if end > size:
                self._needed = HEAD + length
                break
            at = end
            stream &= frames.LARGEST
            call = open.get(stream)
            if call is None or self._block is not None:
                self._other(kind, flags, stream, data[start:end])
            elif kind == DATA:
                self._window -= length
                call.taken += length
                if (  # as nearly all answers are: a whole message in one frame
                    not flags
                    and call.opened
                    and length >= PREFIX
                    and call.taken == length
                    and data[start : start + PREFIX] == (length - PREFIX).to_bytes(PREFIX, "big")
                ):
                    call.message = data[start + PREFIX : end]
                else:
                    self._data(call, flags, data[start:end])
            elif kind == HEADERS and flags & (END_HEADERS | PADDED | PRIORITIZED) == END_HEADERS:
                if not call.opened:
                    answer = usual.get(data[end : end + TELLING])
                    begun = start - HEAD
                    if answer is not None and data.startswith(data[begun + 5 : start].join(answer.pieces), begun):
                        at = begun + answer.size
                        self._window -= answer.taken
                        if call.unsent:
                            call.taken, call.message = answer.taken, answer.message
                            self._over(call, None, None)
                        else:
                            del open[stream]
                            self.consumed += answer.taken
                            if not call.answer.done():
                                call.answer.set_result(answer.message)
                        continue
                block = data[start:end]
                said = known.get(block) or self._understand(block)
                if call.opened and flags & END_STREAM:
                    self._over(call, said.closing, None)
                    continue
                self._headers(call, flags, said)
                if call.opened and end < size:
                    usual.learn(data, start - HEAD, end, known)
            else:
                self._other(kind, flags, stream, data[start:end])
        if at < size:
            self._unread += data[at:]
        if self._window < 0:
            raise Broken(Code.FLOW_CONTROL_ERROR, "more than the connection's window")
        if self.consumed > WINDOW // 2:
            self._write(window_update(0, self.consumed))
            self._window += self.consumed
            self.consumed = 0

    def _data(self, call: Call, flags: int, payload: bytes) -> None:
        chunk = unpadded(flags & PADDED, payload)
        wrong = call.take(chunk) if call.opened else _OUT_OF_ORDER
        if wrong is not None:
            self._over(call, wrong, Code.CANCEL)
        elif flags & END_STREAM:
            self._over(call, Failure("INTERNAL", "an answer without a status"), None)
        elif len(chunk) < len(payload):  # padding: the message needs all of the stream's window
            self._write(window_update(call.stream, len(payload) - len(chunk)))
        if not chunk:
            self._control(DATA, flags, call.stream, b"")

    def _headers(self, call: Call, flags: int, said: Head) -> None:
        if flags & END_STREAM:
            self._over(call, said.closing, None)
        elif call.opened:
            self._over(call, _OUT_OF_ORDER, Code.CANCEL)
        elif said.informational:
            self._control(HEADERS, flags, call.stream, b"")
        elif said.opening is not None:
            self._over(call, said.opening, Code.CANCEL)
        else:
            call.opened = True

    def _other(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """Whatever the loop does not deal with itself."""
        if self._block is not None:
            if kind != CONTINUATION or stream != self._block_of:
                raise Broken(Code.PROTOCOL_ERROR, "headers that are interrupted")
            self._continued(flags, payload)
        elif kind == HEADERS and stream:
            self._block = bytearray(unpadded(flags & (PADDED | PRIORITIZED), payload))
            self._block_of, self._block_flags, self._block_frames = stream, flags, 0
            if flags & END_HEADERS:
                self._finish_block()
        elif kind == DATA and stream and stream not in self._open:  # of a call that is over
            self._window -= len(payload)
            self.consumed += len(payload)
            self._control(kind, flags, stream, payload)
        elif kind == RST_STREAM and stream in self._open:
            if len(payload) != 4:
                raise Broken(Code.FRAME_SIZE_ERROR, "RST_STREAM of a broken length")
            call = self._open[stream]
            call.unsent = b""
            self._over(call, reset(payload), None)
        elif stream in self._open and kind not in (PRIORITY, WINDOW_UPDATE) and kind <= CONTINUATION:
            raise Broken(Code.PROTOCOL_ERROR, f"a frame of type {kind} on a call's stream")
        else:
            self._control(kind, flags, stream, payload)

    def _continued(self, flags: int, payload: bytes) -> None:
        block = self._block if self._block is not None else bytearray()
        block += payload
        self._block_frames += 1
        if len(block) > BLOCK_BYTES or self._block_frames > BLOCK_FRAMES:
            raise Broken(Code.ENHANCE_YOUR_CALM, "headers without end")
        if flags & END_HEADERS:
            self._finish_block()

    def _finish_block(self) -> None:
        block, self._block = bytes(self._block or b""), None
        said = self._understand(block)  # of a call that is over, too: the table has to follow
        call = self._open.get(self._block_of)
        if call is None:
            self._control(HEADERS, self._block_flags, self._block_of, block)
        else:
            self._headers(call, self._block_flags, said)

    def _understand(self, block: bytes) -> Head:
        said = understand(self.decoder.decode(block))
        if self.decoder.remembers_nothing and len(block) <= _KNOWN_BYTES:
            if len(self._known) >= _KNOWN_BLOCKS:
                self._known.clear()
            self._known[block] = said
        return said
