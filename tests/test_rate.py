"""What is believed of what sources say, and what a price then is in units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import RateUnavailable
from relay.money import Currency
from relay.rate import Doubt, Pair, Rate, believe, units_due

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HBAR = Pair("HBAR", Currency("USD"))


def said(*values: str, pair: Pair = HBAR, ago: float = 0) -> list[Rate]:
    return [Rate(f"s{at}", pair, Decimal(value), NOW - timedelta(seconds=ago)) for at, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "believed", "sources"),
    [
        (["0.07"], "0.07", 1),
        (["0.070", "0.071"], "0.0705", 2),
        (["0.070", "0.071", "0.072"], "0.071", 3),
        (["0.070", "0.071", "0.71"], "0.0705", 2),
        (["0.070", "0.071", "0.0071"], "0.0705", 2),
        (["0.07", "NaN"], "0.07", 1),
        (["0.07", "sNaN", "Infinity", "-Infinity"], "0.07", 1),
        (["0.07", "0"], "0.07", 1),
        (["0.07", "-0.07"], "0.07", 1),
        (["0.07", "1e999999", "1e-999999"], "0.07", 1),
        (["0.069", "0.070", "0.071", "7", "700"], "0.07", 3),
    ],
    ids=str,
)
def test_the_median_is_believed_without_what_is_far_from_it_or_no_rate(values, believed, sources):
    quote = believe(HBAR, said(*values), NOW, Doubt(deviation=Decimal("0.03")))
    assert (quote.value, len(quote.evidence)) == (Decimal(believed), sources)


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["0"],
        ["NaN"],
        ["0.07", "0.7"],  # ten times as much: either may lie
        ["0.07", "0.08"],
        ["0.05", "0.07", "0.09"],  # no two agree, so no majority is near the median
        ["0.07", "0.07", "0.7", "0.7"],
    ],
    ids=str,
)
def test_where_no_majority_agrees_there_is_no_rate(values):
    with pytest.raises(RateUnavailable):
        believe(HBAR, said(*values), NOW, Doubt())


def test_fewer_sources_than_the_operator_wants_are_none():
    assert believe(HBAR, said("0.07", "0.07"), NOW, Doubt(sources=2)).value == Decimal("0.07")
    with pytest.raises(RateUnavailable, match="1 of the 2"):
        believe(HBAR, said("0.07"), NOW, Doubt(sources=2))
    with pytest.raises(RateUnavailable, match="2 of the 3"):
        believe(HBAR, said("0.07", "0.07", "0.7"), NOW, Doubt(sources=3))


@pytest.mark.parametrize(("ago", "fresh"), [(0, True), (300, True), (301, False), (-60, True), (-61, False)])
def test_a_rate_is_believed_while_it_is_fresh_and_never_from_the_future(ago, fresh):
    rates = said("0.07", ago=ago)
    if fresh:
        assert believe(HBAR, rates, NOW, Doubt()).at == rates[0].at
    else:
        with pytest.raises(RateUnavailable):
            believe(HBAR, rates, NOW, Doubt())


def test_a_rate_of_another_pair_is_not_one_of_this():
    with pytest.raises(RateUnavailable):
        believe(HBAR, said("0.07", pair=Pair("HBAR", Currency("EUR"))), NOW, Doubt())


@given(
    truth=st.decimals("0.000001", "100000", places=6),
    noise=st.lists(st.integers(-100, 100), min_size=2, max_size=6),
    lies=st.lists(st.decimals(allow_nan=True, allow_infinity=True), max_size=2),
)
def test_a_minority_of_liars_cannot_move_the_rate_beyond_the_honest_ones(truth, noise, lies):
    honest = [truth * (1 + Decimal(each) / 10_000) for each in noise]  # within a percent of the truth
    lies = lies[: len(honest) - 1]
    quote = believe(HBAR, said(*map(str, honest + lies)), NOW, Doubt(deviation=Decimal("0.03")))
    assert min(honest) * Decimal("0.97") <= quote.value <= max(honest) * Decimal("1.03")


@pytest.mark.parametrize(
    ("cents", "rate", "decimals", "step", "due"),
    [
        (450, "0.07", 8, 1, 6_428_571_429),  # 64.28571428… HBAR
        (450, "1", 6, 1, 4_500_000),
        (450, "1", 18, 1, 4_500_000_000_000_000_000),
        (1, "1000000", 0, 1, 1),  # a hundred-millionth of a coin that has no parts
        (1, "1e12", 8, 1, 1),
        (450, "0.07", 18, 10**10, 64_285_714_290_000_000_000),  # HBAR as EVM wallets see it
    ],
)
def test_what_is_due_is_rounded_up_to_what_the_chain_moves(cents, rate, decimals, step, due):
    assert units_due(cents, Decimal(rate), decimals=decimals, step=step) == due


@given(
    cents=st.integers(1, 10**8),
    rate=st.decimals("0.000000000001", "1000000000000", places=12).filter(lambda rate: rate > 0),
    decimals=st.integers(0, 18),
    step=st.sampled_from([1, 10, 10**10]),
)
def test_what_is_due_is_never_worth_less_than_the_price_nor_a_step_more(cents, rate, decimals, step):
    due = units_due(cents, rate, decimals=decimals, step=step)
    worth = Fraction(rate) * 100 / 10**decimals
    assert due > 0
    assert due % step == 0
    assert (due - step) * worth < cents <= due * worth
