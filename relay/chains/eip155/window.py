"""When a transfer can be recorded, as instants. What has no end ends with the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.errors import InvalidTransfer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # bounded: there is room to add to it, and no chain's clock goes further

_LAST = int((FOREVER - EPOCH).total_seconds())
_REST = timedelta(seconds=1) - timedelta(microseconds=1)


def inside(first: int, last: int) -> tuple[datetime, datetime]:
    """From the first to the last block time, in Unix seconds, that a chain takes; `last` is that whole second.

    Raises `InvalidTransfer` where the first is past the calendar.
    """
    if first >= _LAST:
        raise InvalidTransfer("it is not valid before the year 9999: a time in milliseconds, perhaps")
    until = FOREVER if last >= _LAST else EPOCH + timedelta(seconds=last) + _REST
    return EPOCH + timedelta(seconds=first), until
