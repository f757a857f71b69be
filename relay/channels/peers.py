"""News between relay processes, over Redis: a channel per topic, heard only where somebody follows it.

Payloads are event bodies as JSON under a proof that a relay of ours wrote them: who else may publish on Redis can show
nobody a payment that was not made, and nothing that Redis hands us is ever executed. Delivery is best effort by design:
what is lost is found by the sweep of `relay.stream`. From when a channel is heard is told, first and after every break,
so that what was said before is looked up in the journal; there is no moment in which an event is in neither.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import math
import os
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from itertools import islice

from redis.asyncio.connection import AbstractConnection

from relay.channel import Event, Topic, topics_of
from relay.redis_url import AWAY, Nodes, close_redis, open_nodes, open_redis
from relay.wire import events

log = logging.getLogger(__name__)

OUTBOX = 10_000  # events waiting for Redis; beyond it the sweep is the faster way
AT_ONCE = 200  # events, or channels, in one command: Redis does nothing else meanwhile
ANSWER_SECONDS = 2.0
PING_SECONDS = 1.0
MISSING_SECONDS = 5.0  # until all of a cluster is asked for anew, when a node was away
PROOF, NAME = 16, 8  # bytes before a body: the proof, and which process speaks
RECONNECT_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)  # then the last, again and again

_PUBLISH = """
local at = 1
while at <= #ARGV do
    local last = at + 1 + tonumber(ARGV[at + 1])
    for channel = at + 2, last do redis.call('PUBLISH', ARGV[channel], ARGV[at]) end
    at = last + 1
