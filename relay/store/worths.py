"""What credited money was worth when it settled: noted beside the credit, and never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from relay.money import Asset, ChainId, Currency
from relay.rate import Quote, Worth
from relay.store.columns import micros
from relay.store.database import Database
from relay.store.tx import Row, listed
from relay.wire.quotes import quotes_json, read_evidence

_WANTED = """
    SELECT DISTINCT payments.chain, payments.asset
      FROM credits JOIN payments ON payments.id = credits.payment
     WHERE credits.rate IS NULL AND credits.settled >= :since
"""
_NOTE = """
    UPDATE credits SET currency = :currency, rate = :rate, decimals = :decimals, evidence = :evidence
     WHERE rate IS NULL AND settled >= :since
       AND EXISTS (SELECT 1 FROM payments WHERE id = credits.payment AND chain = :chain AND asset = :asset)
"""
_OF = """
    SELECT credits.invoice, amount, currency, rate, decimals, evidence
      FROM credits JOIN payments ON payments.id = credits.payment
"""


class Worths:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def wanted(self, since: datetime) -> list[tuple[ChainId, Asset]]:
        """The assets of what settled since then and whose worth is not noted."""
        rows = await self._db.read(lambda tx: tx.all(_WANTED, since=micros(since)))
        return [(ChainId.parse(row["chain"]), Asset(row["asset"])) for row in rows]

    async def note(self, chain: ChainId, asset: Asset, since: datetime, quote: Quote, decimals: int) -> None:
        """Note a rate for all of them. Safe to repeat, by any process: what is noted stays."""
        await self._db.write(
            lambda tx: tx.run(
                _NOTE,
                chain=str(chain),
                asset=asset,
                since=micros(since),
                currency=quote.pair.currency,
                rate=f"{quote.value:f}",
                decimals=decimals,
                evidence=quotes_json([(chain, asset, quote)]),
            )
        )

    async def of(self, invoices: Collection[str]) -> dict[str, list[Worth | None]]:
        """What was credited to each of these invoices, in order; None for a credit whose worth nobody could say."""
        names, values = listed("i", invoices)
        if not values:
            return {}
        sql = f"{_OF} WHERE credits.invoice IN ({names}) ORDER BY at, payment"
        found: dict[str, list[Worth | None]] = {}
        for row in await self._db.read(lambda tx: tx.all(sql, **values)):
            found.setdefault(row["invoice"], []).append(_worth(row))
        return found


def _worth(row: Row) -> Worth | None:
    if row["rate"] is None:
        return None
    at, sources = read_evidence(row["evidence"])
    rate = Decimal(row["rate"])
    return Worth(int(row["amount"]), row["decimals"], Currency(row["currency"]), rate, at, sources)
