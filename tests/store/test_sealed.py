"""Sealed columns: nothing readable at rest, and all of it under a new master key after a rotation."""

from __future__ import annotations

import re

import pytest

from relay.errors import Misconfigured
from relay.sealing import Keyring
from relay.store.database import Database
from relay.store.idempotency import Done, Fresh, Idempotency
from relay.store.migrate import migrations
from relay.store.sealed import COLUMNS, rotate
from tests.store.nouns import NOW

OLD, NEW = b"o" * 32, b"n" * 32


async def remember(db: Database, keyring: Keyring, *keys: str) -> None:
    idempotency = Idempotency(db, keyring)
    for key in keys:
        fresh = await idempotency.begin("shop", key, "digest", NOW)
        assert isinstance(fresh, Fresh)
        await idempotency.finish(fresh, 201, b"ivs_secret", NOW)


async def test_a_rotation_brings_every_secret_under_the_new_key(db: Database) -> None:
    keys = [f"k{number}" for number in range(5)]
    await remember(db, Keyring([OLD]), *keys)

    assert await rotate(db, Keyring([NEW, OLD]), page=2) == 5
    assert await rotate(db, Keyring([NEW, OLD])) == 0

    for key in keys:
        assert await Idempotency(db, Keyring([NEW])).begin("shop", key, "digest", NOW) == Done(201, b"ivs_secret")
        with pytest.raises(Misconfigured):
            await Idempotency(db, Keyring([OLD])).begin("shop", key, "digest", NOW)


async def test_an_answer_at_rest_cannot_be_read(db: Database) -> None:
    await remember(db, Keyring([OLD]), "k1")

    [row] = await db.read(lambda tx: tx.all("SELECT body FROM idempotency"))

    assert b"secret" not in bytes(row["body"])


def test_every_column_for_sealed_text_takes_part_in_rotation() -> None:
    sealed = {
        name for migration in migrations() for name in re.findall(r"\b(\w+_sealed)\s+(?:TEXT|BLOB)", migration.sql)
    }
    assert sealed <= {column.column for column in COLUMNS}
