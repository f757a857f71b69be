"""Nonces of challenges that were used, until the challenge would have expired anyway."""

from __future__ import annotations

from datetime import datetime

from relay.store.columns import micros
from relay.store.database import Database
from relay.store.tx import Tx


class Nonces:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def use(self, nonce: str, owner: str, expires: datetime) -> bool:
        """Whether this is its first use. `owner` is the one attempt that may take it, so asking again is safe."""
        return await self._db.write(lambda tx: _use(tx, nonce, owner, expires))

    async def sweep(self, now: datetime) -> int:
        """Forget those of expired challenges; how many there were."""
        return await self._db.write(lambda tx: tx.run("DELETE FROM nonces WHERE expires <= :now", now=micros(now)))


def _use(tx: Tx, nonce: str, owner: str, expires: datetime) -> bool:
    tx.run(
        "INSERT INTO nonces (nonce, owner, expires) VALUES (:nonce, :owner, :expires) ON CONFLICT DO NOTHING",
        nonce=nonce,
        owner=owner,
        expires=micros(expires),
    )
    row = tx.one("SELECT owner FROM nonces WHERE nonce = :nonce", nonce=nonce)
    return row is not None and row["owner"] == owner
