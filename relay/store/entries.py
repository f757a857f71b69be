"""The journal's two entries, a payment accepted and a change recorded, as operations on a transaction.

Each is safe to run again, also after a commit whose answer was lost: it recognises its own work. Both are `Joint`: what
came together is written together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from relay.chain import WATCHED
from relay.channel import Event
from relay.credit import Standing
from relay.money import ChainId, TxId
from relay.payment import Payment, PaymentId, Status
from relay.store.columns import micros
from relay.store.credits import claim, follow
from relay.store.news import EVENTS, Compose, append_all
from relay.store.rows import change_row, event_of, payment_of, payment_row
from relay.store.tx import Tx

Telling = Callable[[int, Standing | None], Event]  # as `Compose`, told how the payment's invoice now stands


# --- what `accept` found ---


class New(msgspec.Struct, frozen=True, gc=False):
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


class Recorded(msgspec.Struct, frozen=True, gc=False):
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
# The words of the unique key: with others the database reads the whole table. Said as a pair, `tx_id` stays a column in
# them: of `tx_id = :tx_id` SQLite makes that value wherever the column is named, and then they are not the key's words.
_KEY = (
    "chain = :chain AND (tx_id, void) = (:tx_id, '')"
    " AND substr(tx_id, length(rtrim(tx_id, '0123456789.')) + 1)"
    " = substr(:tx_id, length(rtrim(:tx_id, '0123456789.')) + 1)"
)
OF_TRANSFER = f"{_KEY} AND status <> 'rejected'"
# A relay of before 0019, still running beside this one, leaves what it rejects in the way of the same bytes.
_VOID = f"UPDATE payments SET void = id WHERE {_KEY} AND status = 'rejected'"  # noqa: S608  # our own words
_HOLDER = "SELECT payment FROM invoices WHERE id = :id AND merchant = :merchant"


# --- accepting ---


class Accept(msgspec.Struct, frozen=True, gc=False):
    """Insert the payment, or find whose it is; claim its invoice with it, or leave nothing.

    What is on the ledger already claims nothing: it counts when it is recorded.
    """

    payment: Payment
    due: datetime

    def __call__(self, tx: Tx, /) -> Acceptance:
        [inserted] = _insert(tx, [self])
        return self._claim(tx) if inserted else self._find(tx)

    @staticmethod
    def together(tx: Tx, ops: Sequence[Accept]) -> list[Acceptance]:
        """One INSERT for each, sent at once; what was there before, and what claims an invoice, in turn."""
        ordered = sorted(range(len(ops)), key=lambda place: ops[place].payment.tx)  # every relay in one order
        inserted = dict(zip(ordered, _insert(tx, [ops[place] for place in ordered]), strict=True))
        answers = dict[int, Acceptance]()
        for place in _by_invoice(ops):
            answers[place] = ops[place]._claim(tx) if inserted[place] else ops[place](tx)
        return [answers[place] for place in range(len(ops))]

    def _claim(self, tx: Tx) -> Acceptance:
        payment = self.payment
        if payment.invoice is None or payment.signed.scheme == WATCHED or claim(tx, payment):
            return New(payment)
        tx.run("DELETE FROM payments WHERE id = :id", id=payment.id)  # never committed, so nobody saw it
        holder = tx.one(_HOLDER, id=payment.invoice, merchant=payment.merchant)
        return Claimed(None if holder is None or holder["payment"] is None else PaymentId(holder["payment"]))

    def _find(self, tx: Tx) -> Acceptance:
        payment = self.payment
        stored = find_payment(tx, payment.signed.chain, payment.tx)
        if stored is None and tx.run(_VOID, chain=str(payment.signed.chain), tx_id=payment.tx):
            return self(tx)
        if stored is None:
            raise RuntimeError(f"payment id {payment.id} is taken by another transfer")
        if stored.id == payment.id:
            return New(stored)  # written by this operation before the wire broke
        mine = (stored.merchant, stored.invoice) == (payment.merchant, payment.invoice)
        return Replayed(stored) if mine else Foreign()


def _insert(tx: Tx, ops: Sequence[Accept]) -> list[int]:
    return tx.many(_INSERT_PAYMENT, [(*payment_row(op.payment), micros(op.due)) for op in ops])


def _by_invoice(ops: Sequence[Accept]) -> Sequence[int]:
    """Of one invoice as they came, the invoices as every relay locks them. As they came when a transfer is for two."""
    places = range(len(ops))
    invoices = {op.payment.tx: op.payment.invoice for op in ops}
    if any(invoices[op.payment.tx] != op.payment.invoice for op in ops):  # whose it is hangs on both invoices
        return places
    return sorted(places, key=lambda place: ops[place].payment.invoice or "")


# --- recording ---


class Record(msgspec.Struct, frozen=True, gc=False):
    """Write a change from `before`, its news, and what it means for the invoice; or say who was faster."""

    before: Payment
    after: Payment
    due: datetime | None
    tell: Telling | None
    also: Sequence[Compose] = ()

    def __call__(self, tx: Tx, /) -> Recorded | Stale:
        [changed] = _update(tx, [self])
        if not changed:
            return self._find(tx)
        return self._recorded(append_all(tx, self._news(self._follow(tx))))

    @staticmethod
    def together(tx: Tx, ops: Sequence[Record]) -> list[Recorded | Stale]:
        """One UPDATE for each, sent at once; then all the news. Of one invoice the first, the others in turn."""
        answers = dict[int, Recorded | Stale]()
        firsts = _first_of_each_invoice(ops)
        # Payments, then invoices, are locked by every relay in one order: who takes over what another's lease ran out
        # on may meet the other, who is only slow.
        ordered = sorted(firsts, key=lambda place: (ops[place].after.invoice or "", ops[place].after.id))
        changed = dict(zip(ordered, _update(tx, [ops[place] for place in ordered]), strict=True))
        stands = {place: ops[place]._follow(tx) for place in ordered if changed[place]}
        news = {place: ops[place]._news(stands[place]) for place in firsts if changed[place]}
        events = iter(append_all(tx, [each for some in news.values() for each in some]))
        for place, some in news.items():
            answers[place] = ops[place]._recorded(list(islice(events, len(some))))
        return [answers[place] if place in answers else op(tx) for place, op in enumerate(ops)]

    def _follow(self, tx: Tx) -> Standing | None:
        if self.after.status is Status.REJECTED:
            tx.run("UPDATE payments SET void = id WHERE id = :id", id=self.after.id)
        return follow(tx, self.after, over=self.due is None)

    def _news(self, stands: Standing | None) -> list[tuple[str, Compose]]:
        merchant, tell = self.after.merchant, self.tell
        news: list[tuple[str, Compose]] = [(merchant, compose) for compose in self.also]
        if tell is not None:
            news.insert(0, (merchant, lambda seq: tell(seq, stands)))
        return news

    def _recorded(self, events: Sequence[Event]) -> Recorded:
        return Recorded(None, tuple(events)) if self.tell is None else Recorded(events[0], tuple(events[1:]))

    def _find(self, tx: Tx) -> Recorded | Stale:
        """Tell a change of someone else from our own, committed before the wire broke: ours left our event or row."""
        row = tx.one(PAYMENTS + "WHERE id = :id", id=self.after.id)
        if row is None:
            raise RuntimeError(f"payment {self.after.id} is not in the journal")
        stored = payment_of(row)
        if self.tell is None:
            return Recorded(None) if stored == self.after else Stale(stored)
        own = tx.one(EVENTS + "WHERE id = :id", id=self.tell(0, None).id)
        if own is None:
            return Stale(stored)
        more = [tx.one(EVENTS + "WHERE id = :id", id=compose(0).id) for compose in self.also]
        return Recorded(event_of(own), tuple(event_of(row) for row in more if row is not None))


def _update(tx: Tx, ops: Sequence[Record]) -> list[int]:
    return tx.many(_UPDATE_PAYMENT, [(*change_row(op.after, op.due), op.after.id, op.before.version) for op in ops])


def _first_of_each_invoice(ops: Sequence[Record]) -> list[int]:
    """What an invoice becomes depends on who comes first: the others see what he made of it."""
    places, invoices = [], set[str]()
    for place, op in enumerate(ops):
        if op.after.invoice is None or op.after.invoice not in invoices:
            places.append(place)
        if op.after.invoice is not None:
            invoices.add(op.after.invoice)
    return places


def find_payment(tx: Tx, chain: ChainId, tx_id: TxId) -> Payment | None:
    """The one payment of a transfer that was not rejected."""
    row = tx.one(PAYMENTS + "WHERE " + OF_TRANSFER, chain=str(chain), tx_id=tx_id)
    return None if row is None else payment_of(row)
