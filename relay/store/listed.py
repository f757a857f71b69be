"""Which terms of a content are for sale: those its merchant listed last."""

from __future__ import annotations

from relay.environment import Environment
from relay.store.database import Database

_PUT = """
    INSERT INTO listings (merchant, environment, content, terms) VALUES (:merchant, :environment, :content, :terms)
    ON CONFLICT (merchant, environment, content) DO UPDATE SET terms = excluded.terms
"""
_READ = "SELECT terms FROM listings WHERE merchant = :merchant AND environment = :environment AND content = :content"


class Listed:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, merchant: str, environment: Environment, content: str, terms: str) -> None:
        """From now on these, by their hash, and no others. Safe to repeat."""
        where = {"merchant": merchant, "environment": environment, "content": content}
        await self._db.write(lambda tx: tx.run(_PUT, terms=terms, **where), order=merchant)

    async def sells(self, merchant: str, environment: Environment, content: str, terms: str) -> bool:
        """Whether these are for sale. What was listed before anything was remembered is."""
        where = {"merchant": merchant, "environment": environment, "content": content}
        row = await self._db.read(lambda tx: tx.one(_READ, **where))
        return row is None or row["terms"] == terms
