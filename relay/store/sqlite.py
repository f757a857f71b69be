"""SQLite: one file, any number of processes on one machine.

WAL lets readers read while one writer writes; `synchronous=FULL` makes a committed transaction survive a power cut.
Processes take turns by SQLite's own lock, which `BEGIN IMMEDIATE` takes at the start: a transaction that reads first
and locks later could be refused in the middle.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from relay.errors import Misconfigured
from relay.store.tx import Row, positional

BUSY_SECONDS = 1.0  # how long to wait for another process; the writer then tries again
_POLL_SECONDS = 0.001  # SQLite's own waiting ends at 100 ms a turn, and meets a busy process's gaps too rarely
_TRANSIENT = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNWRITABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
_OLDEST = (3, 35, 0)  # RETURNING


class Sqlite:
    writers = 1  # as many as SQLite lets in
    batch = 256  # some 10 ms, so that another process is not kept waiting long
    gather_seconds = 0.002  # a commit takes 0.5 ms of CPU time, whatever it carries
    apart: int | None = None
    bytes_type = "BLOB"
    find_table = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = :name"
    before_migration: tuple[str, ...] = ()  # BEGIN IMMEDIATE leaves one process already

    def __init__(self, path: Path) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise Misconfigured(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed")
        self.path = path

    def connect(self, *, writes: bool) -> SqliteConnection:
        try:
            raw = sqlite3.connect(self.path, timeout=0 if writes else BUSY_SECONDS, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Misconfigured(f"the database file {self.path} cannot be opened: {error}") from None
        try:
            raw.row_factory = sqlite3.Row
            for pragma in _WRITER if writes else _READER:
                raw.execute(pragma)
        except sqlite3.DatabaseError as error:
            raw.close()
            if not isinstance(error, sqlite3.OperationalError):  # "file is not a database"
                raise Misconfigured(f"{self.path} cannot be used as a database: {error}") from None
            if error.sqlite_errorcode & 0xFF in _UNWRITABLE:
                says = f"the database file {self.path}, or a file beside it, cannot be written: {error}"
                raise Misconfigured(says) from None
            raise
        return SqliteConnection(raw, writes=writes)

    def transient(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _TRANSIENT


_WRITER = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON")
_READER = ("PRAGMA query_only=ON",)


class SqliteConnection:
    def __init__(self, raw: sqlite3.Connection, *, writes: bool) -> None:
        self._raw = raw
        self._cursor = raw.cursor()
        self._writes = writes

    def run(self, sql: str, **values: object) -> int:
        return self._raw.execute(sql, values).rowcount

    def one(self, sql: str, **values: object) -> Row | None:
        rows = self._raw.execute(sql, values).fetchall()  # a statement left half-way would hold the transaction open
        return rows[0] if rows else None

    def all(self, sql: str, **values: object) -> list[Row]:
        return self._raw.execute(sql, values).fetchall()

    def many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> list[int]:
        execute, text = self._cursor.execute, positional(sql, "?")  # `executemany` only adds up
        return [execute(text, row).rowcount for row in rows]

    def fill(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._cursor.executemany(positional(sql, "?"), rows)

    def begin(self) -> None:
        if not self._writes:
            return
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return

    def commit(self) -> None:
        if self._writes:
            self._raw.execute("COMMIT")

    def rollback(self) -> bool:
        if self._raw.in_transaction:  # a full disk, for one, has undone it already
            self._raw.execute("ROLLBACK")
        return True

    def close(self) -> None:
        self._raw.close()
