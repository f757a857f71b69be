"""Every test of the store runs on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from relay.sealing import Keyring
from relay.store.database import Database, open_database
from relay.store.idempotency import Idempotency
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from relay.store.tx import Op, T


class Twice:
    """A database whose first answer to each commit is lost: every write is committed, and then run again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.read, self.driver = db.read, db.driver

    async def write(self, op: Op[T], *, order: str = "") -> T:
        await self._db.write(op, order=order)
        return await self._db.write(op, order=order)

    def write_later(self, op: Op[object]) -> None:
        self._db.write_later(op)
        self._db.write_later(op)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with the schema of this version."""
    async with open_database(database_url) as database:
        await migrate(database)
        yield database


@pytest.fixture(params=["answered", "answers lost"])
def db(request: pytest.FixtureRequest, database: Database) -> Database | Twice:
    """The same; what the store promises it promises too when every operation is run again after its commit."""
    return database if request.param == "answered" else Twice(database)


@pytest.fixture
def journal(db: Database) -> Journal:
    return Journal(db)


@pytest.fixture
def invoices(db: Database) -> Invoices:
    return Invoices(db)


@pytest.fixture
def merchants(db: Database) -> Merchants:
    return Merchants(db)


@pytest.fixture
def idempotency(db: Database) -> Idempotency:
    return Idempotency(db, Keyring([b"k" * 32]))
