"""kill -9 with 1,000 webhooks pending, and several processes: all are delivered, duplicates only by id."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from relay.chain import Receipt, SignedTransfer, Taken
from relay.devnet.network import DevNode
from relay.money import ChainId
from relay.payment import OVER, Payment, advance
from relay.store.database import Database, open_database
from relay.store.journal import Journal
from relay.wire.events import payment_event
from tests.changed import replace
from tests.conftest import MERCHANTS, Start
from tests.server.paying import signed
from tests.server.webhook_shops import Shop
from tests.servers.receiver import Call, Receiver, receiver
from tests.servers.relay_process import prepare
from tests.store.nouns import a_payment

PAYMENTS = 250  # of each merchant, each with two events
PENDING = 2 * 2 * PAYMENTS
DEVELOPMENT = "[webhooks]\nallow_private = true\nretry_seconds = [0, 0.2, 0.5, 1, 1, 1, 1, 1, 1, 1]"
DEVNET = ChainId.parse("hedera:devnet")


async def record(db: Database, merchant: str, now: datetime) -> None:
    """A payment that was submitted and settled, as another process would have recorded it."""
    journal = Journal(db)
    payment = a_payment(merchant, created=now, updated=now)
    payment = replace(payment, signed=SignedTransfer(DEVNET, "signed", payment.signed.raw))
    await journal.accept(payment, now + timedelta(hours=1))
    for fact in (Taken(0), Receipt(ok=True, code=22, name="SUCCESS")):
        payment = await step(journal, payment, advance(payment, fact, now))


async def step(journal: Journal, before: Payment, after: Payment) -> Payment:
    due = None if after.status in OVER else after.updated + timedelta(hours=1)
    id = f"evt_{after.id}_{after.status}"
    await journal.record(before, after, due, lambda seq, stands: payment_event(after, id=id, seq=seq, token=None))
    return after


def ids(calls: list[Call]) -> set[str]:
    return {call.id for call in calls}


def in_order(calls: list[Call]) -> None:
    """Of each payment the first sending of one event comes before the first of the next, whatever is repeated."""
    first: dict[str, list[int]] = {}
    seen: set[str] = set()
    for call in calls:
        if call.id not in seen:
            seen.add(call.id)
            first.setdefault(call.event["payment"], []).append(call.event["seq"])
    assert all(seqs == sorted(seqs) for seqs in first.values())


@pytest.mark.slow
async def test_killed_with_a_thousand_webhooks_pending_all_are_delivered_after_the_restart(
    database_url: str, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(database_url, MERCHANTS)
    relay = await start_relay(database_url, devnet, extra=DEVELOPMENT)
    async with receiver() as hook:
        hook.hold = asyncio.Event()  # nobody is answered yet
        for merchant, key in keys.items():
            await Shop(relay, merchant, key).endpoint(f"{hook.url}/{merchant}")
        assert await relay.stop() == 0  # or a slow machine's first calls would be given up before the last is pending
        now = datetime.now(UTC)
        async with open_database(database_url, patience=60) as db:  # 1,500 writes wait at once
            await asyncio.gather(*(record(db, merchant, now) for merchant in keys for _ in range(PAYMENTS)))
        await relay.start()
        await hook.until(lambda calls: len(calls) >= 16)
        await relay.kill()
        before = len(hook.calls)
        assert len(ids(hook.calls)) == 16

        hook.hold.set()
        await relay.start()
        calls = await hook.until(lambda calls: len(ids(calls)) == PENDING, seconds=60)

        bodies = {(call.id, call.body) for call in calls}
        assert len(bodies) == PENDING, "what is sent twice is the same"
        assert len(calls) == PENDING + before, "and only what was under way when it was killed"
        in_order([call for call in calls if call.path == "/shop"])
        in_order([call for call in calls if call.path == "/blog"])
        assert await relay.stop() == 0


async def test_two_processes_share_the_work_and_a_stopped_one_leaves_its_share_at_once(
    postgres_url: str, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(postgres_url, MERCHANTS)
    one = await start_relay(postgres_url, devnet, extra=DEVELOPMENT)
    two = await start_relay(postgres_url, devnet, extra=DEVELOPMENT)
    async with receiver() as shop, receiver() as blog:
        await Shop(one, "shop", keys["shop"]).endpoint(shop.url)
        await Shop(two, "blog", keys["blog"]).endpoint(blog.url)
        await asyncio.gather(
            *(Shop(one, "shop", keys["shop"]).pay(signed()) for _ in range(5)),
            *(Shop(two, "blog", keys["blog"]).pay(signed(pay_to=[("0.0.2002", 7)])) for _ in range(5)),
        )
        await all_of(shop, 10)
        await all_of(blog, 10)
        assert [len(shop.calls), len(blog.calls)] == [10, 10], "no call is made twice"

        assert await two.stop() == 0
        shop.hold = asyncio.Event()
        await Shop(one, "shop", keys["shop"]).pay(signed())
        await all_of(shop, 11)  # by the one there is
        await two.start()
        holding = await holders(postgres_url)
        began = asyncio.get_running_loop().time()
        assert await one.stop() == 0
        assert asyncio.get_running_loop().time() - began < 13, "a receiver that hangs does not hold a stop up"
        assert holding and not holding & await holders(postgres_url), "and nobody waits for its lease to end"
        shop.hold.set()
        await all_of(shop, 12)  # by the other one
        assert len(shop.calls) == 13, "the call that was cut off is made again"


async def holders(database: str) -> set[str]:
    """Who holds the shop's endpoint."""
    async with open_database(database) as db:
        rows = await db.read(lambda tx: tx.all("SELECT holder FROM webhook_endpoints WHERE merchant = 'shop'"))
    return {row["holder"] for row in rows} - {None}


async def all_of(hook: Receiver, number: int) -> None:
    await hook.until(lambda calls: len(ids(calls)) == number)
