"""SUBSCRIBE: who may hear what, replay without gap or repeat, across processes and a Redis restart."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp
import pytest

from relay.devnet.network import DevNode
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.listener import Listener
from tests.servers.redis import RedisServer
from tests.servers.relay_process import RelayProcess, prepare


async def pay(url: str, times: int, **wish: Any) -> None:
    """Pay the shop so often, and wait until each is settled."""
    async with Listener(url) as payer:
        for _ in range(times):
            await payer.call("CRYPTOTRANSFER", signed(**wish))
        await payer.until(lambda events: sum(event["status"] == "settled" for event in events) == times)


def numbers(listener: Listener) -> list[int]:
    return [event["seq"] for event in listener.events]


async def test_missed_events_come_first_in_order_then_live(relay: RelayProcess, keys: dict[str, str]) -> None:
    await pay(relay.url, 5)
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        told = await shop.call("SUBSCRIBE", {"merchant": True, "after": 4})
        assert told == {"stream": "merchant:shop", "seq": 10, "replayed": 6}
        assert numbers(shop) == [5, 6, 7, 8, 9, 10]
        await pay(relay.url, 1)
        await shop.until(lambda events: len(events) == 8)
        assert numbers(shop) == list(range(5, 13))


async def test_joining_in_the_middle_of_traffic_misses_and_repeats_nothing(
    relay: RelayProcess, keys: dict[str, str]
) -> None:
    paying = asyncio.create_task(pay(relay.url, 100))
    listeners = [Listener(relay.url, {"apiKey": keys["shop"]}) for _ in range(10)]
    for listener in listeners:
        await listener.__aenter__()
        await listener.call("SUBSCRIBE", {"merchant": True, "after": 0})
    await paying
    for listener in listeners:
        await listener.until(lambda events: len(events) >= 200)
        assert numbers(listener) == list(range(1, 201))
        await listener.__aexit__()


async def test_a_wrong_key_refuses_the_connection(relay: RelayProcess) -> None:
    with pytest.raises(ConnectionRefusedError, match="unauthorized"):
        async with Listener(relay.url, {"apiKey": "sk_" + "x" * 43}):
            pass


async def test_nobody_hears_what_is_not_his(relay: RelayProcess, keys: dict[str, str]) -> None:
    mine = await invoice(relay.url, keys["shop"])
    other = await invoice(relay.url, keys["shop"])
    async with (
        Listener(relay.url, {"apiKey": keys["blog"]}) as blog,
        Listener(relay.url) as stranger,
        Listener(relay.url) as page,
    ):
        await blog.call("SUBSCRIBE", {"merchant": True, "after": 0})
        await page.call("SUBSCRIBE", {"invoice": other["id"], "secret": other["secret"], "after": 0})
        for wish in (
            {"merchant": True},
            {"invoice": mine["id"], "secret": other["secret"]},
            {"invoice": mine["id"], "secret": ""},
            {"invoice": mine["id"]},
            {"invoice": "inv_0", "secret": "ivs_0"},
            {"merchant": "shop"},
            {"merchant": True, "after": -1},
            {"merchant": True, "after": "1"},
            {"merchant": True, "after": True},
            {},
            None,
            [],
            "shop",
        ):
            assert "error" in await stranger.call("SUBSCRIBE", wish), wish
        await pay(relay.url, 1, memo=mine["memo"])
        assert blog.events == stranger.events == page.events == []
        assert (await get(relay.url, "/v1/events", keys["blog"]))[1]["data"] == []


async def test_clients_cannot_speak_as_the_relay(relay: RelayProcess, keys: dict[str, str]) -> None:
    async with Listener(relay.url) as liar, Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
        for event in ("CRYPTOTRANSFER_RESPONSE", "NETWORK_STATUS", "payment.settled", "connect_error"):
            assert (await liar.call(event, {"status": "settled"}))["error"]["code"] == "invalid_request"
        await pay(relay.url, 1)
        await shop.until_status("settled")
        assert numbers(shop) == [1, 2]


async def test_one_content_can_be_followed_alone(relay: RelayProcess, keys: dict[str, str]) -> None:
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True, "content": "138", "after": 0})
        await pay(relay.url, 1, memo="383,137")
        await pay(relay.url, 1, memo="383,138")
        await shop.until_status("settled")
        assert [event["contentId"] for event in shop.events] == ["138", "138"]
        assert await shop.call("UNSUBSCRIBE", {"merchant": True, "content": "138"}) == {"stream": "merchant:shop"}
        await pay(relay.url, 1, memo="383,138")
        assert len(shop.events) == 2


async def test_a_replay_that_breaks_leaves_no_subscription(
    relay: RelayProcess, keys: dict[str, str], sqlite_url: str
) -> None:
    await pay(relay.url, 1)
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)) as db:
        async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
            await shop.call("SUBSCRIBE", {"merchant": True})
            db.execute("ALTER TABLE events RENAME TO away")
            broken = await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
            db.execute("ALTER TABLE away RENAME TO events")
            assert broken["error"]["code"] == "internal"
            gone = await shop.call("UNSUBSCRIBE", {"merchant": True})
            assert gone["error"]["code"] == "not_found"
            await pay(relay.url, 1)
            assert (await shop.call("SUBSCRIBE", {"merchant": True, "after": 0}))["replayed"] == 4
            assert numbers(shop) == [1, 2, 3, 4]


async def test_who_stops_following_during_the_replay_hears_nothing_after_it(
    relay: RelayProcess, keys: dict[str, str]
) -> None:
    await pay(relay.url, 1)
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        joined, parted = await asyncio.gather(
            shop.call("SUBSCRIBE", {"merchant": True, "after": 0}), shop.call("UNSUBSCRIBE", {"merchant": True})
        )
        assert joined["replayed"] == 2
        assert parted == {"stream": "merchant:shop"}
        await pay(relay.url, 1)
        await shop.call("SUBSCRIBE", {"merchant": True, "content": "137"})  # what was on its way is here by now
        assert numbers(shop) == [1, 2]


async def test_the_same_events_everywhere(relay: RelayProcess, keys: dict[str, str]) -> None:
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True})
        await pay(relay.url, 3)
        await shop.until(lambda events: len(events) == 6)
    status, page = await get(relay.url, "/v1/events?after=0&limit=4", keys["shop"])
    _, rest = await get(relay.url, f"/v1/events?after={page['next']}", keys["shop"])
    assert (status, page["hasMore"], rest["hasMore"]) == (200, True, False)
    assert page["data"] + rest["data"] == shop.events


async def test_server_sent_events_resume_by_their_id(relay: RelayProcess, keys: dict[str, str]) -> None:
    async def read(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
        found = []
        async for line in response.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
                if len(found) == count:
                    break
        return found

    await pay(relay.url, 2)
    headers = {"Authorization": f"Bearer {keys['shop']}", "Last-Event-ID": "1"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(relay.url + "/v1/events/stream") as response,
        asyncio.timeout(40),
    ):
        assert response.content_type == "text/event-stream"
        assert [event["seq"] for event in await read(response, 3)] == [2, 3, 4]
        await pay(relay.url, 1)
        assert [event["seq"] for event in await read(response, 2)] == [5, 6]


@pytest.mark.parametrize("with_redis", [True, False], ids=["redis", "no redis"])
async def test_sent_to_one_relay_heard_at_the_other_once(
    postgres_url: str, redis_server: RedisServer, devnet: DevNode, start_relay: Start, with_redis: bool
) -> None:
    keys = await prepare(postgres_url, MERCHANTS)
    redis = redis_server.url if with_redis else None
    sending = await start_relay(postgres_url, devnet, redis=redis)
    hearing = await start_relay(postgres_url, devnet, redis=redis)
    async with Listener(hearing.url, {"apiKey": keys["shop"]}) as shop:
        await shop.call("SUBSCRIBE", {"merchant": True, "after": 0})
        await pay(sending.url, 10)
        await shop.until(lambda events: len(events) >= 20)
        assert numbers(shop) == list(range(1, 21))
        if with_redis:
            redis_server.kill()
            await pay(sending.url, 5)
            await shop.until(lambda events: len(events) >= 30)
            redis_server.start()
        await pay(sending.url, 5)
        await pay(hearing.url, 5)
        end = 50 if with_redis else 40
        await shop.until(lambda events: len(events) >= end)
        assert numbers(shop) == list(range(1, end + 1))
    assert (await post(hearing.url, "/v1/invoices", keys["shop"], json={}))[0] == 400


async def test_workers_share_a_port_without_sticky_sessions(
    postgres_url: str, redis_server: RedisServer, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(postgres_url, MERCHANTS)
    relay = await start_relay(postgres_url, devnet, redis=redis_server.url, workers=2)
    listeners = [Listener(relay.url, {"apiKey": keys["shop"]}) for _ in range(8)]
    for listener in listeners:
        await listener.__aenter__()
        await listener.call("SUBSCRIBE", {"merchant": True, "after": 0})
    await asyncio.gather(*(pay(relay.url, 3) for _ in range(4)))
    for listener in listeners:
        await listener.until(lambda events: len(events) >= 24)
        assert numbers(listener) == list(range(1, 25))
        await listener.__aexit__()
    assert await relay.stop() == 0


async def test_a_reader_that_does_not_read_is_cut_off_and_comes_back_for_the_rest(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, server="requests_per_second = 1000000.0")
    await pay(relay.url, 3)
    host, port = relay.url.removeprefix("http://").split(":")
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as reader:
        await reader.call("SUBSCRIBE", {"merchant": True, "after": 0})
        sleeper = socket.socket()
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # what the kernel holds for it is not the test
        sleeper.connect((host, int(port)))
        sleeper.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        sleeper.setblocking(False)
        loop = asyncio.get_running_loop()
        auth = json.dumps({"apiKey": keys["shop"]})
        wish = json.dumps(["SUBSCRIBE", {"merchant": True, "after": 0}])
        await loop.sock_sendall(sleeper, frame(f"40{auth}"))
        async with asyncio.timeout(40):
            with pytest.raises(ConnectionError):  # the relay hangs up; until then it is asked for replays nobody reads
                while True:
                    await loop.sock_sendall(sleeper, frame(f"420{wish}"))
        sleeper.close()
        await pay(relay.url, 2)
        await reader.until(lambda events: len(events) == 10)
    async with Listener(relay.url, {"apiKey": keys["shop"]}) as again:
        await again.call("SUBSCRIBE", {"merchant": True, "after": 0})
        assert numbers(again) == numbers(reader) == list(range(1, 11))


def frame(text: str) -> bytes:
    """A masked websocket text frame; the mask is zeros."""
    raw = text.encode()
    return bytes([0x81, 0x80 | 126]) + len(raw).to_bytes(2) + b"\x00\x00\x00\x00" + raw
