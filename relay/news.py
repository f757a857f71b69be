"""Assembly of the streams: this process alone, or one of several that tell each other through Redis."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any

from relay.channel import Event, Topic
from relay.channels.feed import Feeds
from relay.channels.room import Rooms
from relay.metrics import Metrics
from relay.settings import Settings
from relay.store.journal import Journal
from relay.stream import Alone, Streams

if TYPE_CHECKING:
    from relay.channels.peers import RedisPeers


def open_streams(
    settings: Settings,
    journal: Journal,
    rooms: Rooms,
    feeds: Feeds,
    metrics: Metrics,
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    heard: Callable[[Event], None],
    clock: Callable[[], datetime],
) -> tuple[Streams, RedisPeers | None]:
    """The streams, and the peers to close, where there are any. `heard` is woken by every event."""

    async def deliver(event: Event, topics: Collection[Topic] | None) -> None:
        await rooms.deliver(event, topics)
        if topics is None and feeds.has(event.merchant):
            await feeds.deliver(event)
        metrics.event(event.time, clock())

    def present(topic: Topic) -> bool:
        return rooms.present(topic) or (not topic.of and feeds.has(topic.merchant))

    def streams_with(peers: Alone | RedisPeers) -> Streams:
        return Streams(journal=journal, deliver=deliver, present=present, peers=peers, spawn=spawn, heard=heard)

    if settings.redis is None:
        return streams_with(Alone()), None
    from relay.channels.peers import RedisPeers  # only who has Redis pays for its client

    key = hmac.digest(settings.seed, b"relay news", "sha256")
    peers = RedisPeers(settings.redis, key, lambda event: streams.hear(event), lambda topics: streams.listening(topics))
    streams = streams_with(peers)
    spawn(peers.publish())
    spawn(peers.subscribe())
    return streams, peers
