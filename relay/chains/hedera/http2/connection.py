"""One HTTP/2 connection to a node, from its preface to its end.

    opening ──SETTINGS──▶ usable ──GOAWAY, numbers used up──▶ retired ──last call ended──▶ ended
       └──────────────────────┴──── lost, broken, mute, closed by us ────┴──────────────────▶ ended

Whatever ends it ends every call on it: an answer that was not whole is none. Anything a peer may send ends in an
answer, in a `Failed` call or in the end of the connection, never in an exception here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from relay.chains.hedera.channel import IDLE_SECONDS, PONG_SECONDS, Disconnected
from relay.chains.hedera.http2 import frames
from relay.chains.hedera.http2.call import Call
from relay.chains.hedera.http2.deadlines import Deadlines
from relay.chains.hedera.http2.frames import ACK, Broken, Code, Setting
from relay.chains.hedera.http2.heads import Failure
from relay.chains.hedera.http2.hpack import LIST_BYTES
from relay.chains.hedera.http2.incoming import STREAM_WINDOW, WINDOW, Incoming
from relay.chains.hedera.http2.outgoing import Outgoing

CONTROLS_PER_SECOND = 20_000  # frames that bring no answer nearer: 5,000 calls with two such each need half
BACKLOG_BYTES = 2**20  # that a peer may make us say (ACKs of its pings) without reading it
TOGETHER_BYTES = 2**16  # written by one turn of the loop: they leave in one system call, which costs 6 µs; more at once
_LINGER_SECONDS = 0.25  # for the last words to leave

_OPENING = (
    frames.PREFACE
    + frames.settings(
        {
            Setting.HEADER_TABLE_SIZE: 0,
            Setting.ENABLE_PUSH: 0,
            Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            Setting.MAX_HEADER_LIST_SIZE: LIST_BYTES,
        }
    )
    + frames.window_update(0, WINDOW - frames.WINDOW)
)
_EXPIRED = Failure("DEADLINE_EXCEEDED", "Deadline Exceeded")
_REFUSED = Failure("UNAVAILABLE", "the node closes the connection and did not take the call")


class Connection(asyncio.Protocol):
    def __init__(
        self, loop: asyncio.AbstractEventLoop, idle_seconds: float = IDLE_SECONDS, pong_seconds: float = PONG_SECONDS
    ) -> None:
        self.usable = False
        self.opened: asyncio.Future[None] = loop.create_future()  # the peer's SETTINGS are here, or it is over
        self.lost: asyncio.Future[None] = loop.create_future()  # no call may begin any more
        self.ended: asyncio.Future[None] = loop.create_future()
        self.trouble = "the node closed the connection"
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._unwritten = bytearray()  # until the loop's next turn
        self._open: dict[int, Call] = {}
        self._outgoing = Outgoing(self._write, self._open, self._retire)
        self._incoming = Incoming(self._open, self._write, self._over, self._control)
        self._deadlines = Deadlines(loop, self._calls, self._expire)
        self._settled = False  # the first frame was SETTINGS
        self._idle_seconds, self._pong_seconds = idle_seconds, pong_seconds
        self._heard_at = loop.time()
        self._keepalive: asyncio.TimerHandle | None = None
        self._controls, self._controls_since = 0, self._heard_at

    def send(self, head: bytes, raw: bytes, within: float) -> Call:
        """Begin a call; its answer is `answer`'s result within so many seconds, or `Failed`."""
        if not self.usable:
            raise Disconnected("the connection takes no more calls")
        call = Call(self._loop.create_future(), self._loop.time() + within)
        if call.deadline < self._deadlines.next:
            self._deadlines.hurry(call.deadline)
        self._outgoing.start(call, head, raw)
        return call

    def cancel(self, call: Call) -> None:
        """Nobody wants its answer any more."""
        self._over(call, None, Code.CANCEL)
        self._settle()

    def close(self, code: Code = Code.NO_ERROR, why: str = "") -> None:
        """Say so to the peer and end, with every call."""
        self._flush()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.write(frames.goaway(code, why))
            transport.close()
            self._lingering = self._loop.call_later(_LINGER_SECONDS, transport.abort)
        self._finish(Failure("UNAVAILABLE", why) if why else None)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one that writes
        self._transport = transport
        self._write(_OPENING)
        self._keepalive = self._loop.call_later(self._idle_seconds, self._listen)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        self._heard_at = self._loop.time()
        try:
            self._incoming.feed(data)
        except Broken as broken:
            self.trouble = str(broken)
            self.close(broken.code, str(broken))
            return
        if self._outgoing.waiting or not self.usable:
            self._settle()

    def pause_writing(self) -> None:
        self._outgoing.pause(paused=True)

    def resume_writing(self) -> None:
        self._outgoing.pause(paused=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if exc is not None:
            self.trouble = str(exc) or type(exc).__name__
        if self._lingering is not None:
            self._lingering.cancel()
        self._finish(Failure("UNAVAILABLE", self.trouble))
        if not self.ended.done():
            self.ended.set_result(None)

    def _write(self, data: bytes) -> None:
        if self._transport is None:
            return
        if len(self._open) < 2 and not self._unwritten:  # a lone call waits for no others
            self._transport.write(data)
            return
        if not self._unwritten:
            self._loop.call_soon(self._flush)
        self._unwritten += data
        if len(self._unwritten) > TOGETHER_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._unwritten and self._transport is not None:
            together, self._unwritten = self._unwritten, bytearray()
            self._transport.write(together)

    def _calls(self) -> Iterable[Call]:
        yield from self._open.values()
        yield from self._outgoing.waiting

    def _over(self, call: Call, closing: Failure | None, reset: Code | None) -> None:
        """The call has its answer, or is given up: `reset` tells the peer."""
        self._incoming.consumed += call.taken
        call.taken = 0
        begun = self._open.pop(call.stream, None) is not None
        if call.unsent or not begun:
            reset = reset or Code.NO_ERROR  # the answer came first: what is left of the request may stay here
            self._outgoing.drop(call)
        if begun and reset is not None:
            self._write(frames.rst_stream(call.stream, reset))
        call.end(closing)

    def _expire(self, call: Call) -> None:
        self._over(call, _EXPIRED, Code.CANCEL)
        self._settle()

    def _settle(self) -> None:
        """A stream has become free."""
        self._outgoing.pump()
        if self.lost.done() and not self._open:
            self.close()

    def _retire(self) -> None:
        """Take no more calls; those that began may end."""
        self.usable = False
        if not self.lost.done():
            self.lost.set_result(None)
        for call in [*self._outgoing.waiting]:
            self._over(call, _REFUSED, None)

    def _finish(self, failure: Failure | None) -> None:
        for call in self._calls():
            call.fail(failure)
        self._open.clear()
        self._retire()
        self._deadlines.stop()
        if self._keepalive is not None:
            self._keepalive.cancel()
        if not self.opened.done():
            self.opened.set_result(None)

    def _listen(self) -> None:
        """Ping a peer that has been silent for long, and give up one that stays so."""
        quiet = self._loop.time() - self._heard_at
        if quiet >= self._idle_seconds + self._pong_seconds:
            self.trouble = "the node does not answer a ping"
            self.close(Code.NO_ERROR, self.trouble)
        elif quiet >= self._idle_seconds:
            self._write(frames.frame(frames.PING, 0, 0, bytes(8)))
            self._keepalive = self._loop.call_later(self._pong_seconds, self._listen)
        else:
            self._keepalive = self._loop.call_later(self._idle_seconds - quiet, self._listen)

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """A frame that is not part of an answer. Raises `Broken`."""
        self._count()
        if not self._settled and (kind != frames.SETTINGS or flags & ACK):
            raise Broken(Code.PROTOCOL_ERROR, "not HTTP/2: the first frame is not SETTINGS")
        match kind:
            case frames.SETTINGS | frames.PING | frames.GOAWAY if stream:
                raise Broken(Code.PROTOCOL_ERROR, f"a frame of type {kind} on a stream")
            case frames.SETTINGS:
                self._settings(flags, payload)
            case frames.PING:
                if len(payload) != 8:
                    raise Broken(Code.FRAME_SIZE_ERROR, "PING of a broken length")
                if not flags & ACK:
                    self._write(frames.frame(frames.PING, ACK, 0, payload))
            case frames.GOAWAY:
                self._goaway(payload)
            case frames.WINDOW_UPDATE:
                if len(payload) != 4:
                    raise Broken(Code.FRAME_SIZE_ERROR, "WINDOW_UPDATE of a broken length")
                self._known(stream)
                self._outgoing.granted(stream, int.from_bytes(payload, "big") & frames.LARGEST)
            case frames.PUSH_PROMISE | frames.CONTINUATION:
                raise Broken(Code.PROTOCOL_ERROR, f"a frame of type {kind}")
            case frames.HEADERS | frames.RST_STREAM | frames.DATA:
                self._known(stream or -1)
            case _:
                pass  # PRIORITY, and what was invented since

    def _settings(self, flags: int, payload: bytes) -> None:
        if flags & ACK:
            if payload:
                raise Broken(Code.FRAME_SIZE_ERROR, "an ACK with a payload")
            self._incoming.decoder.forget()
            return
        self._outgoing.apply(frames.read_settings(payload))
        self._write(frames.frame(frames.SETTINGS, ACK, 0))
        if not self._settled:
            self._settled = self.usable = True
            self.opened.set_result(None)

    def _goaway(self, payload: bytes) -> None:
        if len(payload) < 8:
            raise Broken(Code.FRAME_SIZE_ERROR, "GOAWAY of a broken length")
        last = int.from_bytes(payload[:4], "big") & frames.LARGEST
        said = payload[8:108].decode(errors="replace")
        self.trouble = f"the node closed the connection{': ' if said else ''}{said}"
        self._retire()
        for call in [call for stream, call in self._open.items() if stream > last]:
            call.unsent = b""
            self._over(call, _REFUSED, None)

    def _known(self, stream: int) -> None:
        """Raise `Broken` for a stream that we have not opened."""
        if stream and (stream < 0 or stream % 2 == 0 or stream >= self._outgoing.next_stream):
            raise Broken(Code.PROTOCOL_ERROR, "a frame of a stream that does not exist")

    def _count(self) -> None:
        if self._heard_at - self._controls_since >= 1:
            self._controls, self._controls_since = 0, self._heard_at
        self._controls += 1
        backlog = self._transport.get_write_buffer_size() if self._transport is not None else 0
        if self._controls > CONTROLS_PER_SECOND or backlog > BACKLOG_BYTES:
            raise Broken(Code.ENHANCE_YOUR_CALM, "too much that is no answer")
