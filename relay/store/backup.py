"""A copy of a SQLite database while relays go on writing, and the way back. Neither overwrites anything.

The copy is one read transaction: all that was committed when it began, nothing of what came after. WAL lets it read
while others write. It is checked before it gets its name, so that a file with the name is a whole backup.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from relay.errors import InvalidRequest, Misconfigured
from relay.store.migrate import migrations

BUSY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, for the operator to compare."""

    schema: int
    payments: int
    events: int


def backup(database: Path, file: Path) -> Contents:
    """Copy the database to `file`; safe while relays run."""
    if not database.exists():
        raise InvalidRequest(f"there is no database {database}")
    return _copy(database, file)


def restore(file: Path, database: Path) -> Contents:
    """Make the database anew from a backup; no relay may be running on it."""
    if not file.exists():
        raise InvalidRequest(f"there is no backup {file}")
    for left in (database, database.with_name(f"{database.name}-wal"), database.with_name(f"{database.name}-shm")):
        if left.exists():
            raise InvalidRequest(f"{left} exists: stop the relays, move it away, then restore")
    return _copy(file, database)


def _copy(source: Path, target: Path) -> Contents:
    if target.exists():
        raise InvalidRequest(f"{target} exists and is not overwritten")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # it holds keys' hashes and sealed secrets
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as old,
            closing(sqlite3.connect(part, isolation_level=None)) as new,
        ):
            old.backup(new)  # in one step: one read transaction
            new.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it; a relay turns WAL on again
            contents = _check(new, source)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.link(part, target)  # unlike a rename it fails where something is
    except sqlite3.DatabaseError as error:
        raise Misconfigured(f"{source} cannot be copied: {error}") from None
    except OSError as error:
        raise Misconfigured(f"{target} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # where nothing could be made, nothing is left
            part.unlink(missing_ok=True)
    return contents


def _check(copy: sqlite3.Connection, source: Path) -> Contents:
    [[found]] = copy.execute("PRAGMA integrity_check(1)").fetchall()
    if found != "ok":
        raise Misconfigured(f"{source} is damaged: {found}")
    try:
        [[schema]] = copy.execute("SELECT MAX(version) FROM schema_version").fetchall()
        [[payments]] = copy.execute("SELECT COUNT(*) FROM payments").fetchall()
        [[events]] = copy.execute("SELECT COUNT(*) FROM events").fetchall()
    except sqlite3.OperationalError:
        raise Misconfigured(f"{source} is no relay's database") from None
    if schema > len(migrations()):
        raise Misconfigured(f"{source} has schema {schema}, newer than {len(migrations())}: upgrade relay")
    return Contents(schema, payments, events)
