"""Names of chains and amounts: one spelling each, and nothing is rounded."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import InvalidRequest
from relay.money import ChainId, parse_units, read_units, show_units

quick = settings(max_examples=200, deadline=None)
largest = 2**256 - 1


@pytest.mark.parametrize("text", ["hedera:testnet", "eip155:8453", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp", "a-1:_x"])
def test_a_caip2_name_is_read_and_written_the_same(text):
    assert str(ChainId.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hedera",
        "hedera:",
        ":testnet",
        "he:x",
        "Hedera:testnet",
        "hedera:test net",
        "hedera:a:b",
        "hedera:testnet\n",
        "ninechars:x",
        "hedera:" + "x" * 33,
        "hedera:tëst",
        " hedera:testnet",
    ],
)
def test_what_is_not_caip2_is_refused_by_its_first_characters(text):
    with pytest.raises(InvalidRequest, match="CAIP-2"):
        ChainId.parse(text)


def test_a_refusal_does_not_echo_a_megabyte():
    with pytest.raises(InvalidRequest) as refused:
        ChainId.parse("x" * 1_000_000)
    assert len(refused.value.message) < 200


@quick
@given(st.text(max_size=60))
def test_any_text_is_a_chain_or_refused(text):
    with suppress(InvalidRequest):
        assert str(ChainId.parse(text)) == text


@quick
@given(st.integers(0, largest))
def test_an_amount_in_json_is_a_decimal_string(units):
    assert parse_units(str(units)) == units


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "01",
        "00",
        "1.0",
        "1e3",
        "1_000",
        " 1",
        "1\n",
        "0x10",
        "١٢",
        "²",
        "NaN",
        "1" * 79,
        1,
        1.0,
        True,
        None,
        b"1",
        ["1"],
    ],
)
def test_anything_else_is_no_amount(text):
    with pytest.raises(InvalidRequest, match="whole smallest units"):
        parse_units(text)


@pytest.mark.parametrize(
    ("units", "decimals", "shown"),
    [
        (150_000_000, 8, "1.5"),
        (100_000_000, 8, "1"),
        (1, 8, "0.00000001"),
        (0, 8, "0"),
        (42, 0, "42"),
        (-150, 2, "-1.5"),
        (-1, 2, "-0.01"),
        (100, 0, "100"),
        (largest, 18, "115792089237316195423570985008687907853269984665640564039457.584007913129639935"),
    ],
)
def test_units_are_shown_for_people(units, decimals, shown):
    assert show_units(units, decimals) == shown


@quick
@given(st.integers(-largest, largest), st.integers(0, 36))
def test_what_is_shown_is_read_back_exactly(units, decimals):
    assert read_units(show_units(units, decimals), decimals) == units


@pytest.mark.parametrize(
    ("text", "units"), [("1.5", 150), (" 1.5 ", 150), ("1.500", 150), ("007", 700), ("0", 0), ("-0.01", -1)]
)
def test_people_type_amounts_in_more_than_one_way(text, units):
    assert read_units(text, 2) == units


def test_more_places_than_the_asset_has_are_refused():
    with pytest.raises(InvalidRequest, match=r"'1\.005' has more than 2 decimal places"):
        read_units("1.005", 2)


def test_a_tiny_remainder_far_out_is_not_rounded_away():
    with pytest.raises(InvalidRequest):
        read_units("1." + "0" * 70 + "1", 8)


@pytest.mark.parametrize(
    "text", ["", ".", "1.", "1,5", "1e2", "1e999999999", "NaN", "Infinity", "1_000", "١٢", "--1", "1.5 ℏ", "1" * 79]
)
def test_what_is_no_amount_is_refused_whatever_its_size(text):
    with pytest.raises(InvalidRequest, match="is not an amount"):
        read_units(text, 8)


@quick
@given(st.text(max_size=30), st.integers(0, 18))
def test_any_text_is_an_amount_or_refused(text, decimals):
    with suppress(InvalidRequest):
        assert isinstance(read_units(text, decimals), int)
