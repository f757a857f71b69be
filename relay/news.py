"""Assembly of the streams: this process alone, or one of several that tell each other through Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from relay.channel import Event
from relay.settings import Settings
from relay.store.journal import Journal
from relay.stream import Alone, Streams

if TYPE_CHECKING:
    from relay.channels.peers import RedisPeers


def open_streams(
    settings: Settings,
    journal: Journal,
    deliver: Callable[[Event], Awaitable[None]],
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    heard: Callable[[Event], None],
) -> tuple[Streams, RedisPeers | None]:
    """The streams, and the peers to close, where there are any. `heard` is woken by every event."""
    if settings.redis is None:
        return Streams(journal=journal, deliver=deliver, peers=Alone(), spawn=spawn, heard=heard), None
    from relay.channels.peers import RedisPeers  # only who has Redis pays for its client

    peers = RedisPeers(settings.redis, lambda event: streams.hear(event), lambda: streams.catch_up())
    streams = Streams(journal=journal, deliver=deliver, peers=peers, spawn=spawn, heard=heard)
    spawn(peers.publish())
    spawn(peers.subscribe())
    return streams, peers
