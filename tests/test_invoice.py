"""`match`: the exact transfer answers an invoice, and whatever differs is refused by its own name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.chain import SIGNED, Leg, SignedTransfer, Transfer
from relay.invoice import OPEN, Exact, Invoice, InvoiceId, InvoiceStatus, Mismatch, Offer, credits, match
from relay.money import Account, Asset, ChainId, TxId
from relay.payment import Share
from tests.changed import replace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TESTNET, BASE, ELSEWHERE = ChainId("hedera", "testnet"), ChainId("eip155", "8453"), ChainId("hedera", "mainnet")
HBAR, DUSD, OTHER_ASSET = Asset("0.0.0"), Asset("0.0.5001"), Asset("0.0.9999")
PAYER, STRANGER = Account("0.0.1001"), Account("0.0.6666")
SHOP, AUTHOR, FEES = Account("0.0.2001"), Account("0.0.2002"), Account("0.0.3001")

INVOICE = Invoice(
    id=InvoiceId("inv_1"),
    merchant="shop",
    offers=(
        Offer(TESTNET, HBAR, (Share(SHOP, 900), Share(FEES, 100))),
        Offer(TESTNET, DUSD, (Share(SHOP, 5),)),
        Offer(BASE, HBAR, (Share(SHOP, 7),)),
    ),
    memo="relay:abc",
    content="post-42",
    created=NOW,
    expires=NOW + timedelta(hours=1),
)


def paying(offer: Offer, memo: str = INVOICE.memo) -> Transfer:
    """The transfer an honest wallet signs."""
    owed = {share.account: 0 for share in offer.pay_to}
    for share in offer.pay_to:
        owed[share.account] += share.amount
    legs = [Leg(PAYER, offer.asset, -offer.amount), *(Leg(to, offer.asset, amount) for to, amount in owed.items())]
    return Transfer(
        id=TxId("0.0.1001@1700000000.000000001"),
        signed=SignedTransfer(offer.chain, SIGNED, b"as signed"),
        payer=PAYER,
        legs=tuple(legs),
        memo=memo,
        valid_from=NOW,
        valid_until=NOW + timedelta(seconds=120),
    )


def crediting(*legs: tuple[Account, Asset, int]) -> Transfer:
    return replace(paying(INVOICE.offers[0]), legs=tuple(Leg(*leg) for leg in legs))


@pytest.mark.parametrize("offer", INVOICE.offers, ids=lambda offer: f"{offer.chain} {offer.asset}")
def test_each_offer_is_answered_by_its_own_transfer(offer):
    assert match(paying(offer), INVOICE, NOW) == Exact(offer)


def test_an_offer_costs_the_sum_of_its_shares():
    assert [offer.amount for offer in INVOICE.offers] == [1000, 5, 7]


def test_a_payee_named_twice_is_owed_both_shares():
    offer = Offer(TESTNET, HBAR, (Share(SHOP, 1), Share(FEES, 2), Share(SHOP, 3)))
    invoice = replace(INVOICE, offers=(offer,))
    assert match(crediting((SHOP, HBAR, 4), (FEES, HBAR, 2)), invoice, NOW) == Exact(offer)


def test_a_payee_credited_twice_got_both():
    transfer = crediting((SHOP, HBAR, 400), (FEES, HBAR, 100), (SHOP, HBAR, 500))
    assert match(transfer, INVOICE, NOW) == Exact(INVOICE.offers[0])


def test_who_is_debited_is_not_the_invoices_business():
    transfer = crediting((STRANGER, HBAR, -900), (PAYER, HBAR, -100), (SHOP, HBAR, 900), (FEES, HBAR, 100))
    assert match(transfer, INVOICE, NOW) == Exact(INVOICE.offers[0])


def test_an_invoice_is_open_until_the_instant_it_expires():
    transfer = paying(INVOICE.offers[0])
    assert match(transfer, INVOICE, INVOICE.expires - MICROSECOND) == Exact(INVOICE.offers[0])
    assert match(transfer, INVOICE, INVOICE.expires).code == "invoice_expired"
    assert INVOICE.status_at(INVOICE.expires - MICROSECOND) is InvoiceStatus.CREATED
    assert INVOICE.status_at(INVOICE.expires) is InvoiceStatus.EXPIRED


@pytest.mark.parametrize("status", sorted(set(InvoiceStatus) - OPEN))
def test_only_an_open_invoice_expires_by_itself(status):
    assert replace(INVOICE, status=status).status_at(INVOICE.expires) is status


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (InvoiceStatus.SETTLED, "invoice_paid", "already paid"),
        (InvoiceStatus.PROCESSING, "invoice_paid", "being paid by another transfer"),
        (InvoiceStatus.EXPIRED, "invoice_expired", "expired at 2026-11-20T13:00:00+00:00"),
        (InvoiceStatus.CANCELLED, "invoice_expired", "cancelled by the merchant"),
    ],
)
def test_an_invoice_that_is_not_open_says_why(status, code, says):
    answer = match(paying(INVOICE.offers[0]), replace(INVOICE, status=status), NOW)
    assert isinstance(answer, Mismatch)
    assert answer.code == code
    assert says in answer.message


@pytest.mark.parametrize(
    ("transfer", "code", "message"),
    [
        (paying(INVOICE.offers[0], "relay:xyz"), "wrong_memo", "memo: expected 'relay:abc', got 'relay:xyz'"),
        (paying(INVOICE.offers[0], "x" * 101), "wrong_memo", f"memo: expected 'relay:abc', got '{'x' * 100}…'"),
        (paying(INVOICE.offers[0], "relay:abc "), "wrong_memo", "memo: expected 'relay:abc', got 'relay:abc '"),
        (
            paying(replace(INVOICE.offers[0], chain=ELSEWHERE)),
            "unsupported_network",
            "network: expected eip155:8453, hedera:testnet, got hedera:mainnet",
        ),
        (
            paying(replace(INVOICE.offers[0], asset=OTHER_ASSET)),
            "wrong_asset",
            "asset: expected 0.0.0 or 0.0.5001, got 0.0.9999",
        ),
        (
            crediting((SHOP, HBAR, 900), (FEES, HBAR, 100), (SHOP, DUSD, 5)),
            "wrong_asset",
            "asset: expected 0.0.0 or 0.0.5001, got 0.0.0, 0.0.5001",
        ),
        (paying(replace(INVOICE.offers[1], chain=BASE)), "wrong_asset", "asset: expected 0.0.0, got 0.0.5001"),
        (crediting((SHOP, HBAR, -900)), "wrong_asset", "asset: expected 0.0.0 or 0.0.5001, got none"),
        (
            crediting((SHOP, HBAR, 900), (STRANGER, HBAR, 100)),
            "unknown_payee",
            "payees: expected 0.0.2001, 0.0.3001, got 0.0.2001, 0.0.6666",
        ),
        (crediting((SHOP, HBAR, 1000)), "unknown_payee", "payees: expected 0.0.2001, 0.0.3001, got 0.0.2001"),
        (
            crediting((SHOP, HBAR, 900), (FEES, HBAR, 100), (STRANGER, HBAR, 1)),
            "unknown_payee",
            "payees: expected 0.0.2001, 0.0.3001, got 0.0.2001, 0.0.3001, 0.0.6666",
        ),
        (
            crediting((SHOP, HBAR, 901), (FEES, HBAR, 99)),
            "wrong_amount",
            "amount to 0.0.2001: expected 900, got 901",
        ),
        (crediting((SHOP, HBAR, 900), (FEES, HBAR, 99)), "wrong_amount", "amount to 0.0.3001: expected 100, got 99"),
    ],
)
def test_a_difference_is_named_with_what_was_expected_and_what_came(transfer, code, message):
    assert match(transfer, INVOICE, NOW) == Mismatch(code, message)


def test_credits_are_listed_by_asset_and_account():
    transfer = crediting((PAYER, HBAR, -3), (SHOP, HBAR, 1), (SHOP, HBAR, 2), (FEES, DUSD, 4), (PAYER, DUSD, -4))
    assert credits(transfer) == {HBAR: {SHOP: 3}, DUSD: {FEES: 4}}


# --- any invoice, any one difference, any several ---

quick = settings(max_examples=50, deadline=None)  # a busy machine is no failure
shares = st.builds(Share, st.sampled_from([SHOP, AUTHOR, FEES]), st.integers(1, 2**256))
splits = st.lists(shares, min_size=1, max_size=4).map(tuple)
offers = st.lists(
    st.builds(Offer, st.sampled_from([TESTNET, BASE]), st.sampled_from([HBAR, DUSD]), splits),
    min_size=1,
    unique_by=lambda offer: (offer.chain, offer.asset),
).map(tuple)
memos = st.sampled_from(["relay:abc", "x", "käse 🧀"])
invoices = st.builds(replace, st.just(INVOICE), offers=offers, memo=memos)


@st.composite
def asked_and_paid(draw: st.DrawFn) -> tuple[Invoice, Offer, Transfer]:
    """An invoice, one of its offers, and the transfer that pays it, its legs in any order."""
    invoice = draw(invoices)
    offer = draw(st.sampled_from(invoice.offers))
    transfer = paying(offer, invoice.memo)
    return invoice, offer, replace(transfer, legs=tuple(draw(st.permutations(transfer.legs))))


def other_memo(transfer: Transfer) -> Transfer:
    return replace(transfer, memo=transfer.memo + "x")


def other_network(transfer: Transfer) -> Transfer:
    return replace(transfer, signed=replace(transfer.signed, chain=ELSEWHERE))


def other_asset(transfer: Transfer) -> Transfer:
    return replace(transfer, legs=tuple(replace(leg, asset=OTHER_ASSET) for leg in transfer.legs))


def one_asset_more(transfer: Transfer) -> Transfer:
    return replace(transfer, legs=(*transfer.legs, Leg(SHOP, OTHER_ASSET, 1), Leg(PAYER, OTHER_ASSET, -1)))


def nobody_paid(transfer: Transfer) -> Transfer:
    return replace(transfer, legs=tuple(leg for leg in transfer.legs if leg.amount < 0))


def first_credit(transfer: Transfer, change: object, *, drop: bool = False) -> Transfer:
    legs = list(transfer.legs)
    at = next(at for at, leg in enumerate(legs) if leg.amount > 0)
    legs[at : at + 1] = [] if drop else [replace(legs[at], **change)]
    return replace(transfer, legs=tuple(legs))


def payee_replaced(transfer: Transfer) -> Transfer:
    return first_credit(transfer, {"account": STRANGER})


def payee_added(transfer: Transfer) -> Transfer:
    asset = transfer.legs[0].asset
    return replace(transfer, legs=(*transfer.legs, Leg(STRANGER, asset, 1)))


def one_unit_more(transfer: Transfer) -> Transfer:
    leg = next(leg for leg in transfer.legs if leg.amount > 0)
    return first_credit(transfer, {"amount": leg.amount + 1})


def doubled(transfer: Transfer) -> Transfer:
    return replace(transfer, legs=tuple(replace(leg, amount=leg.amount * 2) for leg in transfer.legs))


DIFFERENCES = [  # in the order a person would ask
    (other_memo, "wrong_memo"),
    (other_network, "unsupported_network"),
    (other_asset, "wrong_asset"),
    (one_asset_more, "wrong_asset"),
    (nobody_paid, "wrong_asset"),
    (payee_replaced, "unknown_payee"),
    (payee_added, "unknown_payee"),
    (one_unit_more, "wrong_amount"),
    (doubled, "wrong_amount"),
]


@quick
@given(asked_and_paid())
def test_the_exact_transfer_pays_whatever_the_order_of_its_legs(case):
    invoice, offer, transfer = case
    assert match(transfer, invoice, NOW) == Exact(offer)


@pytest.mark.parametrize(("differ", "code"), DIFFERENCES, ids=lambda value: getattr(value, "__name__", value))
@quick
@given(case=asked_and_paid())
def test_a_single_difference_has_its_own_code(differ, code, case):
    invoice, _, transfer = case
    answer = match(differ(transfer), invoice, NOW)
    assert isinstance(answer, Mismatch)
    assert answer.code == code


@quick
@given(asked_and_paid(), st.integers(0, 2))
def test_one_unit_less_is_not_enough(case, which):
    invoice, _, transfer = case
    owed = [leg for leg in transfer.legs if leg.amount > 1]
    if not owed:
        return
    short = owed[which % len(owed)]
    legs = tuple(replace(leg, amount=leg.amount - 1) if leg is short else leg for leg in transfer.legs)
    assert match(replace(transfer, legs=legs), invoice, NOW).code == "wrong_amount"


@quick
@given(asked_and_paid())
def test_a_payee_left_out_is_missed(case):
    invoice, offer, transfer = case
    answer = match(first_credit(transfer, {}, drop=True), invoice, NOW)
    assert answer.code == ("unknown_payee" if len({share.account for share in offer.pay_to}) > 1 else "wrong_asset")


@quick
@given(asked_and_paid(), st.data())
def test_of_several_differences_the_first_is_named(case, data):
    invoice, _, transfer = case
    apart = [each for each in DIFFERENCES if each[0] is not nobody_paid]  # what nobody gets cannot differ further
    chosen = data.draw(
        st.lists(st.sampled_from(apart), min_size=1, unique=True).map(lambda some: sorted(some, key=apart.index))
    )
    for differ, _ in chosen:
        transfer = differ(transfer)
    assert match(transfer, invoice, NOW).code == chosen[0][1]


@quick
@given(asked_and_paid(), st.sampled_from(sorted(sorted(set(InvoiceStatus) - OPEN))))
def test_a_closed_invoice_takes_not_even_the_exact_transfer(case, status):
    invoice, _, transfer = case
    assert isinstance(match(transfer, replace(invoice, status=status), NOW), Mismatch)
