"""News between relay processes, over Redis: a channel per merchant, heard only where somebody listens.

Payloads are event bodies as JSON, nothing that Redis hands us is ever executed. Delivery is best effort by design: what
is lost is found by the sweep of `relay.stream`; after a reconnection `reconnected` is called, so that it is found soon.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable

import redis.asyncio as redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from relay.channel import Event
from relay.wire import events

log = logging.getLogger(__name__)

CHANNEL = "relay:events:"
OUTBOX = 10_000  # events waiting for Redis; beyond it the sweep is the faster way
ANSWER_SECONDS = 5.0
# What redis-py raises when Redis goes away; on uvloop a write to a connection that just closed is a RuntimeError.
AWAY = (RedisError, OSError, RuntimeError)
RECONNECT_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # then the last, again and again


class RedisPeers:
    """One publishing and one listening connection. `url` may carry a password: it is never logged."""

    def __init__(self, url: str, hear: Callable[[Event], None], reconnected: Callable[[], Awaitable[None]]) -> None:
        self._redis = redis.from_url(url, socket_connect_timeout=ANSWER_SECONDS, socket_keepalive=True)
        self._hear = hear
        self._reconnected = reconnected
        self._outbox: asyncio.Queue[Event] = asyncio.Queue(OUTBOX)
        self._merchants: set[str] = set()
        self._wanted = asyncio.Event()
        self._self = os.urandom(8)  # marks our own words, which come back to us
        self.connected = False

    def tell(self, event: Event) -> None:
        """Let the other processes know. Never blocks; dropped when Redis is far behind."""
        if not self._outbox.full():
            self._outbox.put_nowait(event)

    def listen(self, merchant: str) -> None:
        """Hear of the merchant's events from now on, and again after every reconnection."""
        self._merchants.add(merchant)
        self._wanted.set()

    async def ping(self) -> None:
        """Raise `RedisError` or `OSError` when Redis does not answer."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._redis.ping()

    async def publish(self) -> None:
        """Send what `tell` left, for ever; one round trip for all that is waiting."""
        while True:
            batch = [await self._outbox.get()]
            while not self._outbox.empty():
                batch.append(self._outbox.get_nowait())
            try:
                async with asyncio.timeout(ANSWER_SECONDS), self._redis.pipeline(transaction=False) as pipe:
                    for event in batch:
                        pipe.publish(CHANNEL + event.merchant, self._self + event.body)
                    await pipe.execute()
            except AWAY as error:
                log.warning("Redis did not take news", extra={"events": len(batch), "error": type(error).__name__})
            except Exception:  # an answer no Redis gives: whatever is at the other end, the relay goes on without it
                log.exception("Redis did not take news")

    async def subscribe(self) -> None:
        """Hear what other processes say, for ever, through any number of reconnections."""
        attempt = 0
        while True:
            try:
                async with self._redis.pubsub() as pubsub, asyncio.TaskGroup() as tasks:
                    await pubsub.subscribe(CHANNEL)  # a channel nobody uses: it opens the connection
                    self.connected, attempt = True, 0
                    tasks.create_task(self._add_channels(pubsub))
                    async for message in pubsub.listen():
                        self._read(message)
            except* AWAY as errors:
                log.warning("Redis is away", extra={"error": type(errors.exceptions[0]).__name__})
            except* Exception:
                log.exception("Redis is not understood")
            self.connected = False
            await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
            attempt += 1

    async def close(self) -> None:
        """Close both connections."""
        await self._redis.aclose()

    async def _add_channels(self, pubsub: PubSub) -> None:
        heard: set[str] = set()
        while True:
            self._wanted.clear()
            new = self._merchants - heard
            if new:
                await pubsub.subscribe(*(CHANNEL + merchant for merchant in new))
                heard |= new
                await self._reconnected()  # what was said before we listened is in the journal
            await self._wanted.wait()

    def _read(self, message: dict[str, object]) -> None:
        data = message["data"]
        if message["type"] != "message" or not isinstance(data, bytes) or data[:8] == self._self:
            return
        try:
            self._hear(events.read(data[8:]))
        except (ValueError, KeyError, TypeError, RecursionError):
            log.warning("Redis said something that is not an event")
