"""The book of payments and events. What changes together is one transaction here, and each is safe to run again.

Three rules hold everything else up:

* One INSERT against the unique key (chain, tx_id) decides whose payment a transfer is. Nobody asks first.
* A payment changes only from the version that was read; the event that tells of it is written with it.
* Event numbers come from a counter row per merchant, locked to commit: in order, without a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from relay.channel import Event
from relay.money import Account, ChainId, TxId
from relay.payment import NO_MONEY_MOVED, Payment, PaymentId, Status
from relay.store.columns import Page, after_cursor, cursor, micros
from relay.store.database import Database
from relay.store.rows import event_of, payment_of, payment_values
from relay.store.tx import Tx, listed

Compose = Callable[[int], Event]  # from the event's number; pure, and called again when the transaction is


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
    """The change and its event are durable."""

    event: Event | None


@dataclass(frozen=True, slots=True)
class Stale:
    """Someone else changed the payment since it was read; this is how it stands. Nothing was written."""

    payment: Payment


class Journal:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def accept(self, payment: Payment, due: datetime) -> Acceptance:
        """Write down a transfer before it is sent, and claim its invoice with it.

        Of any number of copies at any number of relays exactly one is `New`. It is leased to the caller until `due`.
        A transfer that was rejected before is `New` again: nothing of it can be under way.
        """
        return await self._db.write(lambda tx: _accept(tx, payment, due), order=payment.merchant)

    async def record(
        self, before: Payment, after: Payment, due: datetime | None, compose: Compose | None
    ) -> Recorded | Stale:
        """Write down a change and the news of it. `due` is when to look again, None when it is over.

        An invoice follows its payment: settled with it, free again when no money moved.
        """
        return await self._db.write(lambda tx: _record(tx, before, after, due, compose), order=after.merchant)

    async def lease(self, id: PaymentId, until: datetime) -> None:
        """Keep others from claiming a payment that is not over."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE payments SET due_at = :until WHERE id = :id AND due_at IS NOT NULL",
                id=id,
                until=micros(until),
            )
        )

    async def claim_due(self, now: datetime, until: datetime, limit: int) -> list[Payment]:
        """Take over payments whose lease ran out: the longest due, oldest first. No two callers get the same one.

        An answer that the database lost on the way is lost: those payments are due again at `until`.
        """
        rows = await self._db.write(
            lambda tx: tx.all(_CLAIM_DUE, now=micros(now), until=micros(until), limit=limit),
        )
        return sorted(map(payment_of, rows), key=lambda payment: payment.created)

    async def payment(self, id: str, *, merchant: str | None = None) -> Payment | None:
        """The payment; None too when it is not `merchant`'s."""
        row = await self._db.read(lambda tx: tx.one(_PAYMENTS + "WHERE id = :id", id=id))
        return None if row is None or merchant not in (None, row["merchant"]) else payment_of(row)

    async def payment_of(self, chain: ChainId, tx_id: TxId) -> Payment | None:
        """The payment that a transfer became, whosever it is; a rejected one does not count, nothing came of it."""
        return await self._db.read(lambda tx: _payment_of(tx, chain, tx_id))

    async def payments(
        self,
        merchant: str,
        *,
        status: Status | None = None,
        network: ChainId | None = None,
        payer: Account | None = None,
        transaction: TxId | None = None,
        memo: str | None = None,
        content: str | None = None,
        invoice: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Payment]:
        """A merchant's payments, newest first: created from `since` to before `until`. `after` is a page's `next`."""
        sql, values = _PAYMENTS + "WHERE merchant = :merchant", dict[str, object](merchant=merchant, limit=limit + 1)
        wanted = {
            "status": status,
            "payer": payer,
            "tx_id": transaction,
            "memo": memo,
            "content": content,
            "invoice": invoice,
        }
        for column, value in wanted.items():
            if value is not None:
                sql += f" AND {column} = :{column}"
                values[column] = str(value)
        if network is not None:
            sql += " AND chain = :chain"
            values["chain"] = str(network)
        if since is not None:
            sql += " AND created >= :since"
            values["since"] = micros(since)
        if until is not None:
            sql += " AND created < :until"
            values["until"] = micros(until)
        if after is not None:
            sql += " AND (created, id) < (:last_created, :last_id)"
            values["last_created"], values["last_id"] = after_cursor(after)
        sql += " ORDER BY created DESC, id DESC LIMIT :limit"
        rows = await self._db.read(lambda tx: tx.all(sql, **values))
        items = tuple(map(payment_of, rows[:limit]))
        return Page(items, cursor(items[-1].created, items[-1].id) if len(rows) > limit else None)

    async def latest_event(self, payment: str) -> Event | None:
        """The last news of a payment."""
        row = await self._db.read(
            lambda tx: tx.one(_EVENTS + "WHERE payment = :payment ORDER BY seq DESC LIMIT 1", payment=payment)
        )
        return None if row is None else event_of(row)

    async def events(
        self,
        merchant: str,
        after: int,
        limit: int,
        *,
        invoice: str | None = None,
        content: str | None = None,
        payment: str | None = None,
    ) -> list[Event]:
        """A merchant's events past number `after`, in order."""
        sql = _EVENTS + "WHERE merchant = :merchant AND seq > :after"
        values: dict[str, object] = {"merchant": merchant, "after": after, "limit": limit}
        for column, value in {"invoice": invoice, "content": content, "payment": payment}.items():
            if value is not None:
                sql += f" AND {column} = :{column}"
                values[column] = value
        sql += " ORDER BY seq LIMIT :limit"
        return [event_of(row) for row in await self._db.read(lambda tx: tx.all(sql, **values))]

    async def heads(self, merchants: Collection[str]) -> dict[str, int]:
        """The number of each merchant's last event, 0 before the first."""
        names, values = listed("m", merchants)
        if not values:
            return {}
        sql = f"SELECT merchant, seq FROM heads WHERE merchant IN ({names})"  # noqa: S608  # names of parameters
        found = {row["merchant"]: row["seq"] for row in await self._db.read(lambda tx: tx.all(sql, **values))}
        return {merchant: found.get(merchant, 0) for merchant in merchants}


