"""The schema and its versions: `migrations/0001_….sql`, `0002_….sql`, … applied in order, each in one transaction.

Two processes may migrate at once: each migration begins by taking the one lock there is, and looks again under it.
A file that was released is never edited; a change is a new file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from relay.errors import Misconfigured
from relay.store.database import Database
from relay.store.tx import Tx

_COMMENT = re.compile(r"--[^\n]*")
_FILE = re.compile(r"\d{4}_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """What this code knows, in order; version n is the n-th file."""
    folder = resources.files("relay.store").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if _FILE.fullmatch(file.name)), key=lambda file: file.name)
    found = [Migration(int(file.name[:4]), file.name, file.read_text(encoding="utf-8")) for file in files]
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise Misconfigured("the installation is damaged: relay/store/migrations is not numbered 0001, 0002, …")
    return tuple(found)


async def migrate(db: Database, version: int | None = None) -> int:
    """Bring the schema to this version, or no further than `version`; how many migrations that took.

    Safe to repeat, and in two processes at once.
    """
    await _refuse_newer(db)
    applied = 0
    for migration in await _missing(db):
        if version is not None and migration.version > version:
            break
        applied += await db.write(lambda tx, migration=migration: _apply(tx, db, migration))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    return applied


async def pending(db: Database) -> tuple[str, ...]:
    """The names of the migrations that `migrate` would apply."""
    return tuple(migration.name for migration in await _missing(db))


async def require_current(db: Database) -> None:
    """Raise `Misconfigured`, saying what to do, unless the schema is exactly this version."""
    await _refuse_newer(db)
    await require_known(db)


async def require_known(db: Database) -> None:
    """The same for a relay that runs already: it goes on beside a newer schema, while others are upgraded to that."""
    if missing := await pending(db):
        lacks = " to ".join(dict.fromkeys((missing[0], missing[-1])))
        raise Misconfigured(f"the database lacks {lacks}: run `relay migrate`")


async def _missing(db: Database) -> tuple[Migration, ...]:
    return migrations()[await db.read(lambda tx: _version(tx, db)) :]


async def _refuse_newer(db: Database) -> None:
    there, known = await db.read(lambda tx: _version(tx, db)), len(migrations())
    if there > known:
        raise Misconfigured(f"the database has schema {there}, newer than {known}, all this relay knows: upgrade relay")


def _version(tx: Tx, db: Database) -> int:
    if tx.one(db.driver.find_table, name="schema_version") is None:
        return 0
    row = tx.one("SELECT MAX(version) AS version FROM schema_version")
    return 0 if row is None else row["version"] or 0


def _apply(tx: Tx, db: Database, migration: Migration) -> int:
    for sql in db.driver.before_migration:
        tx.run(sql)
    tx.run("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, name TEXT NOT NULL)")
    if _version(tx, db) >= migration.version:
        return 0  # another process, or ourselves before the wire broke
    for sql in _COMMENT.sub("", migration.sql).replace(" BLOB", f" {db.driver.bytes_type}").split(";"):
        if sql.strip():
            tx.run(sql)
    tx.run(
        "INSERT INTO schema_version (version, name) VALUES (:version, :name)",
        version=migration.version,
        name=migration.name,
    )
    return 1
