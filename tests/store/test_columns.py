"""Nouns survive their columns exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import InvalidRequest
from relay.money import Account
from relay.payment import Share
from relay.store.columns import after_cursor, cursor, micros, moment, shares, shares_text

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # as Hypothesis wants its bounds
moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_a_time_comes_back_to_the_microsecond(time: datetime) -> None:
    assert moment(micros(time)) == time


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_an_instant_is_the_same_in_every_time_zone(time: datetime, hours: int) -> None:
    local = time.replace(tzinfo=timezone(timedelta(hours=hours)))

    assert micros(local) == micros(local.astimezone(UTC))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        micros(datetime(2026, 1, 1))  # noqa: DTZ001


@given(st.lists(st.builds(Share, st.text().map(Account), st.integers(0, 2**256 - 1))).map(tuple))
def test_shares_come_back_to_the_last_unit(parts: tuple[Share, ...]) -> None:
    assert shares(shares_text(parts)) == parts


@given(
    st.datetimes(min_value=EPOCH, timezones=st.just(UTC)),
    st.from_regex(r"[a-z]+_[0-9A-Z.]+", fullmatch=True),
)
def test_a_cursor_leads_back_to_its_row(created: datetime, id: str) -> None:
    assert after_cursor(cursor(created, id)) == (micros(created), id)


@pytest.mark.parametrize("junk", ["", ".", "x.pay_1", "99999999999999999999.pay_1", "٣.pay_1", "1.\x00", "17", "-1.a"])
def test_a_cursor_that_is_not_ours_is_refused(junk: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        after_cursor(junk)