end
"""


class RedisPeers:
    """A publishing and a listening connection to each server. `url` may carry a password: it is never logged.

    `key` is known to our relays alone.
    """

    narrow = True

    def __init__(
        self,
        url: str,
        key: bytes,
        hear: Callable[[Event], None],
        listening: Callable[[Collection[Topic]], Awaitable[None]],
    ) -> None:
        self._url = url
        self._client = open_redis(url, ANSWER_SECONDS, connections=2)
        self._key = key
        self._hear = hear
        self._listening = listening
        self._outbox: deque[Event] = deque()
        self._unsent = asyncio.Event()
        self._wanted: dict[bytes, Topic] = {}
        self._moved: set[bytes] | None = None  # begun or ended since we told Redis; None: all is to be told
        self._changed = asyncio.Event()
        self._begun: list[Topic] = []  # heard since a moment ago
        self._fresh = asyncio.Event()
        self._strangers = False  # others have been heard
        self._self = os.urandom(NAME)  # marks our own words, which come back to us

    def tell(self, event: Event) -> None:
        """Let the other processes know. Never blocks; dropped when Redis is far behind."""
        if len(self._outbox) < OUTBOX:
            self._outbox.append(event)
            self._unsent.set()

    def listen(self, topic: Topic) -> None:
        """Hear of the topic from now on, and again after every reconnection."""
        channel = channel_of(topic)
        self._wanted[channel] = topic
        self._move(channel)

    def leave(self, topic: Topic) -> None:
        """Do not hear of it any more."""
        channel = channel_of(topic)
        self._wanted.pop(channel, None)
        self._move(channel)

    async def ping(self) -> None:
        """Raise `RedisError` or `OSError` when Redis does not answer."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._client.ping()

    async def close(self) -> None:
        """Close what `ping` opened."""
        await close_redis(self._client)

    async def publish(self) -> None:
        """Send what `tell` left, for ever; one round trip for all that is waiting."""
        await self._again(self._publish)

    async def subscribe(self) -> None:
        """Hear what other processes say, for ever, through any number of reconnections."""
        await self._again(self._subscribe)

    async def _again(self, work: Callable[[Nodes], Awaitable[None]]) -> None:
        attempt, away = 0, False
        while True:
            began = asyncio.get_running_loop().time()
            try:
                async with open_nodes(self._url, ANSWER_SECONDS) as nodes:
                    if away and nodes.whole:
                        log.info("Redis is back")
                        away = False
                    await work(nodes)
            except* AWAY as errors:
                if not away:  # told once, not with every try
                    log.warning("Redis is away", extra={"error": type(errors.exceptions[0]).__name__})
                away = True
            except* Exception:  # an answer no Redis gives: whatever is at the other end, the relay goes on without it
                log.exception("Redis is not understood")
            if asyncio.get_running_loop().time() - began > RECONNECT_SECONDS[-1]:
                attempt = 0
            await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
            attempt += 1

    # --- saying ---

    async def _publish(self, nodes: Nodes) -> None:
        script = _PUBLISH.replace("PUBLISH", "SPUBLISH") if nodes.sharded else _PUBLISH
        while True:
            await self._unsent.wait()
            batch = [self._outbox.popleft() for _ in range(min(AT_ONCE, len(self._outbox)))]
            if not self._outbox:
                self._unsent.clear()
            for merchants in _by_merchant(batch) if nodes.sharded else [batch]:
                key = _tag(merchants[0].merchant)
                connection = nodes.of(key)
                if connection is None:
                    continue
                await connection.send_command("EVAL", script, 1, key, *self._words(merchants))
                await connection.read_response()

    def _words(self, batch: Iterable[Event]) -> Iterator[bytes]:
        for event in batch:
            channels = [channel_of(topic) for topic in (Topic(event.merchant), *topics_of(event))]
            said = self._self + event.body
            yield proof(self._key, said) + said
            yield b"%d" % len(channels)
            yield from channels

    # --- hearing ---

    async def _subscribe(self, nodes: Nodes) -> None:
        async with asyncio.TaskGroup() as tasks:
            for connection in nodes.connections:
                tasks.create_task(self._read(connection))
            tasks.create_task(self._keep_channels(nodes))
            tasks.create_task(self._tell_begun())
            if not nodes.whole:
                await asyncio.sleep(MISSING_SECONDS)
                raise ConnectionError("the rest may be there by now")

    def _move(self, channel: bytes) -> None:
        if self._moved is not None:
            self._moved.add(channel)
        self._changed.set()

    async def _keep_channels(self, nodes: Nodes) -> None:
        try:
            await self._tell_channels(nodes)
        finally:
            self._moved = None

    async def _tell_channels(self, nodes: Nodes) -> None:
        """What changed, and nothing else: to look through 10,000 channels for each change would take 2 ms of it."""
        subscribe, unsubscribe = (b"SSUBSCRIBE", b"SUNSUBSCRIBE") if nodes.sharded else (b"SUBSCRIBE", b"UNSUBSCRIBE")
        wanted, heard = self._wanted, set[bytes]()
        self._moved = {*wanted}
        while True:
            self._changed.clear()
            moved, self._moved = self._moved, set()
            begun = {name for name in moved if name in wanted and name not in heard}
            ended = {name for name in moved if name not in wanted and name in heard}
            for word, names in ((subscribe, begun), (unsubscribe, ended)):
                for name_group in _by_slot(names) if nodes.sharded else _chunks(names):
                    connection = nodes.of(name_group[0])
                    if connection is not None:
                        await connection.send_command(word, *name_group)
            heard |= begun
            heard -= ended
            await self._changed.wait()

    async def _read(self, connection: AbstractConnection) -> None:
        """Hand over what one server says; a server that says nothing, not even to a ping, is away."""
        silent = 0

        async def ping() -> None:
            nonlocal silent
            while True:
                await connection.send_command("PING", check_health=False)
                await asyncio.sleep(PING_SECONDS)
                silent += 1
                if silent * PING_SECONDS > ANSWER_SECONDS:
                    raise TimeoutError

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ping())
            while True:
                message = await connection.read_response(timeout=math.inf)
                silent = 0
                match message:
                    case [b"message" | b"smessage", _, bytes() as data]:
                        if not data.startswith(self._self, PROOF):
                            self._take(data)
                    case [b"subscribe" | b"ssubscribe", bytes() as channel, _]:
                        if channel in self._wanted:
                            self._begun.append(self._wanted[channel])
                            self._fresh.set()
                    case [b"sunsubscribe", bytes() as channel, _] if channel in self._wanted:
                        raise ConnectionError("the channel moved to another server")

    def _take(self, data: bytes) -> None:
        if not hmac.compare_digest(proof(self._key, data[PROOF:]), data[:PROOF]):
            if not self._strangers:  # once: whoever may publish must not write our log
                log.warning("Redis brought news that no relay of ours wrote; they are not believed")
            self._strangers = True
            return
        try:
            self._hear(events.read(data[PROOF + NAME :]))
        except (ValueError, KeyError, TypeError, RecursionError):
            log.warning("Redis said something that is not an event")

    async def _tell_begun(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            begun, self._begun = self._begun, []
            await self._listening(begun)


def proof(key: bytes, said: bytes) -> bytes:
    """That whoever said this has the key; 1.5 µs."""
    return hashlib.blake2b(said, digest_size=PROOF, key=key).digest()


def channel_of(topic: Topic) -> bytes:
    """Channels of one merchant are on one server of a cluster, so that one script reaches all of them."""
    return _tag(topic.merchant) + f":{topic.of}:{topic.id}".encode() if topic.of else _tag(topic.merchant)


def _tag(merchant: str) -> bytes:
    return f"relay:events:{{{merchant}}}".encode()


def _by_merchant(batch: Iterable[Event]) -> Collection[list[Event]]:
    groups: dict[str, list[Event]] = {}
    for event in batch:
        groups.setdefault(event.merchant, []).append(event)
    return groups.values()


def _by_slot(names: Iterable[bytes]) -> Iterator[list[bytes]]:
    groups: dict[bytes, list[bytes]] = {}
    for name in names:
        groups.setdefault(name[: name.index(b"}")], []).append(name)
    for group in groups.values():
        yield from _chunks(group)


def _chunks(names: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(names)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk
