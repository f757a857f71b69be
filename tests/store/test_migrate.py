"""The schema: applied once, in order, whoever else is at it."""

from __future__ import annotations

import asyncio

import pytest

from relay.errors import Misconfigured
from relay.store.database import open_database
from relay.store.migrate import migrate, migrations, pending, require_current, require_known


async def test_an_empty_database_is_brought_to_this_version_once(empty_url: str) -> None:
    async with open_database(empty_url) as db:
        assert await pending(db) == tuple(migration.name for migration in migrations())

        assert await migrate(db) == len(migrations())
        assert await migrate(db) == 0

        assert await pending(db) == ()
        await require_current(db)


async def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    async with open_database(empty_url) as one, open_database(empty_url) as two:
        applied = await asyncio.gather(migrate(one), migrate(two), migrate(one), migrate(two))

        assert sum(applied) == len(migrations())
        await require_current(two)


async def test_serving_an_older_schema_is_refused_and_says_how_to_go_on(empty_url: str) -> None:
    async with open_database(empty_url) as db:
        with pytest.raises(Misconfigured, match=r"lacks 0001_.*: run `relay migrate`"):
            await require_current(db)
        with pytest.raises(Misconfigured, match="run `relay migrate`"):
            await require_known(db)


async def test_a_newer_schema_is_left_alone(empty_url: str) -> None:
    async with open_database(empty_url) as db:
        await migrate(db)
        newer = len(migrations()) + 1
        await db.write(
            lambda tx: tx.run("INSERT INTO schema_version (version, name) VALUES (:version, 'next')", version=newer)
        )

        with pytest.raises(Misconfigured, match="upgrade relay"):
            await migrate(db)
        with pytest.raises(Misconfigured, match="upgrade relay"):
            await require_current(db)
        await require_known(db)
