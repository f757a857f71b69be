"""`relay backup` and `relay restore`: a SQLite journal saved while it is written, and brought back."""

from __future__ import annotations

import asyncio
from pathlib import Path

from relay.errors import InvalidRequest
from relay.settings import load
from relay.store.backup import Contents, backup, restore
from relay.store.database import sqlite_file


async def save(config: Path, file: Path) -> int:
    """Copy the database of the configuration to `file`."""
    contents = await asyncio.to_thread(backup, _database(config), file)
    print(f"{file}: {_told(contents)}")
    return 0


async def bring_back(config: Path, file: Path) -> int:
    """Make the configuration's database from `file`; refuses where there is one."""
    database = _database(config)
    contents = await asyncio.to_thread(restore, file, database)
    print(f"{database}: {_told(contents)}; `relay migrate` brings an older schema to this version")
    return 0


def _database(config: Path) -> Path:
    file = sqlite_file(load(config).database)
    if file is None:
        raise InvalidRequest("this is for SQLite; a PostgreSQL database is saved with pg_dump (README, Operations)")
    return file


def _told(contents: Contents) -> str:
    return f"{contents.payments} payments, {contents.events} events, schema {contents.schema}, whole"
