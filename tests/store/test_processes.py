"""Two relays on one database."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from relay.store.database import Database
from relay.store.journal import Journal
from tests.store.hammer import LAPS

ROOT = Path(__file__).parents[2]
PAYMENTS = 100


async def test_two_processes_share_merchants_and_lose_or_repeat_no_number(
    database: Database, database_url: str
) -> None:
    merchants = ["shop", "rival", "third"]

    one = await hammer(database_url, "one", merchants)
    two = await hammer(database_url, "two", merchants[::-1])
    async with asyncio.timeout(100):
        for _ in range(LAPS):
            await asyncio.gather(ready(one), ready(two))
            go(one)
            go(two)
        assert [await one.wait(), await two.wait()] == [0, 0]

    journal = Journal(database)
    payments = PAYMENTS // 2 * 3  # half of them were presented by both
    assert await journal.heads(merchants) == dict.fromkeys(merchants, 2 * payments)
    for merchant in merchants:
        events = await journal.events(merchant, 0, 1000)
        assert [event.seq for event in events] == list(range(1, 2 * payments + 1))
        assert len({event.payment for event in events}) == payments
        by_one = [event.seq for event in events if event.id.startswith("evt_pay_one")]
        by_two = [event.seq for event in events if event.id.startswith("evt_pay_two")]
        assert by_one[0] < by_two[-1], "the processes did not overlap: this run shows nothing"
        assert by_two[0] < by_one[-1], "the processes did not overlap: this run shows nothing"


async def hammer(url: str, name: str, merchants: list[str]) -> Process:
    command = [sys.executable, "-m", "tests.store.hammer", url, name, str(PAYMENTS), *merchants]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)


async def ready(process: Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"


def go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
