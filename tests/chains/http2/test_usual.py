"""A node that says again what it said before is understood as if it said it for the first time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from relay.chains.hedera.channel import Failed
from relay.chains.hedera.http2.call import Call
from relay.chains.hedera.http2.frames import Broken
from relay.chains.hedera.http2.heads import Failure
from relay.chains.hedera.http2.incoming import Incoming
from tests.servers.http2_peer import answer

STREAMS = (1, 3, 5, 7, 9)
AGAIN = answer(5, b"hello") + answer(7, b"other") + answer(9, b"hello")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Node:
    """What comes of calls on streams 1 to 9; one that is `known` has answered those on 1 and 3 in its usual way."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, known: bool) -> None:
        self.calls = {stream: Call(loop.create_future(), 0) for stream in STREAMS}
        for stream, call in self.calls.items():
            call.stream = stream
        self.open = dict(self.calls)
        self.said: list[object] = []
        self.incoming = Incoming(self.open, self.said.append, self._over, lambda *frame: self.said.append(frame))
        self.incoming.decoder.forget()
        for stream in (1, 3):
            whole = answer(stream, b"hello")
            for part in [whole] if known else [whole[at : at + 1] for at in range(len(whole))]:
                self.incoming.feed(part)
        assert bool(self.incoming._usual) is known

    def says(self, *parts: bytes) -> list[object]:
        try:
            for part in parts:
                self.incoming.feed(part)
        except Broken as broken:
            self.said.append(str(broken))
        return [*map(_outcome, self.calls.values()), [*self.open], self.said, self.incoming.consumed, self.window]

    @property
    def window(self) -> int:
        return self.incoming._window

    def _over(self, call: Call, closing: Failure | None, reset: object) -> None:
        self.incoming.consumed += call.taken
        call.taken = 0
        self.open.pop(call.stream, None)
        self.said.append(reset)
        call.end(closing)


def _outcome(call: Call) -> object:
    if not call.answer.done():
        return None
    failed = call.answer.exception()
    return (failed.status, failed.detail) if isinstance(failed, Failed) else call.answer.result()


@pytest.mark.parametrize("at", range(len(AGAIN) + 1))
def test_it_may_be_cut_anywhere(loop: asyncio.AbstractEventLoop, at: int) -> None:
    said = Node(loop, known=True).says(AGAIN[:at], AGAIN[at:])

    assert said[2:5] == [b"hello", b"other", b"hello"]
    assert said[5] == []


def test_whatever_else_it_says_is_heard(loop: asyncio.AbstractEventLoop) -> None:
    whole = answer(5, b"hello")
    for at in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            parts = bytes(changed) + answer(7, b"hello"), answer(9, b"hello")
            news = Node(loop, known=True).says(*parts), Node(loop, known=False).says(*parts)
            assert _without_ends(news[0]) == _without_ends(news[1]), (at, bit)


def test_an_answer_nobody_waits_for_any_more_is_passed_over(loop: asyncio.AbstractEventLoop) -> None:
    node = Node(loop, known=True)
    node.calls[5].answer.cancel()

    node.incoming.feed(AGAIN)

    assert node.open == {}
    assert node.calls[9].answer.result() == b"hello"


def _without_ends(news: list[object]) -> list[object]:
    """All but that a call ended as it should: of a usual answer its owner is not told."""
    return [[each for each in part if each is not None] if isinstance(part, list) else part for part in news]
