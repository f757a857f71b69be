"""One Redis, Redis under Sentinel, Redis as a cluster: news and budgets go over each, and on after one has failed."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.channel import Event, Topic
from relay.channels.peers import RedisPeers
from relay.errors import Misconfigured
from relay.redis_url import close_redis, open_redis
from relay.server.limits import Rate
from relay.server.shared_budgets import SharedBudgets
from relay.webhook import Endpoint, EndpointId, Profile
from relay.wire.events import webhook_event
from tests.servers.redis import RedisServer
from tests.servers.redis_kinds import Cluster, Watched, redis_kind

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MERCHANTS = ("shop", "blog", "kiosk", "radio", "press", "forum")  # of a cluster's nodes each has some


Kind = RedisServer | Watched | Cluster


@pytest.fixture(scope="module", params=["one", "sentinel", "cluster"])
def redis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kind]:
    with redis_kind(request.param, tmp_path_factory.mktemp(request.param)) as kind:
        yield kind


class Peer:
    """One process, as far as Redis goes."""

    def __init__(self, url: str, key: bytes) -> None:
        self.heard: list[tuple[str, int]] = []
        self.listening: set[Topic] = set()
        self.peers = RedisPeers(url, key, self._heard, self._begun)

    def _heard(self, event: Event) -> None:
        self.heard.append((event.merchant, event.seq))

    async def _begun(self, topics: Collection[Topic]) -> None:
        self.listening |= set(topics)

    async def until_listening(self, *topics: Topic) -> None:
        for topic in topics:
            self.peers.listen(topic)
        async with asyncio.timeout(90):
            while not self.listening >= set(topics):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def peer(url: str, key: bytes = b"ours") -> AsyncIterator[Peer]:
    it = Peer(url, key)
    tasks = [asyncio.create_task(it.peers.publish()), asyncio.create_task(it.peers.subscribe())]
    try:
        yield it
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await it.peers.close()


def news(merchant: str, seq: int) -> Event:
    endpoint = Endpoint(EndpointId("we_1"), merchant, "https://shop.example/", ("*",), Profile.STANDARD, NOW)
    return webhook_event(endpoint, "disabled", id=f"evt_{seq}", seq=seq, time=NOW, reason=None)


async def test_budgets_are_shared_over_each(redis: Kind) -> None:
    processes = [SharedBudgets(redis.url, answer_seconds=30.0) for _ in range(2)]  # a relay does not wait so long
    rate = Rate(0.001, 4, time.monotonic)
    left = [(await processes[turn % 2].take("client", rate)).left for turn in range(4)]
    assert left == [3, 2, 1, 0]
    assert (await processes[0].take("client", rate)).wait
    many = await asyncio.gather(*(processes[turn % 2].take("crowd", rate) for turn in range(40)))
    assert sum(not budget.wait for budget in many) == 4
    for process in processes:
        await process.close()


@pytest.mark.parametrize("redis", ["cluster"], indirect=True)
async def test_a_channel_that_moves_to_another_node_is_heard_there(redis: Cluster) -> None:
    async with peer(redis.url) as telling, peer(redis.url) as hearing:
        await hearing.until_listening(Topic("shop"))
        hearing.listening.clear()
        redis.move("relay:events:{shop}")
        async with asyncio.timeout(90):
            while Topic("shop") not in hearing.listening:
                await asyncio.sleep(0.01)
            seq = 0
            while not hearing.heard:
                seq += 1
                telling.peers.tell(news("shop", seq))
                await asyncio.sleep(0.05)


@asynccontextmanager
async def no_redis(port: int) -> AsyncIterator[asyncio.Semaphore]:
    """Somebody on that port who accepts connections and ends them; released once for each."""
    tries = asyncio.Semaphore(0)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.release()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        yield tries


async def test_an_outage_is_told_once_and_so_is_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "relay.channels.peers")
    server = RedisServer(tmp_path)
    try:
        async with peer(server.url) as it:
            async with no_redis(server.port) as tries, asyncio.timeout(90):
                for _ in range(4):  # two to say something, two to hear
                    await tries.acquire()
            server.start()
            await it.until_listening(Topic("shop"))
    finally:
        server.kill()
    told = [record.message for record in caplog.records]
    assert told[:2] == ["Redis is away"] * 2  # for what is said, and for what is heard
    assert set(told[2:]) == {"Redis is back"}


@pytest.mark.parametrize("redis", ["one"], indirect=True)
async def test_who_may_publish_on_redis_without_our_key_is_believed_by_nobody(redis: RedisServer) -> None:
    async with (
        peer(redis.url, b"theirs") as forger,
        peer(redis.url, b"theirs") as accomplice,
        peer(redis.url) as telling,
        peer(redis.url) as hearing,
    ):
        await accomplice.until_listening(Topic("shop"))
        await hearing.until_listening(Topic("shop"))
        async with asyncio.timeout(90):
            for speaker, number, hearer in ((forger, 1, accomplice), (telling, 2, hearing)):
                while not hearer.heard:
                    speaker.peers.tell(news("shop", number))
                    await asyncio.sleep(0.02)
        assert set(hearing.heard) == {("shop", 2)}
        assert set(accomplice.heard) == {("shop", 1)}


async def test_news_cross_and_cross_again_after_a_server_failed(redis: Kind) -> None:
    async with peer(redis.url) as telling, peer(redis.url) as hearing, peer(redis.url) as bystander:
        await hearing.until_listening(*map(Topic, MERCHANTS))
        await bystander.until_listening(Topic("other"))
        last = await tell(telling, hearing, MERCHANTS)
        hearing.listening.clear()
        redis.kill()
        if isinstance(redis, RedisServer):
            redis.start()
        living = await _served(redis.url) if isinstance(redis, Cluster) else MERCHANTS
        await tell(telling, hearing, living, last + 1)
        assert len(set(hearing.heard)) == len(hearing.heard), "nothing comes twice"
        assert hearing.listening >= set(map(Topic, living))  # so the journal is read again
        assert bystander.heard == telling.heard == []


async def tell(telling: Peer, hearing: Peer, merchants: Collection[str], first: int = 1) -> int:
    """Tell of all until each was heard of, with a number higher each time; the last one.

    What is said while Redis is away or too slow is not repeated by it: it is in the journal.
    """
    number = first
    async with asyncio.timeout(90):
        while True:
            for merchant in merchants:
                telling.peers.tell(news(merchant, number))
            await asyncio.sleep(0.05)
            if {merchant for merchant, seq in hearing.heard if seq >= first} >= set(merchants):
                return number
            number += 1


async def _served(url: str) -> list[str]:
    """The merchants whose node is there."""
    found = []
    for merchant in MERCHANTS:
        client = open_redis(url, 1.0, 10)
        try:
            await client.execute_command("GET", f"relay:events:{{{merchant}}}")
            found.append(merchant)
        except Exception:  # the node is dead, however that shows
            pass
        finally:
            await close_redis(client)
    client = None
    gc.collect()  # a connection that is still open says so now, which is an error
    return found


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1",
        "redis+sentinel:///shop",
        "redis+cluster://",
        "redis+cluster://h:x",
        "redis+sentinel://h/shop/x",
    ],
)
def test_a_url_that_names_no_server_is_refused_without_being_said(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        open_redis(url.replace("://", "://:secret@"), 1.0, 1)
    assert "secret" not in str(refused.value)