# --- operations: plain functions of a transaction, safe to run again ---

_PAYMENTS = (
    "SELECT id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount, memo, valid_until,"
    " created, updated, status, precheck, receipt, reason, error, version FROM payments "
)
_EVENTS = "SELECT id, merchant, seq, type, time, payment, invoice, content, body FROM events "

# On PostgreSQL the second of two workers waits for the first, then finds `due_at` moved on: no SKIP LOCKED needed.
_CLAIM_DUE = """
    UPDATE payments SET due_at = :until, looks = looks + 1
     WHERE due_at <= :now AND id IN (SELECT id FROM payments WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
    RETURNING id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount, memo,
              valid_until, created, updated, status, precheck, receipt, reason, error, version
"""
_INSERT_PAYMENT = """
    INSERT INTO payments (id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount,
                          memo, valid_until, created, updated, status, precheck, receipt, reason, error, version,
                          due_at)
    VALUES (:id, :merchant, :invoice, :content, :chain, :tx_id, :scheme, :raw, :payer, :pay_to, :asset, :amount,
            :memo, :valid_until, :created, :updated, :status, :precheck, :receipt, :reason, :error, :version, :due)
    ON CONFLICT DO NOTHING
"""
_CLAIM_INVOICE = """
    UPDATE invoices SET status = 'processing', payment = :payment
     WHERE id = :invoice AND merchant = :merchant AND status = 'created'
"""
_UPDATE_PAYMENT = """
    UPDATE payments SET status = :status, precheck = :precheck, receipt = :receipt, reason = :reason, error = :error,
                        updated = :updated, version = :version, due_at = :due
     WHERE id = :id AND version = :before
"""
_NEXT_SEQ = """
    INSERT INTO heads (merchant, seq) VALUES (:merchant, 1)
    ON CONFLICT (merchant) DO UPDATE SET seq = heads.seq + 1
    RETURNING seq
"""
_INSERT_EVENT = """
    INSERT INTO events (merchant, seq, id, type, time, payment, invoice, content, body)
    VALUES (:merchant, :seq, :id, :type, :time, :payment, :invoice, :content, :body)
"""
_SETTLE_INVOICE = "UPDATE invoices SET status = 'settled' WHERE id = :invoice AND payment = :payment"
_FREE_INVOICE = """
    UPDATE invoices SET status = 'created', payment = NULL
     WHERE id = :invoice AND payment = :payment AND status = 'processing'
"""


