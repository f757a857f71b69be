"""What an operation is given, and what a database must offer to run it.

An operation is a plain function of a `Tx`. It must be **safe to run more than once, even after it was committed**: the
writer repeats it when a transaction it shared failed, and when the wire broke before the answer to COMMIT came. So it
reads nothing but its arguments and the database, draws no random number, changes nothing outside, and recognises its
own earlier work (by a unique key, a version, an id made by the caller). It lets database errors pass: they are decided
by the writer.

SQL has `:name` parameters, no colon inside literals, no type names but TEXT, BIGINT and BLOB. Money is TEXT, a time is
BIGINT microseconds since 1970 UTC, signed bytes are BLOB.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Row(Protocol):
    """One row, by column name. The one place where values are `Any`: the schema knows their types, mypy does not."""

    def __getitem__(self, name: str, /) -> Any: ...


class Tx(Protocol):
    """The statements of one transaction."""

    def run(self, sql: str, **values: object) -> int:
        """Run a change; how many rows it touched."""
        ...

    def one(self, sql: str, **values: object) -> Row | None:
        """The first row, of a query or of RETURNING."""
        ...

    def all(self, sql: str, **values: object) -> list[Row]: ...


Op = Callable[[Tx], T]


class Connection(Tx, Protocol):
    """A connection owned by one thread. A reading one has no transactions: each statement stands for itself."""

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> bool:
        """Undo; False when the connection is of no more use."""
        ...

    def close(self) -> None: ...


class Driver(Protocol):
    """One kind of database."""

    writers: int  # threads; each merchant's operations go to one of them
    batch: int  # operations in one transaction
    bytes_type: str  # what BLOB is called here
    find_table: str  # SQL: one row when the table `:name` exists
    before_migration: tuple[str, ...]  # SQL that leaves one migrating process, with time enough

    def connect(self, *, writes: bool) -> Connection: ...

    def transient(self, error: Exception) -> bool:
        """Whether the same operation may succeed when it is repeated."""
        ...


def listed(name: str, values: Collection[object]) -> tuple[str, dict[str, object]]:
    """The inside of `IN (…)` and its parameters: `listed("m", "ab")` is `(":m0, :m1", {"m0": "a", "m1": "b"})`."""
    parameters = {f"{name}{index}": value for index, value in enumerate(values)}
    return ", ".join(f":{key}" for key in parameters), parameters
