"""A process hears over Redis of what is followed there, and of nothing else."""

from __future__ import annotations

import asyncio

import redis.asyncio as redis

from relay.devnet.network import DevNode
from tests.conftest import MERCHANTS, Start
from tests.server.paying import invoice, signed
from tests.servers.listener import Listener
from tests.servers.redis import RedisServer
from tests.servers.relay_process import RelayProcess, prepare


async def channels(server: RedisServer) -> list[str]:
    async with redis.from_url(server.url, decode_responses=True) as client:
        return sorted(await client.pubsub_channels("relay:*"))


async def until_channels(server: RedisServer, *names: str) -> None:
    """Wait until exactly these are listened to."""
    found: list[str] = []
    try:
        async with asyncio.timeout(40):
            while (found := await channels(server)) != sorted(names):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{found} are listened to, instead of {sorted(names)}") from None


async def pay(relay: RelayProcess, memo: str = "") -> None:
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(memo=memo))
        await payer.until_status("settled")


async def test_only_what_is_followed_is_listened_to_and_only_while_it_is(
    postgres_url: str, redis_server: RedisServer, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(postgres_url, MERCHANTS)
    taking = await start_relay(postgres_url, devnet, redis=redis_server.url)
    hearing = await start_relay(postgres_url, devnet, redis=redis_server.url)
    mine, other = [await invoice(taking.url, keys["shop"], contentId="post-7") for _ in range(2)]
    async with Listener(hearing.url) as page:
        await page.call("SUBSCRIBE", {"invoice": mine["id"], "secret": mine["secret"], "after": 0})
        await until_channels(redis_server, f"relay:events:{{shop}}:invoice:{mine['id']}")
        await pay(taking, other["memo"])
        await pay(taking, mine["memo"])
        await page.until_status("settled")
        assert [event["status"] for event in page.events] == ["submitted", "settled"]
    await until_channels(redis_server)
    async with Listener(hearing.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True, "content": "post-7", "after": 2})
        await until_channels(redis_server, "relay:events:{shop}:content:post-7")
        await shop.call("SUBSCRIBE", {"merchant": True})
        await until_channels(redis_server, "relay:events:{shop}")  # all of it has that one, too
        await pay(taking)
        await pay(hearing, (await invoice(taking.url, keys["shop"], contentId="post-7"))["memo"])
        await shop.until(lambda events: len(events) == 6)
        assert [event["seq"] for event in shop.events] == [3, 4, 5, 6, 7, 8]
        await shop.call("UNSUBSCRIBE", {"merchant": True})
        await until_channels(redis_server, "relay:events:{shop}:content:post-7")
        await pay(taking)
        await pay(taking, (await invoice(taking.url, keys["shop"], contentId="post-7"))["memo"])
        await shop.until(lambda events: len(events) == 8)
        assert [event["seq"] for event in shop.events[6:]] == [11, 12]
    await until_channels(redis_server)
