"""A relay that is cut off amid a transaction leaves its locks to the others."""

from __future__ import annotations

import asyncio
import contextlib

from relay.errors import RelayError
from relay.store.database import open_database
from relay.store.postgres import SILENT_SECONDS, Postgres
from tests.conftest import MERCHANTS
from tests.servers.relay_process import prepare

COUNT = "INSERT INTO heads (merchant, seq) VALUES ('shop', 1) ON CONFLICT (merchant) DO UPDATE SET seq = heads.seq + 1"


async def test_a_transaction_that_fell_silent_holds_a_merchant_up_for_seconds_only(postgres_url: str) -> None:
    await prepare(postgres_url, MERCHANTS)
    cut_off = Postgres(postgres_url).connect(writes=True)
    cut_off.begin()
    cut_off.run(COUNT)
    async with open_database(postgres_url) as db, asyncio.timeout(SILENT_SECONDS + 40):
        written = 0
        while not written:
            with contextlib.suppress(RelayError):  # it waits half a second for the lock, and again
                written = await db.write(lambda tx: tx.run(COUNT))
        head = await db.read(lambda tx: tx.one("SELECT seq FROM heads WHERE merchant = 'shop'"))
    cut_off.close()
    assert head == {"seq": 1}
