"""Three relays on three hosts over one Redis, one PostgreSQL and one set of nodes, and what must be true of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from relay.store.database import Database, open_database
from tests.conftest import MERCHANTS
from tests.scale.hosts import Hosts, open_hosts
from tests.scale.load import Payer, Shop
from tests.server.paying import get, post
from tests.servers.postgres import start_postgres
from tests.servers.receiver import Receiver, receiver
from tests.servers.redis import RedisServer
from tests.servers.relay_process import RelayProcess, prepare

RELAYS = 3
AMOUNT = 1_000  # of each payment
SECONDS = 100.0
OPEN = "SELECT COUNT(*) AS number FROM payments WHERE status IN ('accepted', 'submitted')"


@dataclass
class Fleet:
    """`key` is the shop's."""

    hosts: Hosts
    relays: list[RelayProcess]
    db: Database
    devnet: DevNode
    webhooks: Receiver
    key: str
    payers: list[Payer] = field(default_factory=list)
    shops: list[Shop] = field(default_factory=list)

    @property
    def paid(self) -> int:
        return sum(payer.paid for payer in self.payers)

    async def more(self, payments: int) -> None:
        """Wait until so many more were taken."""
        enough = self.paid + payments
        await until(lambda: self.paid >= enough, f"{payments} payments are taken")

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Payments all the time, through every relay; when the block ends, everything about them must be right."""
        stopping = asyncio.Event()
        before, had = self.devnet.ledger.balance(2001), self.paid
        async with asyncio.TaskGroup() as tasks:
            for payer in self.payers:
                tasks.create_task(payer.pay_on(stopping))
            try:
                yield
            finally:
                stopping.set()
        await self._over()
        await self._check(self.paid - had, self.devnet.ledger.balance(2001) - before)

    async def forget_leases(self) -> None:
        """As if the time were over that whoever is dead had promised to look after its payments."""
        await self.db.write(lambda tx: tx.run("UPDATE payments SET due_at = 0 WHERE due_at IS NOT NULL"))

    async def _over(self) -> None:
        async with asyncio.timeout(SECONDS):
            while (await self.db.read(lambda tx: tx.one(OPEN)))["number"]:  # type: ignore[index]
                await asyncio.sleep(0.05)

    async def _check(self, payments: int, moved: int) -> None:
        """Nothing lost, nothing doubled in effect."""
        log = await self._log(self.relays[0])
        assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
        settled = [event["transactionId"] for event in log if event["status"] == "settled"]
        assert len(settled) == len(set(settled)) == self.paid
        assert moved == payments * AMOUNT
        for number, shop in enumerate(self.shops):
            await until(lambda shop=shop: len(shop.heard) >= len(log), f"shop {number} has heard everything")  # type: ignore[misc]
            assert [event["id"] for event in shop.heard] == [event["id"] for event in log], number
        told = {event["id"] for event in log}
        await until(lambda: {call.id for call in self.webhooks.calls} >= told, "every webhook was delivered")
        assert {call.id for call in self.webhooks.calls} == told

    async def _log(self, relay: RelayProcess) -> list[dict[str, Any]]:
        log: list[dict[str, Any]] = []
        async with asyncio.timeout(SECONDS):
            while True:
                after = log[-1]["seq"] if log else 0
                status, page = await get(relay.url, f"/v1/events?after={after}&limit=500", self.key)
                if status == 503:  # it was cut off from its database a moment ago
                    await asyncio.sleep(0.1)
                    continue
                log += page["data"]
                if not page["hasMore"]:
                    return log


async def until(true: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(SECONDS):
            while not true():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not in {SECONDS} s: {what}") from None


@asynccontextmanager
async def open_fleet(folder: Path) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        hosts = stack.enter_context(open_hosts(RELAYS))
        server = stack.enter_context(start_postgres(also=hosts.service("postgres")))
        url = stack.enter_context(server.database()).replace("127.0.0.1", hosts.service("postgres"))
        redis = RedisServer(folder, hosts.service("redis"))
        redis.start()
        stack.callback(redis.kill)
        devnet = await stack.enter_async_context(
            open_devnet(hosts.service("nodes"), consensus=timedelta(milliseconds=30))
        )
        webhooks = await stack.enter_async_context(receiver(host=hosts.service("clients")))
        keys = await prepare(url, MERCHANTS)
        relays = [
            RelayProcess(
                folder,
                url,
                devnet.network,
                devnet.mirror,
                redis=redis.url,
                server="requests_per_second = 10000.0\ndrain_seconds = 5.0",
                chain="[webhooks]\nallow_private = true\nretry_seconds = [0, 0.2, 0.5, 1, 1, 1, 1, 1, 1, 1]",
                address=hosts.address(number),
                network=name,
            )
            for number, name in enumerate(hosts.names)
        ]
        for relay in relays:
            await stack.enter_async_context(relay)
        status, _ = await post(relays[0].url, "/v1/webhooks", keys["shop"], json={"url": webhooks.url})
        assert status == 201
        db = await stack.enter_async_context(open_database(url))
        fleet = Fleet(hosts, relays, db, devnet, webhooks, keys["shop"])
        fleet.payers = [Payer(relays, number) for number in range(RELAYS)]
        fleet.shops = [Shop(relay, keys["shop"]) for relay in relays]
        listening = [asyncio.create_task(shop.listen()) for shop in fleet.shops]
        try:
            yield fleet
        finally:
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
