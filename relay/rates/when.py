"""The times sources give: seconds or milliseconds since 1970 as a number or text, or RFC 3339."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from relay.errors import Unreachable

_MILLISECONDS = 10**11  # as seconds that is the year 5138, as milliseconds 1973


def moment(value: object) -> datetime:
    """Read one; raises `Unreachable` for what is none."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str) or len(str(value)) > 40:
            raise ValueError
        text = str(value)
        if text.replace(".", "", 1).isdecimal() and text.isascii():
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreachable("a source's answer has no time where it should have one") from None
