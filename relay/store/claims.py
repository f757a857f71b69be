"""What a payment opens, once: the claim on it, and the names requests go by.

A claim is taken by one INSERT against the transfer's id. Whoever took it may take it again: so a request that was
answered can be answered the same, and no other request can.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from relay.money import ChainId, TxId
from relay.store.columns import micros
from relay.store.database import Database
from relay.store.tx import Tx

NAMES_KEPT = timedelta(days=30)  # how long a request's name means that request

_TAKE = """
    INSERT INTO claims (chain, tx_id, owner, until) VALUES (:chain, :tx_id, :owner, :until)
    ON CONFLICT (chain, tx_id) DO UPDATE
       SET until = CASE WHEN claims.owner = :owner AND claims.until IS NULL THEN NULL ELSE :until END, owner = :owner
     WHERE claims.owner = :owner OR claims.until <= :now
"""


class Claims:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def take(self, chain: ChainId, tx: TxId, owner: str, now: datetime, until: datetime | None = None) -> bool:
        """Whether the transfer is `owner`'s: for good, or until a time after which anybody may take it."""
        return await self._db.write(lambda t: _take(t, chain, tx, owner, now, until))

    async def owner(self, chain: ChainId, tx: TxId, now: datetime) -> str | None:
        """Whose it is now."""
        row = await self._db.read(
            lambda t: t.one(
                "SELECT owner FROM claims WHERE chain = :chain AND tx_id = :tx_id AND (until IS NULL OR until > :now)",
                chain=str(chain),
                tx_id=tx,
                now=micros(now),
            )
        )
        return None if row is None else str(row["owner"])

    async def release(self, chain: ChainId, tx: TxId, owner: str) -> None:
        """Nothing was given for it after all; safe to repeat."""
        await self._db.write(
            lambda t: t.run(
                "DELETE FROM claims WHERE chain = :chain AND tx_id = :tx_id AND owner = :owner",
                chain=str(chain),
                tx_id=tx,
                owner=owner,
            )
        )

    async def named(self, scope: str, name: str) -> str | None:
        """What a name stands for."""
        sql = "SELECT digest FROM requests WHERE scope = :scope AND name = :name"
        row = await self._db.read(lambda t: t.one(sql, scope=scope, name=name))
        return None if row is None else str(row["digest"])

    async def name(self, scope: str, name: str, digest: str, now: datetime) -> bool:
        """Give a request its name; False where another request has it."""
        return await self._db.write(lambda t: _name(t, scope, name, digest, now))

    async def sweep(self, now: datetime) -> None:
        """Forget claims that ran out, and names whose time is over."""
        await self._db.write(lambda t: t.run("DELETE FROM claims WHERE until <= :now", now=micros(now)))
        old = micros(now - NAMES_KEPT)
        await self._db.write(lambda t: t.run("DELETE FROM requests WHERE made <= :old", old=old))


def _take(tx: Tx, chain: ChainId, id: TxId, owner: str, now: datetime, until: datetime | None) -> bool:
    until_micros = None if until is None else micros(until)
    return bool(tx.run(_TAKE, chain=str(chain), tx_id=id, owner=owner, until=until_micros, now=micros(now)))


def _name(tx: Tx, scope: str, name: str, digest: str, now: datetime) -> bool:
    tx.run(
        "INSERT INTO requests (scope, name, digest, made) VALUES (:scope, :name, :digest, :made)"
        " ON CONFLICT DO NOTHING",
        scope=scope,
        name=name,
        digest=digest,
        made=micros(now),
    )
    row = tx.one("SELECT digest FROM requests WHERE scope = :scope AND name = :name", scope=scope, name=name)
    return row is not None and row["digest"] == digest
