"""The money policy: a table of what happened and what that makes of an invoice, then any amounts in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.credit import Credit, counts, part_of, shares_of, standing
from relay.invoice import Flag, Invoice, InvoiceId, InvoiceStatus, Offer
from relay.money import Account, Asset, ChainId, Currency, split
from relay.payment import Share
from relay.policy import Policy, Price, usual

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
END = NOW + timedelta(hours=1)
SHOP, AUTHOR = Account("0.0.2001"), Account("0.0.2002")
OFFER = Offer(ChainId("hedera", "testnet"), Asset("0.0.0"), (Share(SHOP, 1_000),))
INVOICE = Invoice(InvoiceId("inv_1"), "shop", (OFFER,), "relay:abc", None, NOW, END)
FIAT = usual(Price(450, Currency("USD")))


def paid(*units: int, at: datetime = NOW) -> list[Credit]:
    return [Credit(f"pay_{number}", Fraction(each, 1_000), at) for number, each in enumerate(units)]


@pytest.mark.parametrize(
    ("policy", "arrived", "status", "flags"),
    [
        (Policy(), [], "created", set()),
        (Policy(), [999], "partial", set()),
        (Policy(), [1_000], "settled", set()),
        (Policy(), [400, 600], "settled", set()),
        (Policy(), [1_010], "settled", set()),
        (Policy(), [1_011], "settled", {"over"}),
        (Policy(), [1_000, 1_000], "settled", {"over"}),
        (Policy(tolerance_ppm=10_000), [990], "settled", set()),
        (Policy(tolerance_ppm=10_000), [989], "partial", set()),
        (Policy(tolerance_ppm=10_000), [495, 495], "settled", set()),
        (Policy(tolerance_ppm=10_000), [495, 494], "partial", set()),
        (Policy(over_ppm=0), [1_001], "settled", {"over"}),
        (FIAT, [990], "settled", set()),
        (FIAT, [1_111], "settled", set()),
        (FIAT, [1_112], "settled", {"over"}),
    ],
)
def test_what_arrived_decides(policy: Policy, arrived: list[int], status: str, flags: set[str]) -> None:
    stands = standing(replace(INVOICE, policy=policy), paid(*arrived), claimed=False, reverted=False)

    assert (stands.status, stands.flags) == (status, flags)


def test_a_dear_thing_has_less_room_in_per_cent_than_a_cheap_one() -> None:
    assert usual(Price(100_00, Currency("USD"))).tolerance_ppm == 1_000, "10 cents"
    assert usual(Price(1_00, Currency("USD"))).tolerance_ppm == 10_000, "1 %, which is less than 10 cents"
    assert usual(Price(100_00, Currency("USD"))).over_ppm == 10_000, "1 %, which is more than 50 cents"
    assert usual(None) == Policy(), "a price in units is exact"


def test_a_transfer_under_way_holds_an_invoice_that_is_not_paid() -> None:
    assert standing(INVOICE, paid(400), claimed=True, reverted=False).status == "processing"
    assert standing(INVOICE, paid(1_000), claimed=True, reverted=False).status == "settled"


def test_a_cancelled_invoice_stays_so_whatever_arrives() -> None:
    cancelled = replace(INVOICE, status=InvoiceStatus.CANCELLED)
    assert standing(cancelled, paid(1_000), claimed=False, reverted=False).status == "cancelled"
    assert not counts(cancelled, NOW)


def test_late_money_counts_for_a_while_and_says_so() -> None:
    late = standing(INVOICE, paid(1_000, at=END + timedelta(minutes=1)), claimed=False, reverted=False)

    assert (late.status, late.flags) == ("settled", {Flag.LATE})
    assert counts(INVOICE, END + timedelta(hours=24))
    assert not counts(INVOICE, END + timedelta(hours=24, microseconds=1))


def test_what_a_chain_took_back_is_told() -> None:
    stands = standing(INVOICE, [], claimed=False, reverted=True)
    assert (stands.status, stands.flags) == ("created", {Flag.REVERTED})


def test_only_what_goes_to_the_payees_counts() -> None:
    offer = replace(OFFER, pay_to=(Share(SHOP, 900), Share(AUTHOR, 100)))
    assert part_of(offer, [Share(SHOP, 500), Share(Account("0.0.6"), 10_000)]) == Fraction(1, 2)


amounts = st.lists(st.integers(1, 10**18), min_size=1, max_size=6)


@given(amounts, st.integers(1, 10**18), st.integers(0, 100_000), st.data())
def test_order_and_repetition_change_nothing_and_tolerance_is_of_the_sum(
    units: list[int], price: int, tolerance: int, data: st.DataObject
) -> None:
    invoice = replace(INVOICE, policy=Policy(tolerance_ppm=tolerance))
    credits = [Credit(f"pay_{n}", Fraction(each, price), NOW) for n, each in enumerate(units)]
    shuffled = data.draw(st.permutations(credits + credits[: data.draw(st.integers(0, len(credits)))]))

    stands = standing(invoice, shuffled, claimed=False, reverted=False)

    assert stands == standing(invoice, credits, claimed=False, reverted=False)
    assert stands.paid == Fraction(sum(units), price)
    assert (stands.status == "settled") == (sum(units) * 1_000_000 >= price * (1_000_000 - tolerance))


@given(st.integers(1, 10**20), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_a_split_adds_up_and_nobody_is_off_by_a_whole_unit(units: int, weights: list[int]) -> None:
    parts = split(units, weights)

    assert sum(parts) == units
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(units * weight, sum(weights))) < 1


@given(st.integers(1, 10**18), st.integers(1, 10**18), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_what_is_left_pays_the_rest(price: int, arrived: int, weights: list[int]) -> None:
    accounts = [Account(f"0.0.{2001 + n}") for n in range(len(weights))]
    shares = [
        Share(who, part) for who, part in zip(accounts, split(price + len(weights), weights), strict=True) if part
    ]
    offer = replace(OFFER, pay_to=tuple(shares))
    invoice = replace(INVOICE, offers=(offer,), paid=min(Fraction(arrived, offer.amount), Fraction(1)))

    left = invoice.left(offer)

    assert {share.account for share in left} == {share.account for share in shares}
    assert all(share.amount > 0 for share in left)
    assert invoice.paid + part_of(offer, left) >= 1
    assert sum(share.amount for share in left) <= max(offer.amount - arrived, 0) + len(shares)


def test_every_order_of_three_parts_ends_the_same() -> None:
    ends = {
        standing(INVOICE, list(each), claimed=False, reverted=False).status
        for each in permutations(paid(300, 300, 400))
    }
    assert ends == {InvoiceStatus.SETTLED}


SPLIT = Offer(ChainId("hedera", "testnet"), Asset("0.0.0"), (Share(SHOP, 900), Share(AUTHOR, 100)))


@pytest.mark.parametrize(
    ("payments", "paid_units", "status", "flags"),
    [
        ([(900, 100)], 1_000, "settled", set()),
        ([(1, 999)], 1, "partial", set()),  # the payer may be the second payee himself
        ([(900, 0)], 0, "created", set()),
        ([(900, 0), (0, 100)], 1_000, "settled", set()),
        ([(450, 50), (450, 50)], 1_000, "settled", set()),
        ([(900, 300)], 1_000, "settled", {"over"}),
    ],
)
def test_of_a_split_each_payee_must_get_his_share(
    payments: list[tuple[int, int]], paid_units: int, status: str, flags: set[str]
) -> None:
    arrived = []
    for number, (shop, author) in enumerate(payments):
        pay_to = [Share(SHOP, shop), Share(AUTHOR, author)]
        arrived.append(
            Credit(f"pay_{number}", part_of(SPLIT, pay_to), NOW, "hedera:testnet 0.0.0", shares_of(SPLIT, pay_to))
        )
    stands = standing(replace(INVOICE, offers=(SPLIT,)), arrived, claimed=False, reverted=False)

    assert (stands.status, stands.flags) == (status, flags)
    assert int(stands.paid * 1_000) == paid_units
