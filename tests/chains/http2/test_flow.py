"""What is sent when: the peer's windows and streams are kept to, its end is noticed, and no call outlives its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from relay.chains.hedera.channel import Disconnected, Endpoint, Failed
from relay.chains.hedera.direct import Direct
from relay.chains.hedera.http2.connection import Connection
from relay.chains.hedera.http2.frames import LARGEST
from relay.chains.hedera.http2.outgoing import WAITING_BYTES
from tests.servers.http2_peer import (
    ACK,
    DATA,
    END_HEADERS,
    GOAWAY,
    HEADERS,
    PING,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Peer,
    Script,
    answer,
    frame,
    http2_peer,
    settings,
)

METHOD = "/proto.CryptoService/cryptoTransfer"
CANCEL = (8).to_bytes(4, "big")
CALL_SECONDS = 60.0  # however slow this machine is: for an answer that comes


def echo(peer: Peer, stream: int) -> bytes:
    return answer(stream, peer.sent(stream)[5:])


def silent(peer: Peer, stream: int) -> None:
    return None


@asynccontextmanager
async def connected(script: Script, greeting: bytes = frame(SETTINGS)) -> AsyncIterator[tuple[Peer, Direct]]:
    async with http2_peer(script, greeting) as peer:
        channel = Direct(Endpoint(peer.address))
        assert await channel.connect()
        try:
            yield peer, channel
        finally:
            await channel.close()


def window(stream: int, by: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, by.to_bytes(4, "big"))


async def test_the_first_words_are_those_of_http2_and_ask_for_no_table_and_no_pushes() -> None:
    async with connected(echo) as (peer, channel):
        await channel.call(METHOD, b"one", CALL_SECONDS)
        [first] = peer.of(SETTINGS)
        acks = [each for each in peer.said if each.kind == SETTINGS and each.flags & ACK]

    assert bytes.fromhex("000100000000") in first.payload and bytes.fromhex("000200000000") in first.payload
    assert len(acks) == 1


async def test_calls_at_once_each_get_their_own_answer() -> None:
    async with connected(echo) as (_, channel):
        texts = [str(at).encode() * at for at in range(200)]

        assert await asyncio.gather(*(channel.call(METHOD, text, CALL_SECONDS) for text in texts)) == texts


async def test_a_request_larger_than_a_frame_and_its_windows_goes_as_they_are_widened() -> None:
    async with connected(echo, settings(_4=1000)) as (peer, channel):
        raw = bytes(range(256)) * 400
        calling = asyncio.ensure_future(channel.call(METHOD, raw, CALL_SECONDS))
        await peer.until(lambda: len(peer.sent(1)) == 1000)
        peer.send(settings(_4=30_000))  # 29,000 more for a stream that is open
        await peer.until(lambda: len(peer.sent(1)) == 30_000)
        peer.send(window(1, 2**20))
        await peer.until(lambda: len(peer.sent(1)) == 65_535)  # all of the connection's
        peer.send(window(0, 2**20))

        assert await calling == raw
        assert max(len(each.payload) for each in peer.of(DATA)) == 16_384


async def test_a_window_made_smaller_than_what_was_sent_is_made_up_for_first() -> None:
    async with connected(echo, settings(_4=1000)) as (peer, channel):
        calling = asyncio.ensure_future(channel.call(METHOD, bytes(1500), CALL_SECONDS))
        await peer.until(lambda: len(peer.sent(1)) == 1000)
        peer.send(settings(_4=0) + window(1, 1000) + frame(PING, 0, 0, b"reached?"))
        await peer.until(lambda: any(each.kind == PING for each in peer.said))
        assert len(peer.sent(1)) == 1000  # the window is back at nothing
        peer.send(window(1, 505))

        assert await calling == bytes(1500)


async def test_no_more_streams_are_opened_than_the_peer_takes_and_the_rest_go_in_order() -> None:
    asked: list[int] = []

    def note(peer: Peer, stream: int) -> None:
        asked.append(stream)

    async with connected(note, settings(_3=2)) as (peer, channel):
        calls = [asyncio.ensure_future(channel.call(METHOD, bytes((at,)), CALL_SECONDS)) for at in range(5)]
        for stream in (1, 3, 5, 7, 9):
            await peer.until(lambda stream=stream: stream in asked)
            assert len(peer.of(HEADERS)) <= (stream + 1) // 2 + 1
            peer.send(answer(stream, peer.sent(stream)[5:]))

        assert await asyncio.gather(*calls) == [bytes((at,)) for at in range(5)]


async def test_a_call_that_gets_no_stream_ends_in_time_and_never_leaves() -> None:
    async with connected(silent, settings(_3=0)) as (peer, channel):
        with pytest.raises(Failed) as failed:
            await channel.call(METHOD, b"x", 0.1)

        assert failed.value.status == "DEADLINE_EXCEEDED"
        assert peer.of(HEADERS) == [] and peer.of(RST_STREAM) == []


async def test_what_waits_for_a_node_has_a_bound() -> None:
    async with connected(silent, settings(_3=0)) as (_, channel):
        part = bytes(WAITING_BYTES // 4)
        calls = [asyncio.ensure_future(channel.call(METHOD, part, 30)) for _ in range(3)]
        await asyncio.sleep(0)

        with pytest.raises(Failed, match="RESOURCE_EXHAUSTED"):
            await channel.call(METHOD, bytes(2 * len(part)), 30)
        await channel.close()
        assert all(isinstance(each, Disconnected) for each in await asyncio.gather(*calls, return_exceptions=True))


@pytest.mark.parametrize("ended", ["cancelled", "late"])
async def test_an_answer_nobody_waits_for_is_called_off(ended: str) -> None:
    async with connected(silent) as (peer, channel):
        calling = asyncio.ensure_future(channel.call(METHOD, b"x", 0.1 if ended == "late" else 30))
        await peer.until(lambda: peer.of(DATA))
        if ended == "cancelled":
            calling.cancel()
        await asyncio.wait((calling,))

        await peer.until(lambda: peer.of(RST_STREAM))
        assert [each.payload for each in peer.of(RST_STREAM)] == [CANCEL]
        peer.script = echo
        assert await channel.call(METHOD, b"next", CALL_SECONDS) == b"next"


async def test_of_calls_with_different_times_each_ends_at_its_own() -> None:
    async with connected(silent) as (_, channel):
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def ends(within: float) -> float:
            with pytest.raises(Failed, match="DEADLINE_EXCEEDED"):
                await channel.call(METHOD, b"x", within)
            return loop.time() - began

        times = (0.3, 0.1, 0.2)
        for within, took in zip(times, await asyncio.gather(*map(ends, times)), strict=True):
            assert within - 0.01 <= took < within + 20


async def test_after_a_goaway_the_last_calls_end_and_the_next_goes_by_another_connection() -> None:
    async with connected(silent) as (peer, channel):
        kept = asyncio.ensure_future(channel.call(METHOD, b"kept", CALL_SECONDS))
        await peer.until(lambda: len(peer.of(DATA)) == 1)
        refused = asyncio.ensure_future(channel.call(METHOD, b"refused", CALL_SECONDS))
        await peer.until(lambda: len(peer.of(DATA)) == 2)
        writer = peer._writer
        assert writer is not None
        peer.send(frame(GOAWAY, 0, 0, (1).to_bytes(4, "big") + bytes(4) + b"restarting"))
        await channel.lost()

        with pytest.raises(Failed, match="did not take the call"):
            await refused
        with pytest.raises(Disconnected):
            await channel.call(METHOD, b"neither", CALL_SECONDS)
        assert not channel.ready and await channel.connect()
        peer.script = lambda peer, stream: answer(stream, b"new")
        assert await channel.call(METHOD, b"x", CALL_SECONDS) == b"new"
        writer.write(answer(1, b"done"))
        assert await kept == b"done"
        await peer.until(lambda: len([each for each in peer.said if each.kind == -1]) == 1)  # the old one is closed
        assert channel.ready and peer.connections == 2


async def test_when_the_numbers_of_streams_are_used_up_there_is_another_connection() -> None:
    async with connected(echo) as (peer, channel):
        assert channel._connection is not None
        channel._connection._outgoing.next_stream = LARGEST - 2

        assert await channel.call(METHOD, b"a", CALL_SECONDS) == b"a"
        assert channel.ready
        assert await channel.call(METHOD, b"b", CALL_SECONDS) == b"b"
        assert not channel.ready
        assert await channel.connect()
        assert await channel.call(METHOD, b"c", CALL_SECONDS) == b"c"
        assert peer.connections == 2


async def test_answers_take_turns_in_a_window_that_is_given_back() -> None:
    """17 MiB of answers: more than a node may send before we say that they have been taken."""

    def large(peer: Peer, stream: int) -> bytes:
        return answer(stream, bytes(2**20))

    async with connected(large) as (peer, channel):
        for _ in range(17):
            assert len(await channel.call(METHOD, b"x", CALL_SECONDS)) == 2**20
        given = sum(int.from_bytes(each.payload, "big") for each in peer.of(WINDOW_UPDATE))

    assert given >= 2**24 - 65_535 + 2**23  # at first, and half of it at least


async def test_a_peer_that_reads_nothing_makes_us_keep_no_more_than_the_bound() -> None:
    """Its windows are wide: it is the kernel that takes no more, and the deadlines that end the calls."""
    there = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(settings(_4=2**31 - 1) + window(0, 2**30))
        await there.wait()
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    channel = Direct(Endpoint(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert await channel.connect()
    connection = channel._connection
    assert connection is not None and connection._transport is not None
    await asyncio.sleep(0.05)  # for the wide window to be here; without it the bound is met all the same

    calls = [asyncio.ensure_future(channel.call(METHOD, bytes(100_000), 0.5)) for _ in range(400)]
    await asyncio.sleep(0)
    assert connection._transport.get_write_buffer_size() < 2**20
    ends = await asyncio.gather(*calls, return_exceptions=True)

    statuses = {end.status for end in ends if isinstance(end, Failed)}
    assert len(ends) == 400 and statuses == {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"}
    await channel.close()
    there.set()
    server.close()


async def test_a_peer_that_pings_and_does_not_read_the_answers_is_given_up() -> None:
    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(SETTINGS))
        with suppress(ConnectionError):
            while True:
                writer.write(frame(PING, 0, 0, bytes(8)) * 1000)
                await writer.drain()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    channel = Direct(Endpoint(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert await channel.connect()
    async with asyncio.timeout(40):
        await channel.lost()
    await channel.close()
    server.close()


async def test_a_ping_is_answered_with_what_it_brought() -> None:
    async with connected(echo) as (peer, _):
        peer.send(frame(PING, 0, 0, b"12345678"))
        await peer.until(lambda: frame_in(peer, PING, ACK))

        assert [each.payload for each in peer.said if each.kind == PING] == [b"12345678"]


def frame_in(peer: Peer, kind: int, flags: int) -> bool:
    return any(each.kind == kind and each.flags == flags for each in peer.said)


Dial = Callable[..., Connection]


@pytest.fixture
async def dial() -> AsyncIterator[Callable[..., asyncio.Future[Connection]]]:
    """Connections with other patience than a node gets."""
    async with AsyncExitStack() as stack:

        async def open_(port: int, **patience: float) -> Connection:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(lambda: Connection(loop, **patience), "127.0.0.1", port)
            stack.callback(connection.close)
            await connection.opened
            return connection

        yield open_  # type: ignore[misc]


async def test_a_connection_that_is_idle_is_asked_whether_it_is_there(
    dial: Callable[..., asyncio.Future[Connection]],
) -> None:
    async with http2_peer(silent) as peer:
        connection = await dial(peer.port, idle_seconds=0.05, pong_seconds=30)
        await peer.until(lambda: peer.of(PING))
        peer.send(frame(PING, ACK, 0, bytes(8)))
        assert connection.usable


async def test_a_peer_that_does_not_answer_a_ping_is_given_up(
    dial: Callable[..., asyncio.Future[Connection]],
) -> None:
    async with http2_peer(silent) as peer:
        connection = await dial(peer.port, idle_seconds=0.05, pong_seconds=0.5)
        call = connection.send(frame(HEADERS, END_HEADERS), b"x", 30)

        with pytest.raises(Failed, match="does not answer a ping"):
            await call.answer
        assert not connection.usable
