"""A link to a node whose connections come and go, by our HTTP/2 and by gRPC's: what it says is what is known."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress

import pytest

from relay.chains.hedera.channel import Endpoint
from relay.chains.hedera.link import FRESH_SECONDS, TRANSFER, Link, NoAnswer
from relay.money import Account
from tests.servers.http2_peer import ACK, GOAWAY, HEADERS, SETTINGS, Peer, answer, frame, http2_peer

Linked = Callable[..., Awaitable[Link]]


@pytest.fixture(params=[True, False], ids=["direct", "plain"])
async def linked(request: pytest.FixtureRequest) -> AsyncIterator[Linked]:
    """Links that are kept up until the test ends."""
    async with AsyncExitStack() as stack:

        async def open_(*addresses: str) -> Link:
            endpoints = tuple(Endpoint(address) for address in addresses)
            link = Link(Account("0.0.3"), endpoints, lambda _: None, 1000, direct=request.param)
            running = asyncio.ensure_future(link.run())

            async def end() -> None:
                running.cancel()
                await asyncio.wait((running,))

            stack.push_async_callback(end)
            return link

        yield open_


def yes(peer: Peer, stream: int) -> bytes:
    return answer(stream, b"yes")


def nothing(peer: Peer, stream: int) -> None:
    return None


async def test_a_node_whose_connection_is_lost_under_a_call_gave_no_answer(linked: Linked) -> None:
    async with http2_peer(lambda peer, stream: peer.hang_up()) as peer:
        link = await linked(peer.address)
        assert await link.reachable(60) and link.ready

        with pytest.raises(NoAnswer, match="UNAVAILABLE"):
            await link.call(TRANSFER, b"x", 60)
        assert not link.ready

        peer.script = yes
        await asyncio.sleep(0)
        assert await link.reachable(60)
        assert await link.call(TRANSFER, b"x", 60) == b"yes"


async def test_a_node_that_closes_with_notice_keeps_its_calls_and_gets_the_next_by_another_connection(
    linked: Linked,
) -> None:
    async with http2_peer(nothing) as peer:
        link = await linked(peer.address)
        assert await link.reachable(60)
        last = asyncio.ensure_future(link.call(TRANSFER, b"last", 60))
        await peer.until(lambda: peer.of(0))
        first = peer._writer
        assert first is not None
        peer.send(frame(GOAWAY, 0, 0, (1).to_bytes(4, "big") + bytes(4)))
        while link.ready:
            await asyncio.sleep(0.001)

        peer.script = yes
        assert await link.reachable(60)
        assert await link.call(TRANSFER, b"next", 60) == b"yes"
        first.write(answer(1, b"done"))
        assert await last == b"done"


async def test_a_node_that_is_mute_is_asked_how_it_is_before_it_is_ready_again(linked: Linked) -> None:
    async with http2_peer(nothing) as peer:
        link = await linked(peer.address)
        assert await link.reachable(60)

        with pytest.raises(NoAnswer, match="DEADLINE_EXCEEDED"):
            await link.call(TRANSFER, b"x", 0.1)
        assert not link.ready and not await link.reachable(0.1)

        peer.script = yes
        assert await link.reachable(60)
        assert link.ready and link.healthy


async def test_those_who_want_a_mute_node_at_once_share_a_probe(linked: Linked) -> None:
    async with http2_peer(nothing) as peer:
        link = await linked(peer.address)
        assert await link.reachable(60)
        with pytest.raises(NoAnswer):
            await link.call(TRANSFER, b"x", 0.1)

        peer.script = yes
        before = len(peer.of(HEADERS))
        assert all(await asyncio.gather(*(link.reachable(60) for _ in range(100))))
        assert len(peer.of(HEADERS)) - before < 10


async def test_a_call_without_a_connection_sends_nothing(linked: Linked) -> None:
    link = await linked("127.0.0.1:9")

    assert not await link.reachable(0.5)
    with pytest.raises(NoAnswer, match="not connected"):
        await link.call(TRANSFER, b"x", 60)


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n" * 2, b"\0" * 40], ids=["HTTP/1", "zeros"])
async def test_what_is_no_node_at_all_is_not_reached(linked: Linked, greeting: bytes) -> None:
    async with http2_peer(nothing, greeting) as peer:
        link = await linked(peer.address)

        assert not await link.reachable(60)
        assert not link.healthy and link.node.detail


async def test_a_node_that_never_says_its_settings_is_not_reached(linked: Linked) -> None:
    async with http2_peer(nothing, b"") as peer:
        link = await linked(peer.address)

        assert not await link.reachable(0.3)
        await peer.until(lambda: peer.of(SETTINGS))
        assert peer.of(1) == []


async def test_a_node_that_came_back_is_reached_though_a_dial_that_began_before_is_in_vain(linked: Linked) -> None:
    async with http2_peer(yes, b"") as peer:
        link = await linked(peer.address)
        await peer.until(lambda: peer.of(SETTINGS))
        await asyncio.sleep(FRESH_SECONDS)
        asking = asyncio.ensure_future(link.reachable(60))
        await asyncio.sleep(0)

        peer.greeting = frame(SETTINGS)
        peer.hang_up()

        assert await asking


async def test_a_node_that_ends_connections_as_soon_as_they_are_there_is_dialled_with_pauses(linked: Linked) -> None:
    async with http2_peer(nothing) as peer:
        await linked(peer.address)
        end = asyncio.get_running_loop().time() + 0.6
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                for turn in itertools.count(1):
                    await peer.until(lambda turn=turn: acknowledged(peer) >= turn)
                    peer.send(frame(GOAWAY, 0, 0, bytes(8)))

        assert peer.connections <= 4


def acknowledged(peer: Peer) -> int:
    return sum(each.kind == SETTINGS and each.flags == ACK for each in peer.said)
