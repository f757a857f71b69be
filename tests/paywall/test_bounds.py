"""What a paywall remembers is bounded: sales by number, time and bytes, not those under way; clients by number."""

from __future__ import annotations

from relay.paywall import quota
from relay.paywall.quota import Quota
from relay.paywall.request import Served
from relay.paywall.sales import Elsewhere, Full, Known, New, Sale, Sales


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(sales: Sales, key: str) -> Sale:
    found = sales.open(key, "request")
    assert isinstance(found, New | Known)
    return found.sale


def test_an_answer_is_kept_for_its_time_and_the_payment_is_new_again_after() -> None:
    sales = Sales(clock=(clock := Clock()), keep_seconds=10)
    opened(sales, "a")
    clock.now = 9.9
    assert isinstance(sales.open("a", "request"), Known)
    assert isinstance(sales.open("a", "other request"), Elsewhere)
    clock.now = 19.8  # it was asked for in between
    assert isinstance(sales.open("a", "request"), Known)
    clock.now = 29.8
    assert isinstance(sales.open("a", "request"), New)


def test_the_oldest_is_forgotten_at_a_bound() -> None:
    sales = Sales(clock=Clock(), keep_seconds=10, most=3)
    for key in "abcd":
        opened(sales, key)
    assert isinstance(sales.open("d", "request"), Known)
    assert isinstance(sales.open("a", "request"), New)


async def test_what_is_under_way_is_never_forgotten_and_no_more_is_begun_than_can_be_held() -> None:
    sales = Sales(clock=(clock := Clock()), keep_seconds=10, most=2)
    async with opened(sales, "a").turn, opened(sales, "b").turn:
        clock.now = 100.0
        assert isinstance(sales.open("c", "request"), Full)
        assert isinstance(sales.open("a", "request"), Known)
    clock.now = 200.0
    assert isinstance(sales.open("c", "request"), New)


def test_kept_answers_have_a_size_together() -> None:
    sales = Sales(clock=Clock(), keep_seconds=10, most_bytes=25)
    for key in "abc":
        sales.keep(opened(sales, key), Served(200, body=b"x" * 10))
    assert isinstance(sales.open("a", "request"), New), "the oldest made room"
    assert isinstance(sales.open("c", "request"), Known)
    sales.drop(opened(sales, "b"))
    sales.drop(opened(sales, "c"))
    for key in "de":
        sales.keep(opened(sales, key), Served(200, body=b"x" * 12))
    assert isinstance(sales.open("d", "request"), Known), "what was dropped takes no room"


def test_a_quota_counts_each_client_in_each_span_and_forgets_in_order() -> None:
    clients = Quota(clock := Clock())
    assert [clients.take("a", 2, 10) for _ in range(3)] == [True, True, False]
    assert clients.take("b", 2, 10) and not clients.take("b", 0, 10)
    clock.now = 10.0
    assert clients.take("a", 2, 10)
    for n in range(quota.MOST):
        clients.take(f"client {n}", 1, 10)
    assert len(clients._taken) == quota.MOST
