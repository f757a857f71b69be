"""Rows written many at a time, which PostgreSQL takes by COPY, are the rows that one INSERT each would write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.errors import InvalidRequest
from relay.store.database import open_database
from relay.store.postgres import COPIED
from relay.store.tx import Tx

INSERT = "INSERT INTO odd (id, text, raw) VALUES (:id, :text, :raw)"
ODD = ["", "\\N", "\\.", "a\tb\nc\rd", "\\x41", "é😀", None, '"', "'", "%s :id"]


def filled(rows: list[tuple[object, ...]], driver: str) -> Callable[[Tx], None]:
    def fill(tx: Tx) -> None:
        tx.run(f"CREATE TABLE odd (id BIGINT PRIMARY KEY, text TEXT, raw {driver})")
        tx.fill(INSERT, rows)

    return fill


@pytest.mark.parametrize("number", [1, COPIED - 1, COPIED, 4 * COPIED])
async def test_few_rows_and_many_come_back_as_they_were_given(database_url: str, number: int) -> None:
    given = [(id, ODD[id % len(ODD)], bytes([id, 0, 92, 255]) if id % 3 else None) for id in range(number)]
    async with open_database(database_url) as db:
        blob = "BLOB" if database_url.startswith("sqlite") else "BYTEA"
        await db.write(filled([*given], blob))
        rows = await db.read(lambda tx: tx.all("SELECT id, text, raw FROM odd ORDER BY id"))

    assert [(row["id"], row["text"], row["raw"]) for row in rows] == given


async def test_among_many_rows_one_that_cannot_be_held_refuses_them_all(postgres_url: str) -> None:
    given = [(id, "\0" if id == COPIED else "x", None) for id in range(2 * COPIED)]
    async with open_database(postgres_url) as db:
        with pytest.raises(InvalidRequest, match="cannot hold"):
            await db.write(filled([*given], "BYTEA"))

        assert await db.read(lambda tx: tx.one("SELECT 1 AS one")) is not None
