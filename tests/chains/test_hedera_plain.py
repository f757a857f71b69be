"""gRPC's own channel is ready by the connection that `connect` made, whatever gRPC dials by itself meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from relay.chains.hedera.channel import Endpoint, Failed
from relay.chains.hedera.link import TRANSFER
from relay.chains.hedera.plain import STATE_SECONDS, Plain
from tests.servers.http2_peer import GRPC, Peer, answer, http2_peer

UNAVAILABLE = b"\x00\x0bgrpc-status\x0214"


def hang_up(peer: Peer, stream: int) -> None:
    peer.hang_up()


def yes(peer: Peer, stream: int) -> bytes:
    return answer(stream, b"yes")


@asynccontextmanager
async def connected(peer: Peer, state_seconds: float = STATE_SECONDS) -> AsyncIterator[Plain]:
    channel = Plain(Endpoint(peer.address), state_seconds)
    try:
        assert await channel.connect()
        yield channel
    finally:
        await channel.close()


async def test_what_grpc_dials_by_itself_is_nobodys_until_it_is_connected() -> None:
    patient = 30  # however slow this machine is
    async with http2_peer(hang_up) as peer, connected(peer, patient) as channel:
        with pytest.raises(Failed, match="UNAVAILABLE"):
            await channel.call(TRANSFER, b"x", 30)
        assert not channel.ready

        peer.script = yes
        assert await channel.call(TRANSFER, b"x", 30) == b"yes"
        assert peer.connections == 2
        assert not channel.ready, "whoever holds the channel is about to learn that it was lost"

        assert await channel.connect()
        assert channel.ready and peer.connections == 2


async def test_a_node_that_calls_itself_unavailable_keeps_its_connection() -> None:
    async with http2_peer(lambda peer, stream: answer(stream, b"", GRPC, UNAVAILABLE)) as peer, connected(peer) as one:
        with pytest.raises(Failed, match="UNAVAILABLE"):
            await one.call(TRANSFER, b"x", 30)
        assert one.ready

        peer.script = yes
        assert await one.call(TRANSFER, b"x", 30) == b"yes"
        assert peer.connections == 1
