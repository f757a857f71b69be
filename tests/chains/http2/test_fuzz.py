"""However bytes are cut, whatever they are: an answer, a failed call or an ended connection, and nothing else."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.chains.hedera.channel import Disconnected, Failed
from relay.chains.hedera.http2.call import Call
from relay.chains.hedera.http2.connection import Connection
from relay.chains.hedera.http2.heads import Failure, request
from relay.chains.hedera.http2.incoming import Incoming
from tests.servers.http2_peer import ACK, GRPC, HEADERS, OK, SETTINGS, answer, frame, message

REQUEST = request("/proto.CryptoService/cryptoTransfer", "127.0.0.1:50211", 4, tls=False)
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


async def exchanged(parts: list[bytes], within: float, *, hung_up: bool) -> bytes | Failed | Disconnected:
    """What a call comes to when a server says just this: within its time, and with the connection let go of."""
    loop = asyncio.get_running_loop()
    trouble: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: trouble.append(context))
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _, connection = await loop.create_connection(lambda: Connection(loop), sock=ours)
    try:
        theirs.send(frame(SETTINGS) + frame(SETTINGS, ACK))
        await connection.opened
        call = connection.send(REQUEST, b"raw", within)
        for part in parts:
            with suppress(BrokenPipeError):  # it has been given up by now
                theirs.send(part)
            await asyncio.sleep(0)
        if hung_up:
            theirs.close()
        async with asyncio.timeout(30):
            try:
                return await call.answer
            except (Failed, Disconnected) as failed:
                return failed
    finally:
        connection.close()
        theirs.close()
        async with asyncio.timeout(30):
            await connection.ended
        assert trouble == []
        assert connection._open == {} and connection._deadlines.next == float("inf")


def run(parts: list[bytes], loop: str, *, within: float = 0.02, hung_up: bool = True) -> bytes | Failed | Disconnected:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(exchanged(parts, within, hung_up=hung_up))


class Cut:
    """An answer read off without a connection, by the part that reads."""

    def __init__(self) -> None:
        self.ended: list[Failure | None] = []
        self.call = Call(asyncio.Future(loop=_LOOP), 0)
        self.call.stream = 1
        self.incoming = Incoming({1: self.call}, lambda _: None, self._over, lambda *_: None)

    def _over(self, call: Call, closing: Failure | None, reset: object) -> None:
        self.ended.append(closing)


_LOOP = asyncio.new_event_loop()
WHOLE = frame(SETTINGS) + answer(1, b"hello" * 20)


@pytest.mark.parametrize("at", range(1, len(WHOLE)))
def test_an_answer_may_be_cut_anywhere(at: int) -> None:
    cut = Cut()

    cut.incoming.feed(WHOLE[:at])
    cut.incoming.feed(WHOLE[at:])

    assert (cut.call.message, cut.ended) == (b"hello" * 20, [None])


def test_an_answer_may_come_byte_by_byte() -> None:
    cut = Cut()

    for at in range(len(WHOLE)):
        cut.incoming.feed(WHOLE[at : at + 1])

    assert (cut.call.message, cut.ended) == (b"hello" * 20, [None])


@pytest.mark.parametrize("loop", LOOPS)
def test_an_honest_answer_is_one_on_either_loop(loop: str) -> None:
    assert run([answer(1, b"hello")], loop, within=20) == b"hello"


BLOCKS = st.sampled_from([GRPC, OK, GRPC + OK, b"\x88", b"\x08\x03103", b"", b"\xbe", b"\x20", b"\x3f\xe1\x1f"])
PAYLOADS = st.one_of(
    BLOCKS,
    st.binary(max_size=40),
    st.sampled_from([message(b"hello"), message(b"hello")[:3], b"\0" * 8, b"\0\0\0\1", b"\x7f\xff\xff\xff"]),
)
FRAMES = st.builds(
    frame,
    st.integers(0, 10) | st.integers(0, 255),
    st.sampled_from([0, 1, 4, 5, 8, 13, 32, 36, 40, 45, 255]),
    st.sampled_from([0, 1, 1, 1, 2, 3, 2**31 - 1, 2**31 + 1]),
    PAYLOADS,
)
MAYBE_HONEST = st.one_of(
    FRAMES, st.just(frame(HEADERS, 4, 1, GRPC)), st.just(frame(0, 0, 1, message(b"hello"))), st.binary(max_size=60)
)


@given(parts=st.lists(MAYBE_HONEST, max_size=8), hung_up=st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_a_server_says_a_call_ends(parts: list[bytes], hung_up: bool) -> None:
    said = run(parts, "uvloop", hung_up=hung_up)

    assert isinstance(said, (Failed, Disconnected)) or said in (b"hello", b"")


@given(raw=st.binary(min_size=1, max_size=200), at=st.integers(0, len(WHOLE)))
@settings(max_examples=100, deadline=None)
def test_an_answer_with_other_bytes_in_it_ends_the_call(raw: bytes, at: int) -> None:
    run([WHOLE[:at] + raw + WHOLE[at:]], "uvloop")
