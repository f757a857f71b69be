"""The outbox: one row per event and endpoint, written in the transaction of the event."""

from __future__ import annotations

from datetime import datetime

import msgspec

from relay.channel import Event
from relay.environment import Environment
from relay.store.columns import micros, moment
from relay.store.rows import event_of
from relay.store.tx import Row, Tx
from relay.webhook import Attempt, Delivery, Endpoint, EndpointId, Profile, State, lane
from relay.wire import webhooks

ENDPOINTS = (
    "SELECT id, merchant, invoice, url, events, profile, description, environment, created, disabled, reason,"
    " failing_since, unreached, pauses, news FROM webhook_endpoints "
)
DELIVERIES = (
    "SELECT d.endpoint, d.lane, d.state, d.attempt, d.attempts, d.due_at, e.id, e.merchant, e.seq, e.type, e.time,"
    " e.payment, e.invoice, e.content, e.body"
    " FROM webhook_deliveries d JOIN events e ON e.merchant = d.merchant AND e.seq = d.seq "
)
# A lane that waits for its next try lets nothing past: what joins it is due no sooner.
_PUT = """
    INSERT INTO webhook_deliveries (endpoint, merchant, seq, lane, once, state, attempt, attempts, due_at, created)
    VALUES (:endpoint, :merchant, :seq, :lane, :once, 'pending', 0, '[]',
            COALESCE((SELECT MAX(due_at) FROM webhook_deliveries
                       WHERE endpoint = :endpoint AND lane = :lane AND due_at > :now), :now), :now)
    ON CONFLICT DO NOTHING
"""
_WAKE = "UPDATE webhook_endpoints SET due_at = :now, news = news + 1 WHERE id = :endpoint"


def enqueue(tx: Tx, event: Event) -> None:
    """Put an event that is being recorded into the outbox of whoever wants it. Not for an event recorded before."""
    rows = tx.all(
        ENDPOINTS + "WHERE merchant = :merchant AND disabled IS NULL AND (invoice IS NULL OR invoice = :invoice)"
        " ORDER BY id",
        merchant=event.merchant,
        invoice=event.invoice,
    )
    for endpoint in map(endpoint_of, rows):
        if webhooks.hears(endpoint, event):
            put(tx, endpoint, event, event.time)


def put(tx: Tx, endpoint: Endpoint, event: Event, now: datetime) -> None:
    """One delivery, due now or with its lane."""
    put_in = tx.run(
        _PUT,
        endpoint=endpoint.id,
        merchant=event.merchant,
        seq=event.seq,
        lane=lane(event),
        once=webhooks.once(endpoint.profile, event),
        now=micros(now),
    )
    if put_in:
        wake(tx, endpoint.id, now)


def wake(tx: Tx, endpoint: str, now: datetime) -> None:
    """Say that the endpoint's outbox has something that is due."""
    tx.run(_WAKE, endpoint=endpoint, now=micros(now))


def use_webhooks(tx: Tx, merchant: str) -> None:
    """From now on this merchant's events look for endpoints. Safe to repeat."""
    tx.run(
        "INSERT INTO heads (merchant, seq, webhooks) VALUES (:merchant, 0, 1)"
        " ON CONFLICT (merchant) DO UPDATE SET webhooks = 1",
        merchant=merchant,
    )


def endpoint_of(row: Row) -> Endpoint:
    """A row of `ENDPOINTS`."""
    return Endpoint(
        id=EndpointId(row["id"]),
        merchant=row["merchant"],
        url=row["url"],
        events=tuple(msgspec.json.decode(row["events"], type=list[str])),
        profile=Profile(row["profile"]),
        created=moment(row["created"]),
        description=row["description"],
        invoice=row["invoice"],
        environment=None if row["environment"] is None else Environment(row["environment"]),
        disabled=None if row["disabled"] is None else moment(row["disabled"]),
        reason=row["reason"],
        failing_since=None if row["failing_since"] is None else moment(row["failing_since"]),
        unreached=row["unreached"],
        pauses=row["pauses"],
    )


def delivery_of(row: Row) -> Delivery:
    """A row of `DELIVERIES`."""
    return Delivery(
        endpoint=EndpointId(row["endpoint"]),
        event=event_of(row),
        lane=row["lane"],
        state=State(row["state"]),
        attempt=row["attempt"],
        due=None if row["due_at"] is None else moment(row["due_at"]),
        attempts=tuple(
            Attempt(moment(at), milliseconds, status, response, error)
            for at, milliseconds, status, response, error in _ATTEMPTS.decode(row["attempts"])
        ),
    )


def attempts_text(attempts: tuple[Attempt, ...]) -> str:
    """Inverse of what `delivery_of` reads."""
    return msgspec.json.encode(
        [(micros(each.at), each.milliseconds, each.status, each.response, each.error) for each in attempts]
    ).decode()


_ATTEMPTS = msgspec.json.Decoder(list[tuple[int, int, int | None, str, str | None]])
