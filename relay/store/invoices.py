"""Invoices at rest. Their way from created to settled is the journal's doing, in the transaction of the payment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from relay.channel import Event
from relay.errors import Conflict
from relay.invoice import Invoice, InvoiceStatus
from relay.money import Account, ChainId
from relay.store.columns import Page, micros, newest_first, page
from relay.store.credits import has_paid
from relay.store.database import Database
from relay.store.endpoints import add_for_invoice
from relay.store.invoice_rows import COLUMNS, invoice_of, invoice_values, offers_text
from relay.store.news import append_once
from relay.store.tx import Tx

ENDS_AT_ONCE = 100  # whose end is told in one transaction

Tell = Callable[[Invoice, int], Event]  # from an invoice that ended and the event's number


class Invoices:
    def __init__(self, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def insert(self, invoice: Invoice) -> Invoice:
        """Store a new invoice; raises `Conflict` when its id or memo is taken.

        One with an order's number is stored only where the order has no invoice that is open or paid: else it is that
        one that comes back, or `Conflict` where it asks something else.
        """
        now = micros(self._clock())
        return await self._db.write(lambda tx: _insert(tx, invoice, now), order=invoice.merchant)

    async def get(self, id: str, *, merchant: str | None = None) -> Invoice | None:
        """The invoice; None too when it is not `merchant`'s."""
        row = await self._db.read(lambda tx: tx.one(_INVOICES + "WHERE id = :id", id=id))
        return None if row is None or merchant not in (None, row["merchant"]) else invoice_of(row)

    async def by_memo(self, memo: str) -> Invoice | None:
        """The invoice that a transfer's memo names, whosever it is."""
        row = await self._db.read(lambda tx: tx.one(_INVOICES + "WHERE memo = :memo", memo=memo))
        return None if row is None else invoice_of(row)

    async def list(
        self,
        merchant: str,
        *,
        status: InvoiceStatus | None = None,
        content: str | None = None,
        customer: str | None = None,
        order: str | None = None,
        transaction: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Invoice]:
        """A merchant's invoices, newest first: created from `since` to before `until`, with this status now."""
        now = micros(self._clock())
        sql, values = _INVOICES + "WHERE merchant = :merchant", dict[str, object](merchant=merchant)
        if status is not None:
            sql += _STATUS.get(status, " AND status = :status")
            values |= {"status": status.value, "now": now}
        for column, value in {"content": content, "customer": customer, "order_id": order}.items():
            if value is not None:
                sql += f" AND {column} = :{column}"
                values[column] = value
        if transaction is not None:
            sql += " AND id IN (SELECT invoice FROM payments WHERE merchant = :merchant AND tx_id = :transaction)"
            values["transaction"] = transaction
        sql += newest_first(values, since=since, until=until, after=after, limit=limit)
        return page(await self._db.read(lambda tx: tx.all(sql, **values)), invoice_of, limit)

    async def has_paid(self, invoice: Invoice, chain: ChainId, payer: Account) -> bool:
        """Whether one payer's own payments make up the invoice, as its policy counts."""
        return await self._db.read(lambda tx: has_paid(tx, invoice, chain, payer))

    async def cancel(self, merchant: str, id: str, compose: Callable[[int], Event]) -> tuple[Invoice, Event] | None:
        """Cancel an invoice nobody paid or is paying; None when it is not there or no longer open. Safe to repeat."""
        return await self._db.write(lambda tx: _cancel(tx, merchant, id, compose), order=merchant)

    async def requote(self, invoice: Invoice, fresh: Invoice) -> Invoice:
        """Put new amounts under an open invoice's price; what comes back is what stands, whoever was faster."""
        await self._db.write(lambda tx: _requote(tx, invoice, fresh), order=invoice.merchant)
        return await self.get(invoice.id) or invoice

    async def end(self, now: datetime, tell: Tell) -> Sequence[Event]:
        """Tell of invoices that expired unpaid, each once; at most `ENDS_AT_ONCE` of them. Any process may."""
        ended = await self._db.read(lambda tx: tx.all(_ENDING, now=micros(now), limit=ENDS_AT_ONCE))
        told = []
        for row in ended:
            invoice = invoice_of(row)
            told += await self._db.write(lambda tx, of=invoice: _end(tx, of, now, tell), order=invoice.merchant)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        return told


