"""Bodies of requests: what the routes take, and which field a refusal names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.errors import InvalidRequest, TooLarge
from relay.money import Account
from relay.payment import Share
from relay.wire import api
from tests.wire.test_transfers import junk

quick = settings(max_examples=200, deadline=None)


@quick
@given(st.binary(max_size=60) | junk.map(lambda value: json.dumps(value, default=repr).encode()))
@pytest.mark.parametrize("kind", [api.CreateInvoice, api.CreatePayment, dict])
def test_any_body_is_what_the_route_takes_or_an_invalid_request(kind, body):
    try:
        assert isinstance(api.decode(body, kind), kind)
    except InvalidRequest as refused:
        assert refused.message


@pytest.mark.parametrize("nest", [b"[", b'{"a":'])
def test_a_body_nested_too_deep_is_an_invalid_request(nest):
    with pytest.raises(InvalidRequest, match="nests too deep"):
        api.decode(b'{"network":"hedera:testnet","transaction":' + nest * 60_000, api.CreatePayment)


def test_a_body_that_is_not_utf8_is_an_invalid_request():
    with pytest.raises(InvalidRequest):
        api.decode(b'{"network": "\xff"}', api.CreatePayment)


def test_an_empty_body_is_told_as_that():
    with pytest.raises(InvalidRequest, match="the body is empty; this route takes a JSON object"):
        api.decode(b"", api.CreateInvoice)


def test_a_wrong_field_is_named_as_the_client_spells_it():
    with pytest.raises(InvalidRequest, match="payTo"):
        api.decode(b'{"network": "hedera:testnet", "payTo": 7}', api.CreateInvoice)
    with pytest.raises(InvalidRequest, match="pay_to"):
        api.decode(b'{"network": "hedera:testnet", "pay_to": "0.0.2001"}', api.CreateInvoice)


def invoice_body(**fields: object) -> api.CreateInvoice:
    return api.decode(json.dumps(fields).encode(), api.CreateInvoice)


def test_one_price_is_one_offer():
    asked = invoice_body(network="hedera:testnet", asset="0.0.0", amount="5", payTo="0.0.2001")
    assert asked.offers() == [api.OfferRequest(network="hedera:testnet", asset="0.0.0", amount="5", pay_to="0.0.2001")]


def test_several_prices_are_as_many_offers():
    asked = invoice_body(alternatives=[{"network": "hedera:testnet"}, {"network": "eip155:8453"}])
    assert [offer.network for offer in asked.offers()] == ["hedera:testnet", "eip155:8453"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "`network` is missing"),
        ({"network": "hedera:testnet", "alternatives": []}, "give either"),
        ({"alternatives": []}, "from 1 to 16, got 0"),
        ({"alternatives": [{"network": "hedera:testnet"}] * 17}, "from 1 to 16, got 17"),
        ({"alternatives": [{"network": "hedera:testnet"}], "amount": "5"}, "inside each"),
        ({"alternatives": [{"network": "hedera:testnet"}], "asset": "0.0.0"}, "inside each"),
        ({"alternatives": [{"network": "hedera:testnet"}], "payTo": "0.0.2001"}, "inside each"),
    ],
)
def test_an_invoice_has_one_price_or_alternatives(fields, says):
    with pytest.raises(InvalidRequest, match=says):
        invoice_body(**fields).offers()


def offer(pay_to: object = None, amount: str | None = "1000") -> api.OfferRequest:
    payees = [api.Payee(*each) for each in pay_to] if isinstance(pay_to, list) else pay_to
    return api.OfferRequest(network="hedera:testnet", amount=amount, pay_to=payees)


def test_an_amount_that_was_forgotten_is_told_as_missing():
    with pytest.raises(InvalidRequest, match=r"^`amount` is missing, .* or `price`"):
        api.read_shares(offer(amount=None), Account("0.0.9"))


@pytest.mark.parametrize(
    ("asked", "shares"),
    [
        (offer(), (Share("0.0.9", 1000),)),
        (offer("0.0.2001"), (Share("0.0.2001", 1000),)),
        (offer([("0.0.2001",)]), (Share("0.0.2001", 1000),)),
        (offer([("0.0.2001", "1000")]), (Share("0.0.2001", 1000),)),
        (offer([("0.0.1", "900"), ("0.0.2", "100")]), (Share("0.0.1", 900), Share("0.0.2", 100))),
        (offer([("0.0.1", "900"), ("0.0.2", "100")], None), (Share("0.0.1", 900), Share("0.0.2", 100))),
        (offer(amount=str(2**256 - 1)), (Share("0.0.9", 2**256 - 1),)),
    ],
)
def test_who_gets_how_much(asked, shares):
    assert api.read_shares(asked, Account("0.0.9")) == shares


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (offer(), "payTo: missing, and the merchant has no account on hedera:testnet"),
        (offer([]), "from 1 to 9 payees, got 0"),
        (offer([(f"0.0.{number}", "1") for number in range(10)]), "from 1 to 9 payees, got 10"),
        (offer([("0.0.1", "500"), ("0.0.1", "500")]), "each account once"),
        (offer([("0.0.1", "900"), ("0.0.2", "99")]), "payTo adds up to 999, amount is 1000"),
        (offer([("0.0.1", "999")]), "payTo adds up to 999, amount is 1000"),
        (offer([("0.0.1", "900"), ("0.0.2",)]), "an amount is a string"),
        (offer([("0.0.1", "1000"), ("0.0.2", "0")]), "at least 1"),
        (offer("0.0.1", None), "`amount` is missing"),
        (offer("0.0.1", "0"), "at least 1"),
        (offer("0.0.1", str(2**256)), "below 2\\^256"),
        (offer("0.0.1", "1.5"), "an amount is a string of whole smallest units, such as '1000000'; got '1.5'"),
        (offer([("0.0.1", "900"), ("0.0.2", "100")], "x"), "an amount is a string"),
    ],
)
def test_a_split_that_does_not_add_up_is_refused(asked, says):
    with pytest.raises(InvalidRequest, match=says):
        api.read_shares(asked, None)


def test_metadata_is_bounded_as_it_is_stored():
    largest = {"a": "x" * (api.MAX_METADATA_BYTES - len('{"a":""}'))}
    assert api.read_metadata(largest) == largest
    with pytest.raises(TooLarge):
        api.read_metadata({"a": largest["a"] + "x"})


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20T12:00:00.123456+02:00", datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T12:00:00", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_utc(text, at):
    assert api.read_time(text, "since") == at


@pytest.mark.parametrize("text", ["", "yesterday", "1763640000", "2026-13-01T00:00:00Z", "2026-11-20T25:00:00Z"])
def test_what_is_no_time_names_its_field(text):
    with pytest.raises(InvalidRequest, match="since: expected a time"):
        api.read_time(text, "since")
