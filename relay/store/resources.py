"""What merchants sell by x402, for buyers to discover. A listing that nobody refreshes for a week is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.errors import Conflict
from relay.store.columns import Page, micros, moment, newest_first, page
from relay.store.database import Database
from relay.store.tx import Row, Tx
from relay.wire.x402 import PaymentRequirements

MOST = 500  # of one merchant
LISTED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Listing:
    """`body` is what buyers are shown, as JSON, all but when it was updated."""

    id: str
    merchant: str
    url: str
    method: str
    price: str
    kind: str
    body: str
    created: datetime
    updated: datetime


def listing_id(merchant: str, method: str, url: str) -> str:
    """The same thing listed again is the same listing."""
    return "rsc_" + hashlib.sha256(f"{merchant}\n{method}\n{url}".encode()).hexdigest()[:24]


class Resources:
    def __init__(self, db: Database, most: int = MOST) -> None:
        self._db = db
        self._most = most

    async def put(self, listing: Listing, ways: Sequence[PaymentRequirements]) -> None:
        """List it, or list it anew; raises `Conflict` when the merchant has too many. Safe to repeat."""
        await self._db.write(lambda tx: _put(tx, listing, ways, self._most), order=listing.merchant)

    async def remove(self, merchant: str, id: str) -> bool:
        """Take a merchant's listing down; False where there is none of his."""
        known = await self._db.read(
            lambda tx: tx.one(
                "SELECT id FROM resources WHERE id = :id AND merchant = :merchant", id=id, merchant=merchant
            )
        )
        if known is not None:
            await self._db.write(lambda tx: _remove(tx, [id]), order=merchant)
        return known is not None

    async def of(self, merchant: str, *, after: str | None, limit: int) -> Page[Listing]:
        """A merchant's own, newest first."""
        values: dict[str, object] = {"merchant": merchant}
        sql = "SELECT * FROM resources WHERE merchant = :merchant"
        sql += newest_first(values, since=None, until=None, after=after, limit=limit)
        return page(await self._db.read(lambda tx: tx.all(sql, **values)), _listing, limit)

    async def find(
        self,
        now: datetime,
        *,
        kind: str | None,
        pay_to: str | None,
        scheme: str | None,
        network: str | None,
        limit: int,
        offset: int,
    ) -> tuple[Sequence[Listing], int]:
        """What anyone may see, latest first, and how much of it there is."""
        values: dict[str, object] = {"since": micros(now - LISTED)}
        where = "updated > :since"
        if kind is not None:
            where, values["kind"] = f"{where} AND kind = :kind", kind
        wanted = {"scheme": scheme, "network": network, "payee": pay_to.lower() if pay_to else None}
        of_way = {name: value for name, value in wanted.items() if value is not None}
        if of_way:
            same = " AND ".join(f"ways.{name} = :{name}" for name in of_way)
            where += f" AND id IN (SELECT resource FROM resource_ways ways WHERE {same})"  # noqa: S608  # names of ours
            values |= of_way
        total = await self._db.read(lambda tx: tx.one(f"SELECT COUNT(*) AS n FROM resources WHERE {where}", **values))  # noqa: S608
        rows = await self._db.read(
            lambda tx: tx.all(
                f"SELECT * FROM resources WHERE {where} ORDER BY updated DESC, id LIMIT :limit OFFSET :offset",  # noqa: S608  # names of ours
                **values,
                limit=limit,
                offset=offset,
            )
        )
        return [_listing(row) for row in rows], 0 if total is None else int(total["n"])

    async def sweep(self, now: datetime) -> None:
        """Forget what nobody refreshed."""
        since = micros(now - LISTED)
        old = await self._db.read(
            lambda tx: tx.all("SELECT id FROM resources WHERE updated <= :since LIMIT 500", since=since)
        )
        if old:
            ids = [str(row["id"]) for row in old]
            await self._db.write(lambda tx: _remove(tx, ids, since))


def _put(tx: Tx, listing: Listing, ways: Sequence[PaymentRequirements], most: int) -> None:
    others = tx.one(
        "SELECT COUNT(*) AS n FROM resources WHERE merchant = :merchant AND id <> :id",
        merchant=listing.merchant,
        id=listing.id,
    )
    if others is not None and others["n"] >= most:
        raise Conflict(f"a merchant lists at most {most} resources")
    tx.run(
        "INSERT INTO resources (id, merchant, url, method, price, kind, body, created, updated)"
        " VALUES (:id, :merchant, :url, :method, :price, :kind, :body, :created, :updated)"
        " ON CONFLICT (id) DO UPDATE SET price = excluded.price, body = excluded.body, updated = excluded.updated",
        id=listing.id,
        merchant=listing.merchant,
        url=listing.url,
        method=listing.method,
        price=listing.price,
        kind=listing.kind,
        body=listing.body,
        created=micros(listing.created),
        updated=micros(listing.updated),
    )
    tx.run("DELETE FROM resource_ways WHERE resource = :id", id=listing.id)
    for place, way in enumerate(ways):
        tx.run(
            "INSERT INTO resource_ways (resource, place, scheme, network, payee)"
            " VALUES (:id, :place, :scheme, :network, :payee)",
            id=listing.id,
            place=place,
            scheme=way.scheme,
            network=way.network,
            payee=way.pay_to.lower(),
        )


def _remove(tx: Tx, ids: Sequence[str], unless_after: int | None = None) -> None:
    for id in ids:
        if unless_after is not None:
            fresh = "SELECT id FROM resources WHERE id = :id AND updated > :after"
            if tx.one(fresh, id=id, after=unless_after) is not None:
                continue  # listed again in between
        tx.run("DELETE FROM resource_ways WHERE resource = :id", id=id)
        tx.run("DELETE FROM resources WHERE id = :id", id=id)


def _listing(row: Row) -> Listing:
    return Listing(
        id=row["id"],
        merchant=row["merchant"],
        url=row["url"],
        method=row["method"],
        price=row["price"],
        kind=row["kind"],
        body=row["body"],
        created=moment(row["created"]),
        updated=moment(row["updated"]),
    )
