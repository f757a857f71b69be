"""What an operation is given, and what a database must offer to run it.

An operation is a plain function of a `Tx`. It must be **safe to run more than once, even after it was committed**: the
writer repeats it when a transaction it shared failed, and when the wire broke before the answer to COMMIT came. So it
reads nothing but its arguments and the database, draws no random number, changes nothing outside, and recognises its
own earlier work (by a unique key, a version, an id made by the caller). It lets database errors pass: they are decided
by the writer.

SQL has `:name` parameters, no colon inside literals, no type names but TEXT, BIGINT and BLOB. Money is TEXT, a time is
BIGINT microseconds since 1970 UTC, signed bytes are BLOB.

What is done thousands of times a second may be a `Joint` operation: many of it then go to the database as rows of a
few statements. The plain form remains: it runs when the joint one fails, and says what the joint one must come to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Answer = TypeVar("Answer", covariant=True)
PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")


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

    def many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> list[int]:
        """Run a change once for each row, in order; how many rows each of them touched.

        A row has the values in the order of their `:name` in the text, where each name stands once.
        """
        ...

    def fill(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a plain `INSERT INTO table (…) VALUES (…)` for each row, in whatever way is the fastest."""
        ...


Op = Callable[[Tx], T]


class Joint(Protocol[Answer]):
    """An operation that can be run together with others of its class, in any order with them."""

    def __call__(self, tx: Tx, /) -> Answer:
        """Run this one: the plain form."""
        ...

    @staticmethod
    def together(tx: Tx, ops: Sequence[Any], /) -> Sequence[object]:
        """Run all of these, as if one after the other; their answers in their order."""
        ...


def is_joint(op: Op[Any]) -> bool:
    """Whether the operation is a `Joint` one."""
    return hasattr(op, "together")


def run_all(tx: Tx, ops: Sequence[Op[Any]]) -> list[object]:
    """Run operations that share a transaction, those that can together; their answers in their order."""
    answers: list[object] = [None] * len(ops)
    kinds: dict[Any, list[int]] = {}
    for place, op in enumerate(ops):
        if is_joint(op):
            kinds.setdefault(type(op), []).append(place)
        else:
            answers[place] = op(tx)
    for kind, places in kinds.items():
        if len(places) == 1:
            answers[places[0]] = ops[places[0]](tx)
            continue
        for place, answer in zip(places, kind.together(tx, [ops[place] for place in places]), strict=True):
            answers[place] = answer
    return answers


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
    gather_seconds: float  # how long a busy writer waits for more of them; 0: not at all
    apart: int | None  # how many that are not joint share one, without joint ones; None: they are mixed
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


@cache
def positional(sql: str, mark: str) -> str:
    """The text with a mark for each parameter, as drivers like it for rows."""
    return PARAMETER.sub(mark, sql)
