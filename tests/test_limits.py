"""Token buckets and counts; the clock is a number the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import RateLimited
from relay.server.limits import HEAVY, Count, Rate, weight


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rate(clock):
    return Rate(per_second=2, burst=4, clock=clock)


def spend_all(rate: Rate, client: str = "a") -> None:
    for _ in range(4):
        rate.spend(client)


def test_a_burst_is_let_through_and_not_one_more(rate):
    spend_all(rate)
    with pytest.raises(RateLimited):
        rate.spend("a")


def test_a_client_pays_for_itself_only(rate):
    spend_all(rate)
    rate.spend("b")


def test_time_refills_at_the_average(rate, clock):
    spend_all(rate)
    clock.now += 0.5
    rate.spend("a")
    with pytest.raises(RateLimited):
        rate.spend("a")


def test_a_long_silence_saves_up_no_more_than_a_burst(rate, clock):
    rate.spend("a")
    clock.now += 86_400
    assert rate.left("a") == 4
    spend_all(rate)
    with pytest.raises(RateLimited):
        rate.spend("a")


def test_being_refused_costs_nothing(rate, clock):
    spend_all(rate)
    for _ in range(100):
        with pytest.raises(RateLimited):
            rate.spend("a")
    clock.now += 0.5
    rate.spend("a")


def test_the_refusal_says_when_the_next_is_free(rate, clock):
    spend_all(rate)
    with pytest.raises(RateLimited) as refused:
        rate.spend("a", cost=4)
    clock.now += refused.value.retry_after
    rate.spend("a", cost=4)


def test_what_is_left_counts_whole_requests_and_spends_none(rate, clock):
    assert rate.left("new") == 4
    rate.spend("a")
    assert rate.left("a") == rate.left("a") == 3
    spend_all(rate, "b")
    clock.now += 0.25
    assert rate.left("b") == 0


def test_a_forgotten_client_starts_anew(rate):
    spend_all(rate)
    rate.forget("a")
    rate.forget("never seen")
    assert rate.left("a") == 4


def test_memory_is_bounded_by_forgetting_who_was_silent_longest():
    rate = Rate(per_second=2, burst=4, clock=Clock(), remembered=3)
    for client in ("a", "b", "c", "a", "d"):
        rate.spend(client)
    assert [rate.left(client) for client in "abcd"] == [2, 4, 3, 3]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 3), max_size=60))
def test_never_more_than_burst_and_average_however_requests_are_timed(pauses):
    clock = Clock()
    rate = Rate(per_second=2, burst=4, clock=clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        try:
            rate.spend("a")
            passed += 1
        except RateLimited:
            pass
    assert passed <= 4 + 2 * (clock.now - Clock.now) + 1e-6


def test_so_many_may_be_open_at_once_per_client():
    count = Count(2, "subscriptions")
    count.enter("a")
    count.enter("a")
    count.enter("b")
    with pytest.raises(RateLimited, match="at most 2 subscriptions at once"):
        count.enter("a")


def test_closing_one_makes_room_for_one():
    count = Count(1, "transfers")
    count.enter("a")
    count.leave("a")
    count.enter("a")
    with pytest.raises(RateLimited):
        count.enter("a")


def test_closing_one_of_several_makes_room_for_no_more_than_one():
    count = Count(2, "transfers")
    count.enter("a")
    count.enter("a")
    count.leave("a")
    count.enter("a")
    with pytest.raises(RateLimited):
        count.enter("a")


def test_leaving_once_too_often_earns_no_credit():
    count = Count(1, "transfers")
    count.leave("a")
    count.enter("a")
    with pytest.raises(RateLimited):
        count.enter("a")


@pytest.mark.parametrize(
    ("message", "cost"),
    [
        (None, 1),
        ((), 1),
        ((b"x" * 6_144,), 1),
        (("x" * HEAVY,), 2),
        (({"network": "hedera:devnet", "transaction": b"x" * (3 * HEAVY)},), 4),
        (([0] * (2 * HEAVY),), 3),
        (({"a": {"b": ["x" * HEAVY]}},), 2),
    ],
)
def test_a_heavy_message_costs_more_than_a_light_one(message, cost):
    assert weight(message) == cost