def _accept(tx: Tx, payment: Payment, due: datetime) -> Acceptance:
    if not tx.run(_INSERT_PAYMENT, **payment_values(payment), due=micros(due)):
        stored = _payment_of(tx, payment.signed.chain, payment.tx)
        if stored is None:
            raise RuntimeError(f"payment id {payment.id} is taken by another transfer")
        if stored.id == payment.id:
            return New(stored)  # written by this operation before the wire broke
        mine = (stored.merchant, stored.invoice) == (payment.merchant, payment.invoice)
        return Replayed(stored) if mine else Foreign()
    if payment.invoice is None:
        return New(payment)
    if tx.run(_CLAIM_INVOICE, payment=payment.id, invoice=payment.invoice, merchant=payment.merchant):
        return New(payment)
    tx.run("DELETE FROM payments WHERE id = :id", id=payment.id)  # never committed, so nobody saw it
    holder = tx.one(
        "SELECT payment FROM invoices WHERE id = :id AND merchant = :merchant",
        id=payment.invoice,
        merchant=payment.merchant,
    )
    return Claimed(None if holder is None or holder["payment"] is None else PaymentId(holder["payment"]))


def _record(tx: Tx, before: Payment, after: Payment, due: datetime | None, compose: Compose | None) -> Recorded | Stale:
    changed = tx.run(
        _UPDATE_PAYMENT,
        id=after.id,
        before=before.version,
        status=after.status.value,
        precheck=after.precheck,
        receipt=after.receipt,
        reason=after.reason,
        error=after.error,
        updated=micros(after.updated),
        version=after.version,
        due=None if due is None else micros(due),
    )
    if not changed:
        return _recorded_before(tx, after, compose)
    if after.invoice is not None:
        if after.status is Status.SETTLED:
            tx.run(_SETTLE_INVOICE, invoice=after.invoice, payment=after.id)
        elif after.status in NO_MONEY_MOVED:
            tx.run(_FREE_INVOICE, invoice=after.invoice, payment=after.id)
    return Recorded(None if compose is None else _append(tx, after.merchant, compose))


def _recorded_before(tx: Tx, after: Payment, compose: Compose | None) -> Recorded | Stale:
    """Tell a change of someone else from our own, committed before the wire broke: ours left our event or our row."""
    row = tx.one(_PAYMENTS + "WHERE id = :id", id=after.id)
    if row is None:
        raise RuntimeError(f"payment {after.id} is not in the journal")
    stored = payment_of(row)
    if compose is None:
        return Recorded(None) if stored == after else Stale(stored)
    for told in map(event_of, tx.all(_EVENTS + "WHERE payment = :payment ORDER BY seq DESC", payment=after.id)):
        if compose(told.seq) == told:
            return Recorded(told)
    return Stale(stored)


def _append(tx: Tx, merchant: str, compose: Compose) -> Event:
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
    return event


def _payment_of(tx: Tx, chain: ChainId, tx_id: TxId) -> Payment | None:
    row = tx.one(
        _PAYMENTS + "WHERE chain = :chain AND tx_id = :tx_id AND status <> 'rejected'",
        chain=str(chain),
        tx_id=tx_id,
    )
    return None if row is None else payment_of(row)
