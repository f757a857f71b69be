"""Whole answers as they came last: nodes say the same few things, and one compare tells what three frames say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from relay.chains.hedera.http2.call import PREFIX
from relay.chains.hedera.http2.frames import DATA, END_HEADERS, END_STREAM, HEAD, HEADERS, head
from relay.chains.hedera.http2.heads import Head

TELLING = 5  # bytes of DATA's frame by which an answer is found: its length, type and flags
_STREAM = slice(5, HEAD)  # of a frame: the stream's number, in which answers differ
_KEPT, _KEPT_BYTES = 16, 1_024


class Answer(NamedTuple):
    """HEADERS, one message in one DATA frame, and trailers by which all is well."""

    pieces: tuple[bytes, bytes, bytes, bytes]  # what is around the stream's number, which is there three times
    size: int
    taken: int  # of it, from the window
    message: bytes


class Usual(dict[bytes, Answer]):
    """The latest answer for each beginning of a DATA frame."""

    def learn(self, data: bytes, first: int, second: int, known: Mapping[bytes, Head]) -> None:
        """From `first` on lie HEADERS with which an answer begins well; if it is whole, and usual, remember it.

        `known` are blocks that mean the same whenever they are said.
        """
        third = _end(data, second)
        end = _end(data, third)
        if end > len(data) or end - first > _KEPT_BYTES or data[first + HEAD : second] not in known:
            return
        message, closing = data[second + HEAD : third], known.get(data[third + HEAD : end])
        if (
            data[second + 3 : second + 5] == bytes((DATA, 0))
            and data[third + 3 : third + 5] == bytes((HEADERS, END_HEADERS | END_STREAM))
            and data[first:second][_STREAM] == data[second:third][_STREAM] == data[third:end][_STREAM]
            and message[:PREFIX] == (len(message) - PREFIX).to_bytes(PREFIX, "big", signed=True)
            and closing is not None
            and closing.closing is None
        ):
            if len(self) >= _KEPT:
                self.clear()
            pieces = data[first : first + 5], data[first + HEAD : second + 5], data[second + HEAD : third + 5]
            self[data[second : second + TELLING]] = Answer(
                (*pieces, data[third + HEAD : end]), end - first, len(message), message[PREFIX:]
            )


def _end(data: bytes, at: int) -> int:
    """Where the frame that begins there ends; beyond all data where its head is not whole."""
    if len(data) - at < HEAD:
        return len(data) + 1
    high, low, *_ = head.unpack_from(data, at)
    return int(at + HEAD + (high << 16 | low))
