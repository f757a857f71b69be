"""The search for payments made elsewhere, while nobody can tell of them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.store.cursors import Cursors
from relay.store.database import open_database
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from relay.worker import watch
from tests.chains.conftest import Open
from tests.servers.hapi_node import HapiNode
from tests.servers.mirror_node import MirrorNode


async def test_an_outage_is_told_once_and_not_with_every_look(
    tmp_path: Path, open_hedera: Open, stub: HapiNode, stub_mirror: MirrorNode, caplog: pytest.LogCaptureFixture
) -> None:
    def clock() -> datetime:
        return datetime.now(UTC)

    caplog.set_level(logging.INFO, logger="relay.worker")
    chain = await open_hedera(nodes=stub.network, mirror=stub_mirror.url, watch_seconds=0.001)
    async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
        await migrate(db)
        parts = (Journal(db), Cursors(db), Merchants(db, clock), clock)
        looking = asyncio.ensure_future(watch(None, chain, *parts, poll_seconds=0.001))  # type: ignore[arg-type]
        async with asyncio.timeout(30):
            while len(stub_mirror.seen) < 10:  # each is a 404
                await asyncio.sleep(0.01)
        looking.cancel()
        await asyncio.wait((looking,))
    told = [record.message for record in caplog.records if record.name == "relay.worker"]
    assert told == ["a search of the ledger must wait"]
