"""Events: numbered by their merchant's counter row, written and put into the outbox, all with the change they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from relay.channel import Event
from relay.store.columns import micros
from relay.store.outbox import enqueue
from relay.store.rows import event_of
from relay.store.tx import Tx

Compose = Callable[[int], Event]  # from the event's number; pure, and called again when the transaction is

EVENTS = "SELECT id, merchant, seq, type, time, payment, invoice, content, body FROM events "
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
    counts = sorted(Counter(merchant for merchant, _ in news).items())
    values = {
        name: value for n, each in enumerate(counts) for name, value in zip((f"m{n}", f"n{n}"), each, strict=True)
    }
    taken = tx.all(_take_numbers(len(counts)), **values)
    numbers = {row["merchant"]: row["seq"] for row in taken}
    for merchant, count in counts:
        numbers[merchant] -= count
    events = []
    for merchant, compose in news:
        seq = numbers[merchant] = numbers[merchant] + 1
        events.append(compose(seq))
    tx.fill(_INSERT_EVENT, [_values(event, merchant) for event, (merchant, _) in zip(events, news, strict=True)])
    if any(row["webhooks"] for row in taken):
        for event in events:
            enqueue(tx, event)
    return events


@cache
def _take_numbers(merchants: int) -> str:
    """One statement, whose rows are locked in its order."""
    rows = ", ".join(f"(:m{n}, :n{n})" for n in range(merchants))
    return (
        f"INSERT INTO heads (merchant, seq) VALUES {rows}"  # noqa: S608  # names of parameters
        " ON CONFLICT (merchant) DO UPDATE SET seq = heads.seq + excluded.seq RETURNING merchant, seq, webhooks"
    )


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
