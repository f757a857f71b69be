"""A key that ended closes what is open under it, whatever goes wrong with one of them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from relay.merchant import Merchant
from relay.server.open_keys import OpenKeys
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate


async def test_one_that_cannot_be_closed_keeps_no_other_open(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    closed: list[str] = []

    async def breaks() -> None:
        raise ConnectionResetError

    async def closes() -> None:
        closed.append("the second")

    async with open_database(f"sqlite:///{tmp_path}/relay.db") as db:
        await migrate(db)
        await Merchants(db).add(Merchant("shop", "shop"))
        keys = Keys(db)
        key = (await keys.add("shop", "tests")).key
        opened = OpenKeys(keys)
        opened.enter(key, "the first", breaks)
        opened.enter(key, "the second", closes)
        await keys.revoke("shop", key.id)

        await opened.close_dead()

    assert closed == ["the second"]
    assert [record.message for record in caplog.records] == ["what was open under a key that ended was not closed"]
