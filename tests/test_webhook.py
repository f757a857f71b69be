"""Which events an endpoint wants, when a delivery is tried again, and how a message looks and is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from relay.channel import Event
from relay.environment import Environment
from relay.errors import InvalidRequest
from relay.webhook import (
    JITTER,
    MAX_RETRY_AFTER,
    RETRY_SECONDS,
    TYPE_PATTERN,
    Attempt,
    Endpoint,
    EndpointId,
    Profile,
    next_try,
    pause,
    wants,
)
from relay.wire import webhooks
from relay.wire.endpoints import read_patterns
from relay.wire.events import TYPES
from tests.changed import replace
from tests.vectors import generate_webhooks as vectors
from tests.vectors.generate_events import events

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENDPOINT = Endpoint(EndpointId("we_1"), "shop", "https://shop.example/", ("*",), Profile.STANDARD, NOW)
EVENT = Event("evt_1", "shop", 1, "payment.settled", NOW, "pay_1", "inv_1", None, b"{}")
TOLD = events()
CASES: list[dict[str, Any]] = json.loads(Path(vectors.VECTORS).read_text())["cases"]


@pytest.mark.parametrize(
    ("pattern", "type", "wanted"),
    [
        ("*", "payment.settled", True),
        ("*", "funds.unassigned", True),
        ("payment.*", "payment.settled", True),
        ("payment.*", "payments.settled", False),
        ("payment.*", "invoice.expired", False),
        ("payment.settled", "payment.settled", True),
        ("payment.settled", "payment.settled_late", False),
        ("payment", "payment.settled", False),
        ("*", "webhook.disabled", True),
        ("*", "webhook.test", False),
    ],
)
def test_an_endpoint_wants_what_its_patterns_say(pattern: str, type: str, *, wanted: bool) -> None:
    assert wants(replace(ENDPOINT, events=(pattern,)), replace(EVENT, type=type)) is wanted
    assert TYPE_PATTERN.fullmatch(pattern)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("paymnt.settled", "no event is 'paymnt.settled'; did you mean `payment.settled`?"),
        ("payments.*", "did you mean `payment.*`?"),
        ("payment", "did you mean `payment.*`?"),
        ("payment.settled.*", "did you mean `payment.settled`?"),
        ("payment.accepted", "no event is 'payment.accepted'"),
        ("order.shipped", "known are payment.submitted, "),
    ],
)
def test_a_pattern_that_no_event_can_match_is_refused_with_what_was_meant(pattern: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^events: no event is ") as refused:
        read_patterns(["payment.settled", pattern])
    assert says in refused.value.message


def test_every_event_there_is_can_be_asked_for_and_is_in_the_readme() -> None:
    assert read_patterns(TYPES) == TYPES
    assert read_patterns(["*", "funds.*", "invoice.*"]) == ("*", "funds.*", "invoice.*")
    table = (ROOT / "README.md").read_text().split("| event | when |")[1].split("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert {name for row in rows for name in re.findall(r"`([a-z.]+)`", row)} == set(TYPES)


def test_an_invoices_endpoint_wants_nothing_else() -> None:
    own = replace(ENDPOINT, invoice="inv_1")
    assert wants(own, EVENT)
    assert not wants(own, replace(EVENT, invoice="inv_2"))
    assert not wants(own, replace(EVENT, invoice=None))


@pytest.mark.parametrize(("environment", "heard"), [(Environment.TEST, True), (Environment.LIVE, False), (None, True)])
def test_an_endpoint_hears_of_its_own_environments_money(environment: Environment | None, *, heard: bool) -> None:
    told = TOLD["settled in a token"]  # on hedera:testnet
    assert webhooks.hears(replace(ENDPOINT, environment=environment), told) is heard


def failed(*, retry_after: timedelta | None = None) -> Attempt:
    return Attempt(NOW, 5, 503, "", None, retry_after)


def test_the_table_is_that_of_the_specification() -> None:
    minute, hour = 60.0, 3600.0
    assert (
        *(0, 5, 5 * minute, 30 * minute),
        *(2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour),
    ) == RETRY_SECONDS


@given(made=st.integers(1, 12), chance=st.floats(0, 1), asked=st.integers(0, 10**7))
def test_the_next_try_is_by_the_table_with_jitter_or_as_the_receiver_asked_within_a_bound(
    made: int, chance: float, asked: int
) -> None:
    due = next_try(failed(retry_after=timedelta(seconds=asked)), made, RETRY_SECONDS, chance)
    if made >= len(RETRY_SECONDS):
        assert due is None
        return
    assert due is not None
    wait = (due - NOW).total_seconds()
    asked = min(asked, int(MAX_RETRY_AFTER.total_seconds()))
    assert wait >= max(RETRY_SECONDS[made] * (1 - JITTER), asked) - 0.001
    assert wait <= max(RETRY_SECONDS[made] * (1 + JITTER), asked) + 0.001


def test_pauses_grow_to_a_bound() -> None:
    lengths = [pause(times) for times in range(10)]
    assert lengths == sorted(lengths)
    assert lengths[-1] == timedelta(minutes=5)


def test_keys_do_not_show_themselves() -> None:
    shown = repr(vectors.NEW) + str(vectors.NEW)
    assert vectors.NEW.secret.hex() not in shown
    assert repr(vectors.NEW.secret)[2:-1] not in shown


# --- messages ---


def test_the_committed_vectors_are_those_the_code_makes() -> None:
    assert vectors.VECTORS.read_text() == vectors.text(), "stale: run `python -m tests.vectors.generate_webhooks`"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_vector_is_judged_by_independent_code(case: dict[str, Any]) -> None:
    keys = case["secrets"] or case["publicKeys"]
    assert keys
    for key in keys:
        assert VERIFY[case["profile"]](case, key) is case["valid"]
    if case["profile"] == "standard":
        for key in case["publicKeys"]:
            assert v1a(case, key) is case["valid"]


def v1(case: dict[str, Any], secret: str) -> bool:
    """The PyPI package `standardwebhooks`. It reads the clock, so the signature is compared by its own `sign`."""
    headers = case["headers"]
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    made = standardwebhooks.Webhook(secret).sign(headers["webhook-id"], at, case["body"])
    return made in headers["webhook-signature"].split()


def v1a(case: dict[str, Any], public: str) -> bool:
    headers = case["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{case['body']}".encode()
    key = base64.b64decode(public.removeprefix("whpk_"))
    signatures = [each.removeprefix("v1a,") for each in headers["webhook-signature"].split() if each.startswith("v1a,")]
    return any(ed25519(key, signed, base64.b64decode(each)) for each in signatures)


def hedera(case: dict[str, Any], public: str) -> bool:
    signature = case["headers"]["Authorization"].split(" ")[1]
    return ed25519(bytes.fromhex(public), case["body"].encode(), bytes.fromhex(signature))


def pepay(case: dict[str, Any], secret: str) -> bool:
    headers = case["headers"]
    signed = f"{headers['x-pepay-timestamp']}.{case['body']}"
    made = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return made == headers["x-pepay-signature"]


def ed25519(key: bytes, signed: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(key).verify(signed, signature)
    except BadSignatureError:
        return False
    return True


VERIFY = {"standard": v1, "hedera-2019": hedera, "pepay": pepay}


def test_the_standard_body_is_the_events_own() -> None:
    for event in TOLD.values():
        assert webhooks.message(Profile.STANDARD, [vectors.NEW], event, NOW).body is event.body


def test_the_2019_plugin_gets_exactly_its_five_keys_in_their_order() -> None:
    sent = webhooks.message(Profile.HEDERA, [vectors.NEW], TOLD["settled, a memo that needs escaping"], NOW)
    assert list(json.loads(sent.body)) == ["transactionId", "account", "memo", "cost", "nodePrecheckcode"]
    assert set(sent.headers) == {"Content-Type", "User-Agent", "Authorization"}


@pytest.mark.parametrize("name", TOLD)
def test_the_2019_plugin_hears_of_successes_on_hedera_with_a_comma_in_the_memo_and_nothing_else(name: str) -> None:
    assert webhooks.speaks(Profile.HEDERA, TOLD[name]) is (name == "settled, a memo that needs escaping")


def test_pepay_receivers_hear_of_a_paid_invoice() -> None:
    event = TOLD["settled in a token"]
    assert webhooks.speaks(Profile.PEPAY, event)
    assert not webhooks.speaks(Profile.PEPAY, TOLD["submitted"])
    assert not webhooks.speaks(Profile.PEPAY, TOLD["settled, without invoice, content or memo"])
    body = json.loads(webhooks.message(Profile.PEPAY, [vectors.NEW], event, NOW).body)
    assert body == {
        "id": event.id,
        "type": "invoice.paid",
        "created": int(event.time.timestamp()),
        "data": {
            "invoice_id": event.invoice,
            "status": "paid",
            "amount_paid": "1",
            "payment_network": "hedera:testnet",
            "transaction_hash": "0.0.1001@1700000000.000000001",
        },
    }


@pytest.mark.parametrize(
    ("type", "members", "told"),
    [
        ("payment.settled", {}, "invoice.paid"),
        ("payment.settled", {"invoiceStatus": "settled", "invoiceFlags": []}, "invoice.paid"),
        ("payment.settled", {"invoiceStatus": "settled", "invoiceFlags": ["late"]}, "invoice.paid"),
        ("payment.settled", {"invoiceStatus": "settled", "invoiceFlags": ["late", "over"]}, "invoice.overpaid"),
        ("payment.settled", {"invoiceStatus": "partial", "invoiceFlags": []}, "invoice.partial_payment"),
        ("payment.settled", {"invoiceStatus": "processing", "invoiceFlags": []}, "invoice.partial_payment"),
        ("invoice.expired", {"invoiceStatus": "expired", "invoiceFlags": []}, "invoice.expired"),
        ("invoice.cancelled", {"invoiceStatus": "cancelled", "invoiceFlags": []}, None),
        ("payment.reverted", {"invoiceStatus": "created", "invoiceFlags": ["reverted"]}, None),
        ("webhook.disabled", {}, None),
    ],
)
def test_pepay_has_four_words_for_what_becomes_of_an_invoice(
    type: str, members: dict[str, Any], told: str | None
) -> None:
    event = Event("evt_1", "shop", 1, type, NOW, "pay_1", "inv_1", None, json.dumps(members).encode())
    assert webhooks.speaks(Profile.PEPAY, event) is (told is not None)
    assert not webhooks.speaks(Profile.PEPAY, replace(event, invoice=None))
    if told is not None:
        body = json.loads(webhooks.message(Profile.PEPAY, [vectors.NEW], event, NOW).body)
        assert (body["type"], body["data"]["status"]) == (told, told.removeprefix("invoice."))


@pytest.mark.parametrize("profile", Profile)
def test_threat_2_nothing_is_ever_sent_without_a_key(profile: Profile) -> None:
    with pytest.raises(ValueError, match="unsigned"):
        webhooks.message(profile, [], TOLD["settled, a memo that needs escaping"], NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_threat_3_a_replay_outside_the_window_is_refused_by_any_standard_receiver(age: timedelta) -> None:
    receiver = standardwebhooks.Webhook(webhooks.secret_text(vectors.NEW))
    event, now = TOLD["settled in a token"], datetime.now(UTC)
    fresh = webhooks.message(Profile.STANDARD, [vectors.NEW], event, now)
    receiver.verify(fresh.body, fresh.headers)
    old = webhooks.message(Profile.STANDARD, [vectors.NEW], event, now - age)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        receiver.verify(old.body, old.headers)
    stamped = old.headers | {"webhook-timestamp": fresh.headers["webhook-timestamp"]}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        receiver.verify(old.body, stamped)
