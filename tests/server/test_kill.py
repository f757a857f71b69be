"""kill -9 at random instants: nothing is lost, nothing is doubled, whoever listens has it all."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from relay.devchain.ports import free_port
from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from tests.conftest import CONSENSUS, MERCHANTS, Start
from tests.scale.load import AWAY, Shop
from tests.server.paying import get, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

PAYMENTS = 240
KILLS = 8
PAYERS = 8
AMOUNT = 1_000


class Wallet:
    """Sends one payment after the other; what got no answer it sends again, the same bytes."""

    def __init__(self, relay: RelayProcess, up: asyncio.Event) -> None:
        self.relay, self.up = relay, up
        self.answered = 0

    async def pay(self, times: int) -> None:
        raw = b""
        while self.answered < times:
            await self.up.wait()
            with contextlib.suppress(*AWAY):
                async with Listener(self.relay.url) as socket:
                    while self.answered < times:
                        raw = raw or signed()  # only now: two minutes later it is worth nothing
                        answer = await socket.call("CRYPTOTRANSFER", raw, seconds=5)
                        if answer["reason"] in ("overloaded", "node_unreachable"):
                            continue
                        assert answer["status"] in ("accepted", "submitted", "settled"), answer
                        raw = b""
                        self.answered += 1
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_killed_at_random_instants_every_payment_settles_once(
    sqlite_url: str, postgres_url: str, start_relay: Start
) -> None:
    """On both databases at once: half of it is waiting for leases to run out."""
    async with (
        open_devnet(port=free_port(), consensus=CONSENSUS) as one,
        open_devnet(port=free_port(), consensus=CONSENSUS) as other,
        asyncio.TaskGroup() as both,
    ):
        both.create_task(killed_and_started_again(sqlite_url, one, start_relay), name="SQLite")
        both.create_task(killed_and_started_again(postgres_url, other, start_relay), name="PostgreSQL")


async def killed_and_started_again(database_url: str, devnet: DevNode, start_relay: Start) -> None:
    keys = await prepare(database_url, MERCHANTS)
    before = devnet.ledger.balance(2001)
    relay = await start_relay(database_url, devnet)
    up = asyncio.Event()
    up.set()
    wallets = [Wallet(relay, up) for _ in range(PAYERS)]
    shop = Shop(relay, keys["shop"])
    listening = asyncio.create_task(shop.listen())
    paying = [asyncio.create_task(wallet.pay(PAYMENTS // PAYERS)) for wallet in wallets]
    rng = random.Random(20261121)
    for kill in range(1, KILLS + 1):
        due = PAYMENTS * kill // (KILLS + 1)  # spread over the work, whatever the machine's speed
        while sum(wallet.answered for wallet in wallets) < due:
            await asyncio.sleep(0.005)
        await asyncio.sleep(rng.random() * 0.05)
        up.clear()
        await relay.kill()
        await relay.start()
        up.set()
    await asyncio.gather(*paying)

    async def open_payments() -> int:
        found = 0
        for status in ("accepted", "submitted"):
            found += len((await get(relay.url, f"/v1/payments?status={status}&limit=500", keys["shop"]))[1]["data"])
        return found

    async with asyncio.timeout(90):  # a lease that a dead process held has to run out first
        while await open_payments():
            await asyncio.sleep(0.1)
    log: list[dict[str, object]] = []
    while True:
        after = log[-1]["seq"] if log else 0
        page = (await get(relay.url, f"/v1/events?after={after}&limit=500", keys["shop"]))[1]
        log += page["data"]
        if not page["hasMore"]:
            break
    async with asyncio.timeout(30):
        while len(shop.heard) < len(log):
            await asyncio.sleep(0.02)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert devnet.ledger.balance(2001) - before == PAYMENTS * AMOUNT
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    settled = [event["transactionId"] for event in log if event["status"] == "settled"]
    assert len(settled) == len(set(settled)) == PAYMENTS
    assert [event["id"] for event in shop.heard] == [event["id"] for event in log]
