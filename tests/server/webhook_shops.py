"""Merchants with endpoints at a real relay, on either database, and a receiver: fixtures for what is told to them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from tests.conftest import CONSENSUS, MERCHANTS
from tests.server.paying import get, post
from tests.server.test_watch import QUICK as WATCHING
from tests.servers.receiver import Receiver, receiver
from tests.servers.relay_process import RelayProcess, prepare

QUICK = """
[webhooks]
allow_private = true
retry_seconds = [0, 0.2, 0.4, 0.8, 1.6, 3, 3, 3, 3, 3]
disable_after_seconds = 3_600
"""


class Shop:
    """A merchant with his relay, and the endpoints he made."""

    def __init__(self, relay: RelayProcess, merchant: str, key: str) -> None:
        self.relay, self.merchant, self.key = relay, merchant, key

    async def post(self, path: str, **fields: Any) -> tuple[int, Any]:
        return await post(self.relay.url, path, self.key, json=fields)

    async def get(self, path: str) -> Any:
        status, body = await get(self.relay.url, path, self.key)
        assert status == 200, body
        return body

    async def call(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.key}"}) as http,
            http.request(method, self.relay.url + path, json=fields or None) as response,
        ):
            return response.status, await response.json(content_type=None)

    async def endpoint(self, url: str, **fields: Any) -> dict[str, Any]:
        status, body = await self.post("/v1/webhooks", url=url, **fields)
        assert status == 201, body
        return dict(body)

    async def pay(self, transaction: bytes) -> dict[str, Any]:
        raw = base64.b64encode(transaction).decode()
        status, body = await post(self.relay.url, "/v1/payments", json={"network": "hedera:devnet", "transaction": raw})
        assert status in (200, 201, 202), body
        return dict(body)

    async def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = await self.get(f"/v1/events?limit=500&after={found[-1]['seq'] if found else 0}")
            found += page["data"]
            if not page["hasMore"]:
                return found

    async def delivered(self, endpoint: dict[str, Any], **wanted: Any) -> list[dict[str, Any]]:
        """Wait until the delivery log has a line like this, and return all of them."""
        async with asyncio.timeout(40):
            while True:
                lines: list[dict[str, Any]] = (await self.get(f"/v1/webhooks/{endpoint['id']}/deliveries"))["data"]
                if any(all(line[name] == value for name, value in wanted.items()) for line in lines):
                    return lines
                await asyncio.sleep(0.05)

    async def forget_endpoints(self) -> None:
        """Leave nothing under way for the next test."""
        async with asyncio.timeout(40):
            while any([(await self.get(f"/v1/payments?status={on}"))["data"] for on in ("accepted", "submitted")]):
                await asyncio.sleep(0.02)
        for each in (await self.get("/v1/webhooks"))["data"]:
            await self.call("DELETE", f"/v1/webhooks/{each['id']}")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('webhooks')}/relay.db"
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def devnet() -> AsyncIterator[DevNode]:
    async with open_devnet(consensus=CONSENSUS) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shops(
    database: str, devnet: DevNode, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[dict[str, Shop]]:
    keys = await prepare(database, MERCHANTS)
    folder = tmp_path_factory.mktemp("relay")
    async with RelayProcess(folder, database, devnet.network, devnet.mirror, extra=QUICK, chain=WATCHING) as relay:
        yield {merchant: Shop(relay, merchant, key) for merchant, key in keys.items()}


@pytest_asyncio.fixture(loop_scope="module")
async def shop(shops: dict[str, Shop]) -> AsyncIterator[Shop]:
    yield shops["shop"]
    await shops["shop"].forget_endpoints()


@pytest_asyncio.fixture(loop_scope="module")
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as here:
        yield here
