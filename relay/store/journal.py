"""The book of payments and events. What changes together is one transaction here, and each is safe to run again.

Three rules hold everything else up:

* One INSERT against the unique key (chain, tx_id) decides whose payment a transfer is. Nobody asks first.
* A payment changes only from the version that was read; the event that tells of it is written with it.
* Event numbers come from a counter row per merchant, locked to commit: in order, without a gap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from relay.audit import Act
from relay.channel import Event, Topic
from relay.money import Account, ChainId, TxId
from relay.payment import Payment, PaymentId, Status
from relay.store.assignments import Lost, assign
from relay.store.columns import Page, micros, newest_first, page
from relay.store.database import Database
from relay.store.entries import PAYMENTS, Accept, Acceptance, Record, Recorded, Stale, Telling, find_payment
from relay.store.news import EVENTS, Compose
from relay.store.rows import event_of, payment_of
from relay.store.tx import Row, Tx, listed

# On PostgreSQL the second of two workers waits for the first, then finds `due_at` moved on: no SKIP LOCKED needed.
_CLAIM_DUE = """
    UPDATE payments SET due_at = :until, looks = looks + 1
     WHERE due_at <= :now AND id IN (SELECT id FROM payments WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
    RETURNING id, merchant, invoice, content, chain, tx_id, scheme, raw, payer, pay_to, asset, amount, memo,
              valid_until, created, updated, status, precheck, receipt, reason, error, block, version, door
"""

_LAST = (1 << 63) - 1  # no event has a higher number
_AT_ONCE = 1_000  # merchants in one statement; databases take some ten thousand parameters


class Journal:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def accept(self, payment: Payment, due: datetime) -> Acceptance:
        """Write down a transfer before it is sent, and claim its invoice with it.

        Of any number of copies at any number of relays exactly one is `New`. It is leased to the caller until `due`.
        A transfer that was rejected before is `New` again: nothing of it can be under way.
        """
        return await self._db.write(Accept(payment, due), order=payment.merchant)

    async def record(
        self,
        before: Payment,
        after: Payment,
        due: datetime | None,
        tell: Telling | None,
        also: Sequence[Compose] = (),
    ) -> Recorded | Stale:
        """Write down a change and the news of it. `due` is when to look again, None when it is over.

        An invoice follows its payments: settled with them, free again when no money moved. `tell` is handed how it
        then stands; `also` are more events of the same change.
        """
        return await self._db.write(Record(before, after, due, tell, also), order=after.merchant)

    async def assign(self, before: Payment, after: Payment, tell: Telling, done: Act) -> Event | Lost:
        """Make a payment that was for no invoice the one that `after` names; the act is in the audit log with it."""
        return await self._db.write(lambda tx: assign(tx, before, after, tell, done), order=after.merchant)

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
        row = await self._db.read(lambda tx: tx.one(PAYMENTS + "WHERE id = :id", id=id))
        return None if row is None or merchant not in (None, row["merchant"]) else payment_of(row)

    async def payments_by_id(self, ids: Collection[str]) -> dict[str, Payment]:
        """Those of these payments that are there."""
        names, values = listed("p", ids)
        if not values:
            return {}
        rows = await self._db.read(lambda tx: tx.all(PAYMENTS + f"WHERE id IN ({names})", **values))
        return {row["id"]: payment_of(row) for row in rows}

    async def payment_of(self, chain: ChainId, tx_id: TxId) -> Payment | None:
        """The payment that a transfer became, whosever it is; a rejected one does not count, nothing came of it."""
        return await self._db.read(lambda tx: find_payment(tx, chain, tx_id))

    async def count_since(self, merchant: str, since: datetime) -> int:
        """How many payments of his were made since then."""
        sql = "SELECT COUNT(*) AS number FROM payments WHERE merchant = :merchant AND created >= :since"
        row = await self._db.read(lambda tx: tx.one(sql, merchant=merchant, since=micros(since)))
        return 0 if row is None else int(row["number"])

    async def carried_by(self, chain: ChainId, hash: str) -> Payment | None:
        """The payment that a transaction of ours carries."""
        sql = (
            "SELECT transfer FROM sends JOIN send_versions USING (chain, signer, nonce)"
            " WHERE sends.chain = :chain AND hash = :hash"
        )
        row = await self._db.read(lambda tx: tx.one(sql, chain=str(chain), hash=hash))
        return None if row is None else await self.payment_of(chain, TxId(row["transfer"]))

    async def on_ledger(self, chain: ChainId, block: int, after: str = "", limit: int = 500) -> list[Payment]:
        """Payments the ledger has, or had, in `block` or above it, by id; past the id `after`."""
        sql = PAYMENTS + "WHERE chain = :chain AND block >= :block AND id > :after ORDER BY id LIMIT :limit"
        rows = await self._db.read(lambda tx: tx.all(sql, chain=str(chain), block=block, after=after, limit=limit))
        return [payment_of(row) for row in rows]

    async def reverted(self, since: datetime, limit: int) -> list[PaymentId]:
        """Payments that were settled and that the chain took back, the latest first: every merchant's."""
        sql = (
            "SELECT id FROM payments WHERE status = 'reverted' AND updated >= :since ORDER BY updated DESC LIMIT :limit"
        )
        rows = await self._db.read(lambda tx: tx.all(sql, since=micros(since), limit=limit))
        return [PaymentId(row["id"]) for row in rows]

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
        sql, values = PAYMENTS + "WHERE merchant = :merchant", dict[str, object](merchant=merchant)
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
        sql += newest_first(values, since=since, until=until, after=after, limit=limit)
        return page(await self._db.read(lambda tx: tx.all(sql, **values)), payment_of, limit)

    async def latest_event(self, payment: str) -> Event | None:
        """The last news of a payment."""
        row = await self._db.read(
            lambda tx: tx.one(EVENTS + "WHERE payment = :payment ORDER BY seq DESC LIMIT 1", payment=payment)
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
        sql = EVENTS + "WHERE merchant = :merchant AND seq > :after"
        values: dict[str, object] = {"merchant": merchant, "after": after, "limit": limit}
        for column, value in {"invoice": invoice, "content": content, "payment": payment}.items():
            if value is not None:
                sql += f" AND {column} = :{column}"
                values[column] = value
        sql += " ORDER BY seq LIMIT :limit"
        return [event_of(row) for row in await self._db.read(lambda tx: tx.all(sql, **values))]

    async def events_of(self, merchant: str, after: int, topics: Collection[Topic], limit: int) -> list[Event]:
        """A merchant's events past number `after` that belong to one of these topics, in order; the first `limit`."""
        named: dict[str, list[str]] = {}
        for topic in topics:
            named.setdefault(topic.of, []).append(topic.id)

        def read(tx: Tx) -> list[Row]:
            rows: dict[int, Row] = {}
            values: dict[str, object] = {"merchant": merchant, "after": after, "limit": limit, "last": _LAST}
            if len(named) > 1:  # a later statement sees more: what it has of one topic could hide another's before it
                head = tx.one("SELECT seq FROM heads WHERE merchant = :merchant", merchant=merchant)
                values["last"] = 0 if head is None else head["seq"]
            for column, ids in named.items():  # each by its own index
                names, listing = listed("t", ids)
                sql = EVENTS + f"WHERE merchant = :merchant AND {column} IN ({names}) AND seq > :after AND seq <= :last"
                for row in tx.all(sql + " ORDER BY seq LIMIT :limit", **values, **listing):
                    rows[row["seq"]] = row
            return [rows[seq] for seq in sorted(rows)][:limit]

        return [event_of(row) for row in await self._db.read(read)]

    async def event(self, merchant: str, id: str) -> Event | None:
        """A merchant's event."""
        row = await self._db.read(
            lambda tx: tx.one(EVENTS + "WHERE id = :id AND merchant = :merchant", id=id, merchant=merchant)
        )
        return None if row is None else event_of(row)

    async def seq_before(self, merchant: str, time: datetime) -> int:
        """The number of the last event before a time, found by halving: events are numbered as time goes."""
        first, last = 0, (await self.heads([merchant]))[merchant]
        while first < last:
            middle = (first + last + 1) // 2
            found = await self.events(merchant, middle - 1, 1)
            if found and found[0].time < time:
                first = middle
            else:
                last = middle - 1
        return first

    async def heads(self, merchants: Collection[str]) -> dict[str, int]:
        """The number of each merchant's last event, 0 before the first."""
        asked = list(merchants)
        pieces = [asked[start : start + _AT_ONCE] for start in range(0, len(asked), _AT_ONCE)]
        if not pieces:
            return {}
        rows = await self._db.read(lambda tx: [row for piece in pieces for row in _heads(tx, piece)])
        return dict.fromkeys(asked, 0) | {row["merchant"]: row["seq"] for row in rows}


def _heads(tx: Tx, merchants: Collection[str]) -> list[Row]:
    names, values = listed("m", merchants)
    return tx.all(f"SELECT merchant, seq FROM heads WHERE merchant IN ({names})", **values)  # noqa: S608  # parameters' names
