"""Server-sent events: how many one merchant may read at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from http import HTTPStatus

import aiohttp

from relay.devnet.network import DevNode
from tests.conftest import MERCHANTS, Start
from tests.servers.relay_process import prepare


async def test_a_merchant_reads_only_so_many_streams_and_one_that_ends_makes_room(
    sqlite_url: str, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(sqlite_url, MERCHANTS)
    relay = await start_relay(sqlite_url, devnet, server="event_streams = 2")
    url = f"{relay.url}/v1/events/stream"
    async with aiohttp.ClientSession() as http, AsyncExitStack() as open_ones:

        async def read(merchant: str) -> aiohttp.ClientResponse:
            asking = http.get(url, headers={"Authorization": f"Bearer {keys[merchant]}"})
            return await open_ones.enter_async_context(asking)

        first, second = await read("shop"), await read("shop")
        assert first.status == second.status == HTTPStatus.OK
        refused = await read("shop")
        assert refused.status == HTTPStatus.TOO_MANY_REQUESTS
        problem = await refused.json(content_type=None)
        assert problem["code"] == "rate_limited"
        assert problem["detail"] == "at most 2 event streams of one merchant at once; wait for one to end"
        assert (await read("blog")).status == HTTPStatus.OK  # another merchant is not concerned
        first.close()
        async with asyncio.timeout(60):
            while (await read("shop")).status != HTTPStatus.OK:
                pass
