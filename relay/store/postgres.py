"""PostgreSQL, for more than one machine. Imported only when asked for: its driver is an extra.

Transactions are READ COMMITTED: every rule of ours is one statement on one unique key, one version or one counter row,
so nothing stronger is needed and nothing fails to serialise.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from relay.errors import InvalidRequest, Misconfigured
from relay.store.tx import PARAMETER, Row, positional

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
SILENT_SECONDS = 3  # amid a transaction: whoever is cut off leaves its locks, and others wait for them
COPIED = 8  # rows of one INSERT, or more
LOCK_SECONDS = 0.5  # PostgreSQL itself looks for deadlocks only after 1 s
_MIGRATION_LOCK = 0x72656C6179  # "relay"


class Postgres:
    writers = 2  # one computes while the other waits for the disk; joint operations need no more
    batch = 256  # joint ones: some six round trips together
    gather_seconds = 0.002  # two writers then take 13 % less of our CPU time: fewer commits and round trips
    apart: int | None = (
        64  # others: some five each; keeps locks on merchants' counters short of LOCK_SECONDS at 1 ms to the server
    )
    bytes_type = "BYTEA"
    find_table = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = :name"
    )
    before_migration: tuple[str, ...] = (
        "SET LOCAL statement_timeout = '10min'",  # an index on a large table
        "SET LOCAL lock_timeout = '10min'",
        f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})",
    )

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self, *, writes: bool) -> PostgresConnection:
        try:
            raw = psycopg.connect(
                self._url,
                autocommit=True,  # transactions are begun and ended by hand
                row_factory=dict_row,
                connect_timeout=CONNECT_SECONDS,
                tcp_user_timeout=STATEMENT_SECONDS * 1000,  # a wire that died without a word
                application_name="relay writer" if writes else "relay reader",
            )
        except psycopg.ProgrammingError as error:
            raise Misconfigured(f"the database URL is not one PostgreSQL understands: {error}") from None
        try:
            raw.execute(f"SET statement_timeout = '{STATEMENT_SECONDS}s'")
            raw.execute(f"SET lock_timeout = '{int(LOCK_SECONDS * 1000)}ms'")
            raw.execute(f"SET idle_in_transaction_session_timeout = '{SILENT_SECONDS}s'")
        except psycopg.Error:
            raw.close()
            raise
        return PostgresConnection(raw, writes=writes)

    def transient(self, error: Exception) -> bool:
        # OperationalError: connection lost or refused, deadlock, serialization failure, lock not had in time, shutdown
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


class PostgresConnection:
    def __init__(self, raw: psycopg.Connection[DictRow], *, writes: bool) -> None:
        self._raw = raw
        self._cursor = raw.cursor()
        self._writes = writes

    def run(self, sql: str, **values: object) -> int:
        return self._execute(sql, values).rowcount

    def one(self, sql: str, **values: object) -> Row | None:
        return self._execute(sql, values).fetchone()

    def all(self, sql: str, **values: object) -> list[Row]:
        return [*self._execute(sql, values)]

    def many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> list[int]:
        """In one round trip: psycopg pipelines it."""
        cursor = self._cursor
        try:
            cursor.executemany(positional(sql.replace("%", "%%"), "%s").encode(), rows, returning=True)
        except psycopg.DataError as error:
            raise _unholdable(error) from None
        touched = [cursor.rowcount]
        while cursor.nextset():
            touched.append(cursor.rowcount)
        return touched

    def fill(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """By COPY, which neither binds nor plans anything for a row; a few are faster in one round trip."""
        if len(rows) < COPIED:
            self.many(sql, rows)
            return
        try:
            with self._cursor.copy(_copying(sql)) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.DataError as error:
            raise _unholdable(error) from None

    def begin(self) -> None:
        if self._writes:
            self._cursor.execute("BEGIN ISOLATION LEVEL READ COMMITTED", prepare=False)

    def commit(self) -> None:
        if self._writes:
            self._cursor.execute("COMMIT", prepare=False)
            if self._cursor.statusmessage != "COMMIT":  # an operation swallowed an error: the server undid everything
                raise RuntimeError(f"the transaction ended as {self._cursor.statusmessage}")

    def rollback(self) -> bool:
        if self._raw.closed:
            return False
        if self._raw.info.transaction_status == TransactionStatus.IDLE:
            return True
        try:
            self._cursor.execute("ROLLBACK", prepare=False)
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        self._raw.close()

    def _execute(self, sql: str, values: dict[str, object]) -> psycopg.Cursor[DictRow]:
        try:
            return self._cursor.execute(_translated(sql), values)
        except psycopg.DataError as error:  # a NUL in a text, for one
            raise _unholdable(error) from None


def _unholdable(error: psycopg.DataError) -> InvalidRequest:
    return InvalidRequest(f"the database cannot hold this value: {error}")


@cache
def _copying(sql: str) -> bytes:
    """The COPY that does what an INSERT of plain values does."""
    into, _, _ = sql.partition("VALUES")
    return (into.replace("INSERT INTO", "COPY") + "FROM STDIN").encode()


@cache
def _translated(sql: str) -> bytes:
    """`:name` as psycopg writes it."""
    return PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")).encode()
