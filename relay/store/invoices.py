"""Invoices at rest. Their way from created to settled is the journal's doing, in the transaction of the payment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from relay.errors import Conflict
from relay.invoice import Invoice, InvoiceId, InvoiceStatus, Offer
from relay.money import Asset, ChainId
from relay.store.columns import Page, micros, moment, newest_first, page, shares, shares_text
from relay.store.database import Database
from relay.store.endpoints import add_for_invoice
from relay.store.tx import Row, Tx


class Invoices:
    def __init__(self, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def insert(self, invoice: Invoice) -> None:
        """Store a new invoice; raises `Conflict` when its id or memo is taken."""
        await self._db.write(lambda tx: _insert(tx, invoice), order=invoice.merchant)

    async def get(self, id: str, *, merchant: str | None = None) -> Invoice | None:
        """The invoice; None too when it is not `merchant`'s."""
        row = await self._db.read(lambda tx: tx.one(_INVOICES + "WHERE id = :id", id=id))
        return None if row is None or merchant not in (None, row["merchant"]) else _invoice(row)

    async def by_memo(self, memo: str) -> Invoice | None:
        """The invoice that a transfer's memo names, whosever it is."""
        row = await self._db.read(lambda tx: tx.one(_INVOICES + "WHERE memo = :memo", memo=memo))
        return None if row is None else _invoice(row)

    async def list(
        self,
        merchant: str,
        *,
        status: InvoiceStatus | None = None,
        content: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Invoice]:
        """A merchant's invoices, newest first: created from `since` to before `until`, with this status now."""
        now = micros(self._clock())
        sql, values = _INVOICES + "WHERE merchant = :merchant", dict[str, object](merchant=merchant)
        if status is not None:
            sql += " AND status = :status"
            values["status"] = status.value
        if status is InvoiceStatus.CREATED:
            sql += " AND expires > :now"
            values["now"] = now
        if status is InvoiceStatus.EXPIRED:  # never written down: it is `created` past its time
            sql += " AND expires <= :now"
            values |= {"status": InvoiceStatus.CREATED.value, "now": now}
        if content is not None:
            sql += " AND content = :content"
            values["content"] = content
        sql += newest_first(values, since=since, until=until, after=after, limit=limit)
        return page(await self._db.read(lambda tx: tx.all(sql, **values)), _invoice, limit)

    async def cancel(self, merchant: str, id: str) -> Invoice | None:
        """Cancel an invoice nobody is paying; None when it is not there or no longer open. Safe to repeat."""
        return await self._db.write(lambda tx: _cancel(tx, merchant, id))


_INVOICES = (
    "SELECT id, merchant, offers, memo, content, created, expires, status, payment, redirect_url, origin, metadata,"
    " webhook_url FROM invoices "
)
_INSERT = """
    INSERT INTO invoices (id, merchant, offers, memo, content, created, expires, status, payment, redirect_url, origin,
                          metadata, webhook_url)
    VALUES (:id, :merchant, :offers, :memo, :content, :created, :expires, :status, :payment, :redirect_url, :origin,
            :metadata, :webhook_url)
    ON CONFLICT DO NOTHING
"""


class _Offer(msgspec.Struct):
    chain: str
    asset: str
    pay_to: msgspec.Raw


_OFFERS = msgspec.json.Decoder(list[_Offer])
_METADATA = msgspec.json.Decoder(dict[str, str])


def _insert(tx: Tx, invoice: Invoice) -> None:
    offers = [
        _Offer(str(offer.chain), offer.asset, msgspec.Raw(shares_text(offer.pay_to).encode()))
        for offer in invoice.offers
    ]
    inserted = tx.run(
        _INSERT,
        id=invoice.id,
        merchant=invoice.merchant,
        offers=msgspec.json.encode(offers).decode(),
        memo=invoice.memo,
        content=invoice.content,
        created=micros(invoice.created),
        expires=micros(invoice.expires),
        status=invoice.status.value,
        payment=invoice.payment,
        redirect_url=invoice.redirect_url,
        origin=invoice.origin,
        metadata=msgspec.json.encode(dict(invoice.metadata)).decode(),
        webhook_url=invoice.webhook_url,
    )
    if invoice.webhook_url is not None:
        add_for_invoice(tx, invoice.merchant, invoice.id, invoice.webhook_url, invoice.created)
    if inserted:
        return
    row = tx.one(_INVOICES + "WHERE id = :id", id=invoice.id)
    if row is None or (row["merchant"], row["memo"]) != (invoice.merchant, invoice.memo):
        raise Conflict(f"an invoice with the id {invoice.id} or its memo is there already")


def _cancel(tx: Tx, merchant: str, id: str) -> Invoice | None:
    tx.run(
        "UPDATE invoices SET status = 'cancelled' WHERE id = :id AND merchant = :merchant AND status = 'created'",
        id=id,
        merchant=merchant,
    )
    row = tx.one(
        _INVOICES + "WHERE id = :id AND merchant = :merchant AND status = 'cancelled'", id=id, merchant=merchant
    )
    return None if row is None else _invoice(row)


def _invoice(row: Row) -> Invoice:
    return Invoice(
        id=InvoiceId(row["id"]),
        merchant=row["merchant"],
        offers=tuple(
            Offer(ChainId.parse(offer.chain), Asset(offer.asset), shares(bytes(offer.pay_to)))
            for offer in _OFFERS.decode(row["offers"])
        ),
        memo=row["memo"],
        content=row["content"],
        created=moment(row["created"]),
        expires=moment(row["expires"]),
        status=InvoiceStatus(row["status"]),
        payment=row["payment"],
        redirect_url=row["redirect_url"],
        origin=row["origin"],
        metadata=_METADATA.decode(row["metadata"]),
        webhook_url=row["webhook_url"],
    )