_INVOICES = f"SELECT {COLUMNS} FROM invoices "  # noqa: S608  # our own columns
_NAMES = COLUMNS.split(", ")
_INSERT = f"""
    INSERT INTO invoices ({COLUMNS}) VALUES ({", ".join(f":{name.strip()}" for name in _NAMES)})
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # our own columns
_STATUS = {  # nobody writes down that an invoice expired: it is an open one past its time
    InvoiceStatus.CREATED: " AND status = :status AND expires > :now",
    InvoiceStatus.PARTIAL: " AND status = :status AND expires > :now",
    InvoiceStatus.EXPIRED: " AND status IN ('created', 'partial') AND expires <= :now",
}
_ENDING = _INVOICES + "WHERE ended IS NULL AND expires <= :now ORDER BY expires LIMIT :limit"
_ORDER = """
    INSERT INTO orders (merchant, order_id, invoice) VALUES (:merchant, :order, :invoice)
    ON CONFLICT (merchant, order_id) DO NOTHING
"""
_OF_ORDER = "UPDATE orders SET invoice = invoice WHERE merchant = :merchant AND order_id = :order"
_REPLACE_ORDER = "UPDATE orders SET invoice = :invoice WHERE merchant = :merchant AND order_id = :order"
_ORDERED = "(SELECT invoice FROM orders WHERE merchant = :merchant AND order_id = :order)"
_BY_ORDER = _INVOICES + "WHERE id IN " + _ORDERED


def _insert(tx: Tx, invoice: Invoice, now: int) -> Invoice:
    if invoice.order is not None:
        order = {"merchant": invoice.merchant, "order": invoice.order}
        if not tx.run(_ORDER, **order, invoice=invoice.id):
            tx.run(_OF_ORDER, **order)  # two that ask at once: the second sees what the first did
            there = tx.one(_BY_ORDER, **order)
            if there is not None and there["id"] != invoice.id and _stands(there["status"], there["expires"], now):
                return _same(invoice_of(there), invoice)
            tx.run(_REPLACE_ORDER, **order, invoice=invoice.id)
    inserted = tx.run(_INSERT, **invoice_values(invoice))
    if invoice.webhook_url is not None:
        add_for_invoice(tx, invoice.merchant, invoice.id, invoice.webhook_url, invoice.created)
    if inserted:
        return invoice
    row = tx.one(_INVOICES + "WHERE id = :id", id=invoice.id)
    if row is None or (row["merchant"], row["memo"]) != (invoice.merchant, invoice.memo):
        raise Conflict(f"an invoice with the id {invoice.id} or its memo is there already")
    return invoice_of(row)


def _stands(status: str, expires: int, now: int) -> bool:
    """Whether the order is paid, or can still be, by the invoice it has."""
    return status in ("settled", "processing") or (status in ("created", "partial") and expires > now)


def _same(there: Invoice, wanted: Invoice) -> Invoice:
    asked = [(each.price, [(o.chain, o.asset, o.pay_to) for o in each.offers]) for each in (there, wanted)]
    if there.price is not None and there.price == wanted.price:
        return there  # the rates may have moved, the price has not
    if asked[0] != asked[1]:
        raise Conflict(f"order {wanted.order} has invoice {there.id} over another sum; cancel that one first")
    return there


def _cancel(tx: Tx, merchant: str, id: str, compose: Callable[[int], Event]) -> tuple[Invoice, Event] | None:
    tx.run(
        "UPDATE invoices SET status = 'cancelled', ended = expires, version = version + 1"
        " WHERE id = :id AND merchant = :merchant AND status = 'created'",
        id=id,
        merchant=merchant,
    )
    row = tx.one(
        _INVOICES + "WHERE id = :id AND merchant = :merchant AND status = 'cancelled'", id=id, merchant=merchant
    )
    return None if row is None else (invoice_of(row), append_once(tx, merchant, compose))


def _requote(tx: Tx, invoice: Invoice, fresh: Invoice) -> None:
    tx.run(
        "UPDATE invoices SET offers = :offers, quote = :quote, quoted_until = :until, version = version + 1"
        " WHERE id = :id AND status IN ('created', 'partial') AND quoted_until = :before",
        id=invoice.id,
        offers=offers_text(fresh.offers),
        quote=fresh.quote,
        until=None if fresh.quoted_until is None else micros(fresh.quoted_until),
        before=None if invoice.quoted_until is None else micros(invoice.quoted_until),
    )


def _end(tx: Tx, invoice: Invoice, now: datetime, tell: Tell) -> list[Event]:
    mine = tx.one(
        "UPDATE invoices SET ended = :now WHERE id = :id AND ended IS NULL RETURNING status",
        id=invoice.id,
        now=micros(now),
    )
    if mine is None or mine["status"] not in ("created", "partial"):
        return []
    return [append_once(tx, invoice.merchant, lambda seq: tell(invoice, seq))]
