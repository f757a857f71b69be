"""Budgets: one for all processes through Redis, one of each process while Redis is away, never none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import aiohttp
import pytest
import redis.asyncio as redis
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.devnet.network import DevNode
from relay.errors import RateLimited
from relay.server.budgets import OwnBudgets
from relay.server.limits import Rate
from relay.server.shared_budgets import PREFIX, RETRY_SECONDS, SharedBudgets
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, post
from tests.servers.redis import RedisServer
from tests.servers.relay_process import prepare

SECONDS = 30.0  # for Redis to answer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def slow(clock: Clock) -> Rate:
    """Three at once, and the next in 100 seconds: what is left does not depend on how fast the test is."""
    return Rate(0.01, 3, clock)


def patient(url: str, clock: Callable[[], float] = time.monotonic) -> SharedBudgets:
    """A relay waits half a second for Redis; on a busy machine it may take longer."""
    return SharedBudgets(url, clock, answer_seconds=SECONDS)


async def test_all_processes_take_from_one_bucket(redis_server: RedisServer) -> None:
    one, two = patient(redis_server.url), patient(redis_server.url)
    rate = slow(Clock())
    assert [(await each.take("a", rate)).left for each in (one, two, one)] == [2, 1, 0]
    refused = await two.take("a", rate)
    assert (refused.left, refused.limit) == (0, 3) and 90 < refused.wait <= 101 and 290 < refused.reset <= 300
    with pytest.raises(RateLimited, match="try again in"):
        refused.require()
    assert (await two.take("b", rate)).wait == 0
    await one.close()
    await two.close()


async def test_of_many_at_once_only_so_many_are_let_through(redis_server: RedisServer) -> None:
    processes = [patient(redis_server.url) for _ in range(4)]
    rate = Rate(0.01, 20, Clock())
    taken = await asyncio.gather(*(processes[number % 4].take("a", rate) for number in range(100)))
    assert sum(budget.wait == 0 for budget in taken) == 20
    for each in processes:
        await each.close()


async def test_a_bucket_refills_by_rediss_clock_and_is_forgotten_when_full(redis_server: RedisServer) -> None:
    budgets, rate, taken = patient(redis_server.url), Rate(5, 2, Clock()), 0
    async with asyncio.timeout(30):
        while not (await budgets.take("a" * 10_000, rate)).wait:
            taken += 1
        assert taken >= 2
        while (budget := await budgets.take("a" * 10_000, rate)).wait:  # 200 ms
            assert budget.wait == 1
    async with redis.from_url(redis_server.url) as client, asyncio.timeout(30):
        while not (names := await client.keys(PREFIX + "*")):  # forgotten already, while this machine was busy
            await budgets.take("a" * 10_000, rate)
        assert [len(name) for name in names] == [len(PREFIX) + 32]
        left = await client.pttl(names[0])
        assert left != -1 and left <= 1_400  # -1 would be for ever
    await budgets.close()


async def test_while_redis_is_away_there_is_still_a_limit(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    budgets, rate = patient(redis_server.url, clock), slow(clock)
    assert (await budgets.take("a", rate)).left == 2
    redis_server.kill()
    assert [(await budgets.take("a", rate)).wait == 0 for _ in range(5)] == [True, True, True, False, False]
    clock.now += RETRY_SECONDS
    assert (await budgets.take("a", rate)).wait  # asked again, and away as before
    assert [record.message for record in caplog.records] == ["Redis does not keep budgets; ours hold"]
    redis_server.start()
    assert (await budgets.take("a", rate)).wait  # not asked again so soon
    clock.now += RETRY_SECONDS
    assert (await budgets.take("a", rate)).left == 2  # Redis again, which forgot
    await budgets.close()


async def test_what_is_not_redis_limits_nobody_out_and_nobody_in() -> None:
    async def junk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(junk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    budgets, rate = patient(f"redis://127.0.0.1:{port}/0"), slow(Clock())
    assert [(await budgets.take("a", rate)).wait == 0 for _ in range(4)] == [True, True, True, False]
    await budgets.close()
    server.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from("ab"), st.integers(1, 4)), max_size=40))
def test_own_budgets_say_what_the_bucket_holds(steps):
    clock = Clock()
    rate, budgets = Rate(2, 4, clock), OwnBudgets()

    async def walk() -> None:
        for pause, client, cost in steps:
            clock.now += pause
            before = rate.left(client)
            budget = await budgets.take(client, rate, cost)
            assert 0 <= budget.left <= budget.limit == 4
            if budget.wait:
                assert before < cost
                clock.now += budget.wait
                assert (await budgets.take(client, rate, cost)).wait == 0

    asyncio.run(walk())


async def test_two_relays_count_one_key_and_one_site_together(
    sqlite_url: str, devnet: DevNode, start_relay: Start, redis_server: RedisServer
) -> None:
    keys = await prepare(sqlite_url, MERCHANTS)
    rates = "key_requests_per_second = 2.0\norigin_requests_per_second = 1.0"
    waits = "&".join(f"{which}={SECONDS}" for which in ("socket_timeout", "socket_connect_timeout", "timeout"))
    url = f"{redis_server.url}?{waits}"  # else each counts alone for a while
    relays = [await start_relay(sqlite_url, devnet, redis=url, server=rates) for _ in range(2)]
    wish = {"scopes": ["invoices:write"], "publishable": True, "origins": ["https://a.example", "https://b.example"]}
    _, page = await post(relays[0].url, "/v1/keys", keys["blog"], json=wish)

    async def ask(key: str, **headers: str) -> list[tuple[int, dict[str, str]]]:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}", **headers}) as http:

            async def one(number: int) -> tuple[int, dict[str, str]]:
                async with http.get(f"{relays[number % 2].url}/v1/invoices/inv_1") as response:
                    return response.status, dict(response.headers)

            return list(await asyncio.gather(*(one(number) for number in range(24))))

    began = time.monotonic()
    answers = await ask(keys["shop"])
    refused = [headers for status, headers in answers if status == 429]
    assert 24 - len(refused) <= 4 + 2 * (time.monotonic() - began)  # four at once, two more each second
    assert refused and all(int(headers["Retry-After"]) >= 1 for headers in refused)
    assert {headers["RateLimit-Limit"] for headers in refused} == {"4"}
    assert {headers["RateLimit-Remaining"] for headers in refused} <= {"0", "1"}
    answers = await ask(page["key"], Origin="https://a.example")
    limits = {headers["RateLimit-Limit"] for status, headers in answers if status == 429}
    assert "2" in limits
    assert (await get(relays[0].url, "/v1/invoices/inv_1"))[0] == 404  # without a key: the address has its own budget
