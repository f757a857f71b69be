"""The events of several topics, as a process that follows a few of them reads them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from relay.channel import Event, Topic
from relay.store.database import Database
from relay.store.journal import Journal
from relay.store.news import append
from relay.store.tx import Connection, Op, Row, T
from tests.changed import replace
from tests.store.nouns import NOW

PAYMENT, INVOICE = Topic("shop", "payment", "pay_1"), Topic("shop", "invoice", "inv_1")


def an_event(seq: int, payment: str, invoice: str | None) -> Event:
    return Event(f"evt_{seq}", "shop", seq, "payment.settled", NOW, payment, invoice, None, b"{}")


class Between:
    """A reading connection; something may happen after each of its statements."""

    def __init__(self, connection: Connection, happen: Callable[[], None]) -> None:
        self._connection = connection
        self._happen = happen

    def one(self, sql: str, **values: object) -> Row | None:
        row = self._connection.one(sql, **values)
        self._happen()
        return row

    def all(self, sql: str, **values: object) -> list[Row]:
        rows = self._connection.all(sql, **values)
        self._happen()
        return rows


class Busy:
    """A database to which all the changes are committed after the first statement of a read."""

    def __init__(self, reading: Connection, writing: Connection, changes: list[Event]) -> None:
        self._tx = Between(reading, self._commit)
        self._writing = writing
        self._changes = changes

    async def read(self, op: Op[T]) -> T:
        return op(self._tx)  # type: ignore[arg-type]  # a read runs no change

    def _commit(self) -> None:
        while self._changes:
            event = self._changes.pop(0)
            self._writing.begin()
            append(self._writing, "shop", lambda seq, event=event: replace(event, seq=seq))  # type: ignore[misc]
            self._writing.commit()


@pytest.mark.parametrize(
    ("topics", "first"),
    [((PAYMENT, INVOICE), ("pay_1", None)), ((INVOICE, PAYMENT), ("pay_2", "inv_1"))],
    ids=["payment first", "invoice first"],
)
async def test_what_is_read_of_one_topic_hides_nothing_of_another(
    database: Database, topics: tuple[Topic, ...], first: tuple[str, str | None]
) -> None:
    changes = [an_event(1, *first), an_event(2, "pay_1", "inv_1")]  # the second statement would see both by the last
    with (
        closing(database.driver.connect(writes=False)) as reading,
        closing(database.driver.connect(writes=True)) as writing,
    ):
        journal = Journal(Busy(reading, writing, changes))  # type: ignore[arg-type]
        heard = list[int]()
        for _ in range(2):
            heard += [event.seq for event in await journal.events_of("shop", max(heard, default=0), topics, 10)]
    assert heard == [1, 2]
