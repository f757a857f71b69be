"""One call: what is left to send of it, and its answer as it comes in."""

from __future__ import annotations

import asyncio

from relay.chains.hedera.channel import MESSAGE_BYTES, Disconnected, Failed
from relay.chains.hedera.http2.heads import Failure

PREFIX = 5  # bytes before a message: whether it is compressed, and its length

_COMPRESSED = Failure("INTERNAL", "a compressed answer, which we did not ask for")
_LARGE = Failure("RESOURCE_EXHAUSTED", f"an answer of more than {MESSAGE_BYTES} bytes")
_MORE = Failure("INTERNAL", "more than one message in an answer")
_NONE = Failure("INTERNAL", "a status of OK without a message")
_HALF = Failure("INTERNAL", "an answer that ends within its message")


class Call:
    __slots__ = ("_partial", "answer", "deadline", "message", "opened", "stream", "taken", "unsent", "window")

    def __init__(self, answer: asyncio.Future[bytes], deadline: float) -> None:
        self.answer = answer
        self.deadline = deadline  # in the loop's time
        self.stream = 0  # none yet
        self.opened = False  # its headers have come
        self.message: bytes | None = None  # once it is whole
        self.taken = 0  # bytes of the connection's window that it keeps
        self.unsent = b""  # of the request; `window` is what the peer lets this stream send, minded only while unsent
        self.window = 0
        self._partial: bytearray | None = None

    def take(self, chunk: bytes) -> Failure | None:
        """The answer's next bytes, and what is wrong with them."""
        if not chunk:
            return None
        if self.message is not None:
            return _MORE
        if self._partial is None:
            self._partial = bytearray()
        partial = self._partial
        partial += chunk
        if partial[0]:
            return _COMPRESSED
        if len(partial) < PREFIX:
            return None
        whole = PREFIX + int.from_bytes(partial[1:PREFIX], "big")
        if whole > PREFIX + MESSAGE_BYTES:
            return _LARGE
        if len(partial) > whole:
            return _MORE
        if len(partial) == whole:
            self.message, self._partial = bytes(partial[PREFIX:]), None
        return None

    def end(self, closing: Failure | None) -> None:
        """The peer has said all it will; `closing` is its verdict, None for OK."""
        if closing is None and self.message is None:
            closing = _NONE if self._partial is None else _HALF
        if closing is not None:
            self.fail(closing)
        elif self.message is not None and not self.answer.done():
            self.answer.set_result(self.message)

    def fail(self, failure: Failure | None) -> None:
        """None is a connection that we closed."""
        if not self.answer.done():
            closed = Disconnected("the connection was closed")
            self.answer.set_exception(closed if failure is None else Failed(failure.status, failure.detail))
