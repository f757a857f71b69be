"""How nouns lie in columns: times, shares, rows of a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

import msgspec

from relay.errors import InvalidRequest
from relay.money import Account
from relay.payment import Share
from relay.store.tx import Row

Item = TypeVar("Item")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1  # BIGINT


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exact. A datetime without a time zone is refused by the subtraction."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """Inverse of `micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def shares_text(shares: Iterable[Share]) -> str:
    """`[["0.0.2001", "1000000"]]`: amounts are text because 2^53 is not enough."""
    return msgspec.json.encode([(share.account, str(share.amount)) for share in shares]).decode()


def shares(text: str | bytes) -> tuple[Share, ...]:
    """Inverse of `shares_text`."""
    return tuple(Share(Account(account), int(amount)) for account, amount in _PAIRS.decode(text))


_PAIRS = msgspec.json.Decoder(list[tuple[str, str]])


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A piece of a list, newest first. `next` is given back as `after`; None at the end.

    What is added while a reader pages lies before its cursor: nothing is shown twice or left out.
    """

    items: tuple[Item, ...]
    next: str | None


class Dated(Protocol):
    """What a list is ordered by."""

    @property
    def created(self) -> datetime: ...
    @property
    def id(self) -> str: ...


Listed = TypeVar("Listed", bound=Dated)


def newest_first(
    values: dict[str, object], *, since: datetime | None, until: datetime | None, after: str | None, limit: int
) -> str:
    """The end of a SELECT for one page: created from `since` to before `until`, past the cursor. Adds to `values`."""
    sql = ""
    if since is not None:
        sql += " AND created >= :since"
        values["since"] = micros(since)
    if until is not None:
        sql += " AND created < :until"
        values["until"] = micros(until)
    if after is not None:
        sql += " AND (created, id) < (:last_created, :last_id)"
        values["last_created"], values["last_id"] = after_cursor(after)
    values["limit"] = limit + 1  # one more tells whether there is a next page
    return sql + " ORDER BY created DESC, id DESC LIMIT :limit"


def page(rows: Sequence[Row], read: Callable[[Row], Listed], limit: int) -> Page[Listed]:
    """The page in the rows `newest_first` selected."""
    items = tuple(map(read, rows[:limit]))
    return Page(items, cursor(items[-1].created, items[-1].id) if len(rows) > limit else None)


def cursor(created: datetime, id: str) -> str:
    """Where a page ended."""
    return f"{micros(created)}.{id}"


def after_cursor(text: str) -> tuple[int, str]:
    """Read a cursor; raises `InvalidRequest`."""
    created, dot, id = text.partition(".")
    if not dot or not id.isprintable() or not created.isascii() or not created.isdigit() or int(created) > _LARGEST:
        raise InvalidRequest("the cursor is not one of ours: give back `next` as it came")
    return int(created), id
