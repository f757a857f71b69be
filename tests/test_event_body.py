"""News of a payment is encoded by a struct made for it; the plain way to the same bytes is a dict."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from relay.credit import Standing
from relay.invoice import Flag, InvoiceStatus
from relay.payment import Payment, PaymentId, Share, Status
from relay.wire.events import payment_event, payment_fields, timestamp
from tests.vectors.generate_events import HBAR

texts, numbers = st.text(max_size=40), st.integers(min_value=0, max_value=2**31)
shares = st.builds(Share, texts, st.integers(min_value=0, max_value=2**256 - 1))
payments = st.builds(
    replace,
    st.just(HBAR),
    id=texts.map(PaymentId),
    merchant=texts,
    invoice=st.none() | texts,
    content=st.none() | texts,
    tx=texts,
    payer=texts,
    pay_to=st.lists(shares, max_size=3).map(tuple),
    asset=texts,
    amount=st.integers(min_value=0, max_value=2**256 - 1),
    memo=texts,
    updated=st.datetimes(min_value=datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001  # they get one
    status=st.sampled_from(Status),
    precheck=st.none() | numbers,
    receipt=st.none() | numbers,
    error=st.none() | texts,
    reason=st.none() | texts,
)
standings = st.none() | st.builds(
    Standing,
    status=st.sampled_from(InvoiceStatus),
    paid=st.just(Fraction(1)),
    flags=st.frozensets(st.sampled_from(Flag)),
    opens=st.booleans(),
)


@given(payment=payments, seq=numbers, token=st.none() | texts, stands=standings)
@settings(max_examples=100, deadline=None)
def test_the_bytes_are_those_of_the_plain_encoder(
    payment: Payment, seq: int, token: str | None, stands: Standing | None
) -> None:
    plain: dict[str, object] = {
        "id": "evt_1",
        "seq": seq,
        "prevSeq": seq - 1,
        "stream": f"merchant:{payment.merchant}",
        "type": f"payment.{payment.status.value}",
        "time": payment.updated.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        **payment_fields(payment),
    }
    if stands is not None:
        plain |= {"invoiceStatus": stands.status.value, "invoiceFlags": sorted(stands.flags)}
    if token is not None and (stands is None or (stands.status is InvoiceStatus.SETTLED and stands.opens)):
        plain["accessToken"] = token

    body = payment_event(payment, id="evt_1", seq=seq, token=token, invoice=stands).body

    assert body == msgspec.json.encode(plain)
    assert json.loads(body) == plain


@given(st.datetimes(min_value=datetime(1970, 1, 2)), st.integers(min_value=-1439, max_value=1439))  # noqa: DTZ001
def test_a_time_is_told_in_utc_wherever_it_was_taken(at: datetime, minutes: int) -> None:
    told = timestamp(at.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes))))

    assert told == at.strftime(f"{at.year:04}-%m-%dT%H:%M:%S.%fZ") == timestamp(at.replace(tzinfo=UTC))
