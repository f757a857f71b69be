"""JSON at the edge: every form of a transfer, every limit, and no input that gets more than a refusal."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relay.chain import EXACT, SIGNED, SignedTransfer, Taken
from relay.errors import InvalidRequest, TooLarge, TransferMismatch, UnsupportedNetwork
from relay.invoice import Invoice, InvoiceId, InvoiceStatus, Offer
from relay.money import Account, Asset, ChainId
from relay.payment import Share, Status, advance
from relay.wire import api, events, invoices, transfers
from tests.changed import replace
from tests.vectors import generate_events as vectors

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
TESTNET, BASE = ChainId("hedera", "testnet"), ChainId("eip155", "8453")
RAW = b"\x0a\x00\xfb\xef\xff signed"
TEXT = base64.b64encode(RAW).decode()
quick = settings(max_examples=200, deadline=None)


# --- a transfer as clients send it ---

FORMS = [
    RAW,
    bytearray(RAW),
    TEXT,
    base64.urlsafe_b64encode(RAW).decode(),
    TEXT.rstrip("="),
    "0x" + RAW.hex(),
    list(RAW),
    tuple(RAW),
]


@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_every_form_of_the_bytes_is_the_same_transfer(form):
    expected = SignedTransfer(TESTNET, SIGNED, RAW)
    assert transfers.read_transfer(form, TESTNET) == (expected, None)
    assert transfers.read_transfer({"transaction": form}, TESTNET) == (expected, None)
    assert transfers.read_transfer({"network": "hedera:testnet", "transaction": form}, BASE) == (expected, None)


def test_the_object_names_network_scheme_and_invoice():
    argument = {"network": "eip155:8453", "transaction": TEXT, "scheme": "exact", "invoice": "inv_1"}
    assert transfers.read_transfer(argument, TESTNET) == (SignedTransfer(BASE, EXACT, RAW), InvoiceId("inv_1"))


def test_an_invoice_of_null_is_none():
    assert transfers.read_transfer({"transaction": RAW, "invoice": None}, TESTNET)[1] is None


@quick
@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_arrive_as_they_were(raw):
    url_safe = base64.urlsafe_b64encode(raw).decode()
    assume(not url_safe.startswith("0x"))  # read as hex
    for form in (raw, base64.b64encode(raw).decode(), url_safe, url_safe.rstrip("="), "0x" + raw.hex(), list(raw)):
        assert transfers.read_bytes(form) == raw


LARGEST = bytes(transfers.MAX_RAW_BYTES)


@pytest.mark.parametrize("form", [LARGEST, base64.b64encode(LARGEST).decode(), "0x" + LARGEST.hex(), list(LARGEST)])
def test_the_largest_transfer_is_taken_in_every_form(form):
    assert transfers.read_bytes(form) == LARGEST


BEYOND = LARGEST + b"\0"


@pytest.mark.parametrize(
    "form", [BEYOND, base64.b64encode(BEYOND).decode(), "0x" + BEYOND.hex(), list(BEYOND), "A" * 10_000_000]
)
def test_one_byte_more_is_too_large_in_every_form(form):
    with pytest.raises(TooLarge):
        transfers.read_transfer(form, TESTNET)


@pytest.mark.parametrize("form", [b"", "", "0x", "====", []])
def test_no_bytes_are_no_transfer(form):
    with pytest.raises(InvalidRequest, match="the transaction is empty"):
        transfers.read_bytes(form)


@pytest.mark.parametrize(
    "form",
    [
        "0xabc",
        "0xzz",
        "not base64!",
        "YQ==YQ==",
        "Y",
        "YQ\n==",
        "käse",
        "\ud800",
        "\0",
        [256],
        [-1],
        [1.0],
        [True],
        ["1"],
        [None],
        [[1]],
        None,
        7,
        1.5,
        True,
        {1},
    ],
    ids=repr,
)
def test_what_is_no_bytes_is_refused(form):
    with pytest.raises(InvalidRequest):
        transfers.read_bytes(form)


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({}, "transaction: missing"),
        ({"transaction": RAW, "netwrok": "x"}, "unknown field 'netwrok'"),
        ({"transaction": RAW, 7: "x"}, "unknown field '7'"),
        ({"transaction": RAW, "network": 7}, "strings"),
        ({"transaction": RAW, "network": None}, "strings"),
        ({"transaction": RAW, "scheme": None}, "strings"),
        ({"transaction": RAW, "invoice": ["inv_1"]}, "strings"),
        ({"transaction": RAW, "network": "testnet"}, "CAIP-2"),
        ({"transaction": {"authorization": {}}}, "expected the signed bytes"),
    ],
)
def test_a_refusal_names_the_field(argument, says):
    with pytest.raises(InvalidRequest, match=says):
        transfers.read_transfer(argument, TESTNET)


def test_an_unknown_field_is_not_echoed_at_length():
    with pytest.raises(InvalidRequest) as refused:
        transfers.read_transfer({"x" * 1_000_000: 1}, TESTNET)
    assert len(refused.value.message) < 200


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=12)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=4),
    max_leaves=8,
)
nearly = st.fixed_dictionaries(
    {}, optional={"network": junk, "transaction": junk, "scheme": junk, "invoice": junk, "more": junk}
)


@settings(max_examples=500, deadline=None)
@given(junk | nearly)
def test_whatever_is_sent_is_a_transfer_or_an_invalid_request(argument):
    try:
        signed, invoice = transfers.read_transfer(argument, TESTNET)
    except InvalidRequest as refused:
        assert refused.message
    else:
        assert isinstance(signed.raw, bytes)
        assert 0 < len(signed.raw) <= transfers.MAX_RAW_BYTES
        assert invoice is None or isinstance(argument, Mapping)


# --- bodies ---


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
        ({}, "give either"),
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
        (offer("0.0.1", None), "an amount is a string"),
        (offer("0.0.1", "0"), "at least 1"),
        (offer("0.0.1", str(2**256)), "below 2\\^256"),
        (offer("0.0.1", "1.5"), "an amount is a string"),
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


# --- invoices as they are shown ---

INVOICE = Invoice(
    id=InvoiceId("inv_1"),
    merchant="shop",
    offers=(
        Offer(TESTNET, Asset("0.0.0"), (Share(Account("0.0.2001"), 900), Share(Account("0.0.3001"), 100))),
        Offer(BASE, Asset("native"), (Share(Account("0xAb"), 2**255),)),
    ),
    memo="relay:abc",
    content="post-42",
    created=NOW,
    expires=NOW + timedelta(hours=1),
    metadata={"order": "7"},
)


def test_an_invoice_shows_its_first_offer_at_the_top_and_each_as_a_requirement():
    first = {
        "network": "hedera:testnet",
        "asset": "0.0.0",
        "amount": "1000",
        "payTo": [{"account": "0.0.2001", "amount": "900"}, {"account": "0.0.3001", "amount": "100"}],
    }
    second = {
        "network": "eip155:8453",
        "asset": "native",
        "amount": str(2**255),
        "payTo": [{"account": "0xAb", "amount": str(2**255)}],
    }
    assert invoices.invoice_json(INVOICE, NOW, url="https://pay/i/inv_1", terms=lambda offer: None) == {
        "id": "inv_1",
        "status": "created",
        **first,
        "memo": "relay:abc",
        "contentId": "post-42",
        "payment": None,
        "createdAt": "2026-11-20T12:00:00.123456Z",
        "expiresAt": "2026-11-20T13:00:00.123456Z",
        "redirectUrl": None,
        "url": "https://pay/i/inv_1",
        "requirements": [
            {"scheme": "signed", **first, "memo": "relay:abc"},
            {"scheme": "signed", **second, "memo": "relay:abc"},
        ],
        "paid": "0",
        "remaining": "1000",
        "flags": [],
        "policy": {"partial": "refuse", "tolerance": "0", "overpaymentAbove": "0.01", "lateWindow": 86400},
        "price": None,
        "quote": None,
        "quoteExpiresAt": None,
    }


def test_an_invoice_past_its_time_is_shown_as_expired():
    assert invoices.invoice_json(INVOICE, INVOICE.expires, url="", terms=lambda offer: None)["status"] == "expired"
    paid = replace(INVOICE, status=InvoiceStatus.SETTLED)
    assert invoices.invoice_json(paid, INVOICE.expires, url="", terms=lambda offer: None)["status"] == "settled"


def test_answers_are_compact_json():
    assert api.encode({"a": [1, "ä", None]}) == '{"a":[1,"ä",null]}'.encode()


# --- events ---


def test_the_event_vectors_are_what_the_generator_makes_today():
    stale = "stale: run `python -m tests.vectors.generate_events`"
    assert vectors.VECTORS.read_text() == vectors.text(), stale


EVENTS = vectors.events()
CONTRACT = ["id", "seq", "prevSeq", "stream", "type", "time", "payment", "invoice", "status", "network"]
CONTRACT += ["transactionId", "payer", "payTo", "asset", "amount", "memo", "contentId", "nodePrecheckcode"]
CONTRACT += ["receiptStatus", "error", "reason"]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_has_the_fields_of_the_contract_and_no_others(name):
    body = json.loads(EVENTS[name].body)
    assert body.keys() - {"accessToken"} == set(CONTRACT)
    assert body["type"] == f"payment.{body['status']}" == EVENTS[name].type
    assert body["prevSeq"] == body["seq"] - 1
    assert body["stream"] == "merchant:shop"
    assert int(body["amount"]) == sum(int(share["amount"]) for share in body["payTo"])


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_read_from_its_body_is_the_event_that_was_written(name):
    assert events.read(EVENTS[name].body) == EVENTS[name]
    assert events.as_json(EVENTS[name]) == json.loads(EVENTS[name].body)


def test_the_token_is_in_the_event_only_when_there_is_one():
    assert {name for name, event in EVENTS.items() if "accessToken" in events.as_json(event)} == {
        "settled, with the token that opens the content"
    }


def test_what_was_signed_is_in_no_event():
    assert not any(b"never in an event" in event.body for event in EVENTS.values())


def test_composing_twice_gives_the_same_bytes():
    assert {name: event.body for name, event in vectors.events().items()} == {
        name: event.body for name, event in EVENTS.items()
    }


def test_an_event_whose_number_is_none_is_not_an_event():
    with pytest.raises(ValueError, match="seq"):
        events.read(EVENTS["submitted"].body.replace(b'"seq":1,', b'"seq":"1",'))


@pytest.mark.parametrize("status", Status)
def test_news_is_a_status_that_changed(status):
    before, now = vectors.HBAR, replace(vectors.HBAR, status=status)
    assert events.news(before, now) is (status is not Status.ACCEPTED)
    assert not events.news(now, replace(now, precheck=11))


def test_back_to_accepted_is_no_news():
    assert not events.news(advance(vectors.HBAR, Taken(), NOW), vectors.HBAR)


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({"status": Status.SETTLED}, True),
        ({"status": Status.INCLUDED}, False),
        ({"status": Status.SETTLED, "invoice": None}, False),
        ({"status": Status.SETTLED, "content": None}, False),
    ],
)
def test_content_opens_when_its_invoice_is_settled(changes, opens):
    assert events.opens_content(replace(vectors.HBAR, **changes)) is opens


def test_a_refusal_reads_like_the_2019_answer():
    error = TransferMismatch("memo: expected 'a', got 'b'", code="wrong_memo")
    assert events.refusal(error, "pay_1") == {
        "status": "rejected",
        "reason": "wrong_memo",
        "error": "memo: expected 'a', got 'b'",
        "payment": "pay_1",
        "nodePrecheckcode": None,
    }
    assert events.refusal(UnsupportedNetwork("no"))["payment"] is None


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW, "2026-11-20T12:00:00.123456Z"),
        (NOW.replace(microsecond=0), "2026-11-20T12:00:00.000000Z"),
        (NOW.astimezone(timezone(timedelta(hours=5, minutes=45))), "2026-11-20T12:00:00.123456Z"),
    ],
)
def test_times_are_utc_with_six_decimals(at, text):
    assert events.timestamp(at) == text


@pytest.mark.parametrize(
    ("memo", "content"),
    [
        ("17,post-42", "post-42"),
        ("0,x", "x"),
        ("17," + "x" * 64, "x" * 64),
        ("17," + "x" * 65, None),
        ("17,a,b", None),
        ("17,a b", None),
        ("17,", None),
        ("x,post-42", None),
        (" 17,post-42", None),
        ("17,post-42\n", None),
        ("relay:abc", None),
        ("", None),
    ],
)
def test_a_2019_memo_names_its_post(memo, content):
    assert events.content_of_memo(memo) == content
