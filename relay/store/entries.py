"""The journal's two entries, a payment accepted and a change recorded, as plain functions of a transaction.

Each is one transaction and safe to run again, also after a commit whose answer was lost: it recognises its own work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.chain import WATCHED
from relay.channel import Event
from relay.credit import Standing
from relay.money import ChainId, TxId
from relay.payment import Payment, PaymentId
from relay.store.columns import micros
from relay.store.credits import claim, follow
from relay.store.outbox import enqueue
from relay.store.rows import event_of, payment_of, payment_values
from relay.store.tx import Tx

Compose = Callable[[int], Event]  # from the event's number; pure, and called again when the transaction is
Telling = Callable[[int, Standing | None], Event]  # the same, told how the payment's invoice now stands


# --- what `accept` found ---


@dataclass(frozen=True, slots=True)
class New:
    """Written down now, due later: the caller sends it."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class Replayed:
    """Presented before, by the same merchant for the same invoice: nothing to send."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class Foreign:
    """The transfer is a payment to another merchant or for another invoice."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The invoice is not open: `by` is the payment that holds it, None when it was cancelled. Nothing was written."""

    by: PaymentId | None


Acceptance = New | Replayed | Foreign | Claimed


# --- what `record` did ---


@dataclass(frozen=True, slots=True)
class Recorded:
    """The change and its news are durable: the payment's own event, and those it caused."""

    event: Event | None
    more: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """Someone else changed the payment since it was read; this is how it stands. Nothing was written."""

    payment: Payment


PAYMENTS = (
    "SELECT id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount, memo, valid_until,"
    " created, updated, status, precheck, receipt, reason, error, block, version, door FROM payments "
)
EVENTS = "SELECT id, merchant, seq, type, time, payment, invoice, content, body FROM events "
_INSERT_PAYMENT = """
    INSERT INTO payments (id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount,
                          memo, valid_until, created, updated, status, precheck, receipt, reason, error, block,
                          version, door, due_at)
    VALUES (:id, :merchant, :invoice, :content, :chain, :tx_id, :scheme, :raw, :payer, :pay_to, :asset, :amount,
            :memo, :valid_until, :created, :updated, :status, :precheck, :receipt, :reason, :error, :block,
            :version, :door, :due)
    ON CONFLICT DO NOTHING
"""
_UPDATE_PAYMENT = """
    UPDATE payments SET status = :status, precheck = :precheck, receipt = :receipt, reason = :reason, error = :error,
                        block = :block, updated = :updated, version = :version, due_at = :due
     WHERE id = :id AND version = :before
"""
_NEXT_SEQ = """
    INSERT INTO heads (merchant, seq) VALUES (:merchant, 1)
    ON CONFLICT (merchant) DO UPDATE SET seq = heads.seq + 1
    RETURNING seq, webhooks
"""
_INSERT_EVENT = """
    INSERT INTO events (merchant, seq, id, type, time, payment, invoice, content, body)
    VALUES (:merchant, :seq, :id, :type, :time, :payment, :invoice, :content, :body)
"""


def accept(tx: Tx, payment: Payment, due: datetime) -> Acceptance:
    """Insert the payment, or find whose it is; claim its invoice with it, or leave nothing.

    What is on the ledger already claims nothing: it counts when it is recorded.
    """
    if not tx.run(_INSERT_PAYMENT, **payment_values(payment), due=micros(due)):
        stored = find_payment(tx, payment.signed.chain, payment.tx)
        if stored is None:
            raise RuntimeError(f"payment id {payment.id} is taken by another transfer")
        if stored.id == payment.id:
            return New(stored)  # written by this operation before the wire broke
        mine = (stored.merchant, stored.invoice) == (payment.merchant, payment.invoice)
        return Replayed(stored) if mine else Foreign()
    if payment.invoice is None or payment.signed.scheme == WATCHED or claim(tx, payment):
        return New(payment)
    tx.run("DELETE FROM payments WHERE id = :id", id=payment.id)  # never committed, so nobody saw it
    holder = tx.one(
        "SELECT payment FROM invoices WHERE id = :id AND merchant = :merchant",
        id=payment.invoice,
        merchant=payment.merchant,
    )
    return Claimed(None if holder is None or holder["payment"] is None else PaymentId(holder["payment"]))


def record(
    tx: Tx,
    before: Payment,
    after: Payment,
    due: datetime | None,
    tell: Telling | None,
    also: Sequence[Compose] = (),
) -> Recorded | Stale:
    """Write a change from `before`, its news, and what it means for the invoice; or say who was faster."""
    changed = tx.run(
        _UPDATE_PAYMENT,
        id=after.id,
        before=before.version,
        status=after.status.value,
        precheck=after.precheck,
        receipt=after.receipt,
        reason=after.reason,
        error=after.error,
        block=after.block,
        updated=micros(after.updated),
        version=after.version,
        due=None if due is None else micros(due),
    )
    if not changed:
        return _recorded_before(tx, after, tell, also)
    stands = follow(tx, after, over=due is None)
    event = None if tell is None else append(tx, after.merchant, lambda seq: tell(seq, stands))
    return Recorded(event, tuple(append(tx, after.merchant, compose) for compose in also))


def _recorded_before(tx: Tx, after: Payment, tell: Telling | None, also: Sequence[Compose]) -> Recorded | Stale:
    """Tell a change of someone else from our own, committed before the wire broke: ours left our event or our row."""
    row = tx.one(PAYMENTS + "WHERE id = :id", id=after.id)
    if row is None:
        raise RuntimeError(f"payment {after.id} is not in the journal")
    stored = payment_of(row)
    if tell is None:
        return Recorded(None) if stored == after else Stale(stored)
    own = tx.one(EVENTS + "WHERE id = :id", id=tell(0, None).id)
    if own is None:
        return Stale(stored)
    more = [tx.one(EVENTS + "WHERE id = :id", id=compose(0).id) for compose in also]
    return Recorded(event_of(own), tuple(event_of(row) for row in more if row is not None))


def append_once(tx: Tx, merchant: str, compose: Compose) -> Event:
    """Write an event, or find the one that was written before the wire broke: its id is the caller's, and the same."""
    row = tx.one(EVENTS + "WHERE id = :id", id=compose(0).id)
    return append(tx, merchant, compose) if row is None else event_of(row)


def append(tx: Tx, merchant: str, compose: Compose) -> Event:
    """Number an event and write it, with its deliveries. Only where a repetition does not get this far."""
    row = tx.one(_NEXT_SEQ, merchant=merchant)
    if row is None:
        raise RuntimeError("the database gave no event number")
    event = compose(row["seq"])
    tx.run(
        _INSERT_EVENT,
        merchant=merchant,
        seq=row["seq"],
        id=event.id,
        type=event.type,
        time=micros(event.time),
        payment=event.payment,
        invoice=event.invoice,
        content=event.content,
        body=event.body,
    )
    if row["webhooks"]:
        enqueue(tx, event)
    return event


def find_payment(tx: Tx, chain: ChainId, tx_id: TxId) -> Payment | None:
    """The one payment of a transfer that was not rejected."""
    row = tx.one(
        PAYMENTS + "WHERE chain = :chain AND tx_id = :tx_id AND status <> 'rejected'",
        chain=str(chain),
        tx_id=tx_id,
    )
    return None if row is None else payment_of(row)
