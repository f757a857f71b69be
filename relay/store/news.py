"""Events: numbered by their merchant's counter row, written and put into the outbox, all with the change they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from relay.channel import Event
from relay.store.columns import micros
from relay.store.outbox import enqueue
from relay.store.rows import event_of
from relay.store.tx import Tx

Compose = Callable[[int], Event]  # from the event's number; pure, and called again when the transaction is

EVENTS = "SELECT id, merchant, seq, type, time, payment, invoice, content, body FROM events "
_TAKE_NUMBERS = """
    INSERT INTO heads (merchant, seq) VALUES (:merchant, :count)
    ON CONFLICT (merchant) DO UPDATE SET seq = heads.seq + :count
    RETURNING seq, webhooks
"""
_INSERT_EVENT = """
    INSERT INTO events (merchant, seq, id, type, time, payment, invoice, content, body)
    VALUES (:merchant, :seq, :id, :type, :time, :payment, :invoice, :content, :body)
"""


def append_once(tx: Tx, merchant: str, compose: Compose) -> Event:
    """Write an event, or find the one that was written before the wire broke: its id is the caller's, and the same."""
    row = tx.one(EVENTS + "WHERE id = :id", id=compose(0).id)
    return append(tx, merchant, compose) if row is None else event_of(row)


def append(tx: Tx, merchant: str, compose: Compose) -> Event:
    """Number an event and write it, with its deliveries. Only where a repetition does not get this far."""
    [event] = append_all(tx, [(merchant, compose)])
    return event


def append_all(tx: Tx, news: Sequence[tuple[str, Compose]]) -> list[Event]:
    """The same for many, of any merchants: each counter row is written once, in the order of merchants."""
    if not news:
        return []
    numbers, listens = dict[str, int](), False
    for merchant, count in sorted(Counter(merchant for merchant, _ in news).items()):
        row = tx.one(_TAKE_NUMBERS, merchant=merchant, count=count)
        if row is None:
            raise RuntimeError("the database gave no event number")
        numbers[merchant] = row["seq"] - count
        listens = listens or bool(row["webhooks"])
    events = []
    for merchant, compose in news:
        seq = numbers[merchant] = numbers[merchant] + 1
        events.append(compose(seq))
    tx.many(_INSERT_EVENT, [_values(event, merchant) for event, (merchant, _) in zip(events, news, strict=True)])
    if listens:
        for event in events:
            enqueue(tx, event)
    return events


def _values(event: Event, merchant: str) -> tuple[object, ...]:
    return (
        merchant,
        event.seq,
        event.id,
        event.type,
        micros(event.time),
        event.payment,
        event.invoice,
        event.content,
        event.body,
    )
