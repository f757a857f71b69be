"""`Idempotency-Key`: the same request twice is answered once.

    match await idempotency.begin(merchant, key, digest, now):
        case Fresh() as mine:  …do it…; await idempotency.finish(mine, status, body, now)   or abandon(mine)
        case Running():        409: the first is still at work
        case Done(status, body): answer the same
        case Different():      422: the key was used for another request

A request that a crash left running frees its key after a minute; an answer is kept for a day, sealed: it may hold a
secret that is shown once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.sealing import Keyring
from relay.store.columns import micros
from relay.store.database import Database
from relay.store.sealed import ANSWERS
from relay.store.tx import Tx

KEPT = timedelta(hours=24)
RUNNING = timedelta(minutes=1)  # longer than any request of ours


@dataclass(frozen=True, slots=True)
class Fresh:
    """The key is ours: `finish` or `abandon` it."""

    merchant: str
    key: str
    owner: str


@dataclass(frozen=True, slots=True)
class Running:
    """Another request with the key is at work."""


@dataclass(frozen=True, slots=True)
class Done:
    """The same request was answered with this."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Different:
    """The key was used for a request that differs."""


Beginning = Fresh | Running | Done | Different


class Idempotency:
    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring

    async def begin(self, merchant: str, key: str, digest: str, now: datetime) -> Beginning:
        """Take the key for a request with this digest (of method, path and body)."""
        fresh = Fresh(merchant, key, secrets.token_hex(16))
        beginning = await self._db.write(lambda tx: _begin(tx, fresh, digest, now), order=merchant)
        if isinstance(beginning, Done):
            return Done(beginning.status, self._keyring.open(beginning.body.decode(), ANSWERS.row(merchant, key)))
        return beginning

    async def finish(self, fresh: Fresh, status: int, body: bytes, now: datetime) -> None:
        """Keep the answer."""
        sealed = self._keyring.seal(body, ANSWERS.row(fresh.merchant, fresh.key)).encode()
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE idempotency SET status = :status, body = :body, expires = :expires"
                " WHERE merchant = :merchant AND key = :key AND owner = :owner",
                merchant=fresh.merchant,
                key=fresh.key,
                owner=fresh.owner,
                status=status,
                body=sealed,
                expires=micros(now + KEPT),
            ),
            order=fresh.merchant,
        )

    async def abandon(self, fresh: Fresh) -> None:
        """Give the key back: the request did nothing and may be tried again."""
        await self._db.write(
            lambda tx: tx.run(
                "DELETE FROM idempotency WHERE merchant = :merchant AND key = :key AND owner = :owner",
                merchant=fresh.merchant,
                key=fresh.key,
                owner=fresh.owner,
            ),
            order=fresh.merchant,
        )

    async def sweep(self, now: datetime) -> int:
        """Delete what has expired; how many there were."""
        return await self._db.write(lambda tx: tx.run("DELETE FROM idempotency WHERE expires <= :now", now=micros(now)))


def _begin(tx: Tx, fresh: Fresh, digest: str, now: datetime) -> Beginning:
    tx.run(
        "DELETE FROM idempotency WHERE merchant = :merchant AND key = :key AND expires <= :now",
        merchant=fresh.merchant,
        key=fresh.key,
        now=micros(now),
    )
    tx.run(
        "INSERT INTO idempotency (merchant, key, owner, digest, expires)"
        " VALUES (:merchant, :key, :owner, :digest, :expires) ON CONFLICT DO NOTHING",
        merchant=fresh.merchant,
        key=fresh.key,
        owner=fresh.owner,
        digest=digest,
        expires=micros(now + RUNNING),
    )
    row = tx.one(
        "SELECT owner, digest, status, body FROM idempotency WHERE merchant = :merchant AND key = :key",
        merchant=fresh.merchant,
        key=fresh.key,
    )
    if row is None or row["digest"] != digest:  # None: swept in this instant by another process
        return Running() if row is None else Different()
    if row["owner"] == fresh.owner:
        return fresh
    return Running() if row["status"] is None else Done(row["status"], bytes(row["body"]))
