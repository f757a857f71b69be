"""Events: the fields of the contract, the same bytes each time, and nothing in them that was signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from relay.chain import Taken
from relay.errors import TransferMismatch, UnsupportedNetwork
from relay.payment import Status, advance
from relay.wire import events
from tests.changed import replace
from tests.vectors import generate_events as vectors

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


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
