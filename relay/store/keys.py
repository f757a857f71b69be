"""API keys at rest: only their SHA-256 and how they begin. Who reads the database cannot call the API."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relay.audit import SHELL, Act, act
from relay.environment import Environment
from relay.errors import Conflict, NotFound
from relay.key import Key, Kind, id_of, kind_of, new_key
from relay.store.audit import note
from relay.store.columns import micros, moment
from relay.store.database import Database
from relay.store.tx import Row, Tx, listed

MAX_KEYS = 1_000  # of one merchant that are neither revoked nor expired, sessions too
FORGOTTEN = timedelta(days=1)  # after which an ended session is deleted; the audit log keeps that it was
_TOUCH = timedelta(minutes=1)  # how exact `last_used` is: a write for every call would cost more than the call

_KEYS = (
    "SELECT prefix, merchant, name, environment, scopes, origins, created, expires, last_used, revoked FROM api_keys "
)
_ADD = """
    INSERT INTO api_keys (hash, merchant, prefix, name, environment, scopes, origins, created, expires)
    VALUES (:hash, :merchant, :prefix, :name, :environment, :scopes, :origins, :created, :expires)
    ON CONFLICT DO NOTHING
"""
_ALIVE = "revoked IS NULL AND (expires IS NULL OR expires > :now)"


@dataclass(frozen=True, slots=True)
class Made:
    """A new key. `text` is shown this once."""

    key: Key
    text: str


class Keys:
    def __init__(self, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def add(
        self,
        merchant: str,
        name: str,
        *,
        environment: Environment = Environment.TEST,
        kind: Kind = Kind.SECRET,
        scopes: Collection[str] | None = None,
        origins: Collection[str] = (),
        lifetime: timedelta | None = None,
        by: str = SHELL,
    ) -> Made:
        """Make a key; without `scopes` it may everything. Raises `NotFound` without the merchant."""
        made = self._new(merchant, name, environment, kind, scopes, origins, lifetime)
        done = self._act(by, "session.opened" if kind is Kind.SESSION else "key.added", made.key)
        await self._db.write(lambda tx: _add(tx, made, done), order=merchant)
        return made

    async def rotate(
        self, merchant: str, id: str, overlap: timedelta, *, environment: Environment, by: str = SHELL
    ) -> Made | None:
        """A new key that may what the old one may, and as long; the old one ends after `overlap`. None without it.

        `environment` is for a key that has none of its own.
        """
        old = await self.get(merchant, id)
        now = self._clock()
        if old is None or not old.alive(now) or old.kind is Kind.SESSION:
            return None
        lifetime = None if old.expires is None else old.expires - old.created
        made = self._new(
            merchant, old.name, old.environment or environment, old.kind, old.scopes, old.origins, lifetime
        )
        done = self._act(by, "key.rotated", made.key, replaces=old.id)
        rotated = await self._db.write(lambda tx: _rotate(tx, old, made, now + overlap, now, done), order=merchant)
        return made if rotated else None

    async def revoke(self, merchant: str, id: str, *, by: str = SHELL) -> bool:
        """End a key at once; False when the merchant has none of this id. Safe to repeat."""
        now = self._clock()
        done = act(by, "key.revoked", merchant, id, now)
        return await self._db.write(lambda tx: _revoke(tx, merchant, id, now, done), order=merchant)

    async def get(self, merchant: str, id: str) -> Key | None:
        """One key; None too when it is another merchant's."""
        sql = _KEYS + "WHERE merchant = :merchant AND prefix = :id"
        row = await self._db.read(lambda tx: tx.one(sql, merchant=merchant, id=id))
        return None if row is None else _key(row)

    async def of(self, merchant: str, *, after: str = "", limit: int = MAX_KEYS) -> tuple[Key, ...]:
        """A merchant's keys past the id `after`, by id; revoked and expired ones too."""
        sql = _KEYS + "WHERE merchant = :merchant AND prefix > :after ORDER BY prefix LIMIT :limit"
        rows = await self._db.read(lambda tx: tx.all(sql, merchant=merchant, after=after, limit=limit))
        return tuple(map(_key, rows))

    async def find(self, text: str) -> Key | None:
        """The key that reads so, revoked and expired ones too; None when nobody's.

        Found by its hash: how long that takes depends on the hash alone, from which no key can be guessed.
        """
        if kind_of(text) is None:
            return None
        hash, now = _hash(text), self._clock()
        row = await self._db.read(lambda tx: tx.one(_KEYS + "WHERE hash = :hash", hash=hash))
        if row is None:
            return None
        if row["last_used"] is None or row["last_used"] <= micros(now - _TOUCH):
            self._db.write_later(lambda tx: _touch(tx, hash, now))
        return _key(row)

    async def dead(self, keys: Collection[Key]) -> list[Key]:
        """Which of these have been revoked, have expired or are gone since they were looked at."""
        now = micros(self._clock())
        merchants, values = listed("m", {key.merchant for key in keys})
        ids, more = listed("k", {key.id for key in keys})
        if not keys:
            return []
        sql = (
            f"SELECT merchant, prefix FROM api_keys WHERE merchant IN ({merchants}) AND prefix IN ({ids}) AND {_ALIVE}"  # noqa: S608  # names of parameters
        )
        rows = await self._db.read(lambda tx: tx.all(sql, now=now, **values, **more))
        alive = {(row["merchant"], row["prefix"]) for row in rows}
        return [key for key in keys if (key.merchant, key.id) not in alive]

    async def sweep(self) -> int:
        """Delete sessions that ended a while ago; how many there were."""
        until = micros(self._clock() - FORGOTTEN)
        sql = "DELETE FROM api_keys WHERE prefix LIKE 'ses!_%' ESCAPE '!' AND (expires < :until OR revoked < :until)"
        return await self._db.write(lambda tx: tx.run(sql, until=until))

    def _new(
        self,
        merchant: str,
        name: str,
        environment: Environment,
        kind: Kind,
        scopes: Collection[str] | None,
        origins: Collection[str],
        lifetime: timedelta | None,
    ) -> Made:
        now = self._clock()
        text = new_key(kind, environment)
        expires = None if lifetime is None else now + lifetime
        limits = None if scopes is None else frozenset(scopes)
        return Made(Key(id_of(text), merchant, name, kind, environment, limits, tuple(origins), now, expires), text)

    def _act(self, by: str, action: str, key: Key, **detail: str) -> Act:
        scopes = "*" if key.scopes is None else " ".join(sorted(key.scopes))
        expires = {} if key.expires is None else {"expires": key.expires.isoformat()}
        return act(by, action, key.merchant, key.id, self._clock(), {"scopes": scopes, **expires, **detail})


def _add(tx: Tx, made: Made, done: Act) -> None:
    key = made.key
    if tx.one("SELECT id FROM merchants WHERE id = :id", id=key.merchant) is None:
        raise NotFound(f"there is no merchant {key.merchant!r}")
    if tx.one("SELECT hash FROM api_keys WHERE hash = :hash", hash=_hash(made.text)) is not None:
        return  # the operation runs again after its commit
    sql = f"SELECT COUNT(*) AS keys FROM api_keys WHERE merchant = :merchant AND {_ALIVE}"  # noqa: S608  # our own text
    row = tx.one(sql, merchant=key.merchant, now=micros(key.created))
    if row is not None and row["keys"] >= MAX_KEYS:
        raise Conflict(f"{key.merchant} has {MAX_KEYS} keys; revoke some")
    tx.run(
        _ADD,
        hash=_hash(made.text),
        merchant=key.merchant,
        prefix=key.id,
        name=key.name,
        environment=key.environment,
        scopes=None if key.scopes is None else " ".join(sorted(key.scopes)),
        origins=" ".join(key.origins) or None,
        created=micros(key.created),
        expires=None if key.expires is None else micros(key.expires),
    )
    if tx.one("SELECT hash FROM api_keys WHERE hash = :hash", hash=_hash(made.text)) is None:
        raise Conflict("another key of this merchant begins alike; try again")  # one in 2^48
    note(tx, done)


def _rotate(tx: Tx, old: Key, made: Made, until: datetime, now: datetime, done: Act) -> bool:
    sql = "UPDATE api_keys SET expires = CASE WHEN expires < :until THEN expires ELSE :until END"
    sql += f" WHERE merchant = :merchant AND prefix = :id AND {_ALIVE}"
    if not tx.run(sql, until=micros(max(until, now)), merchant=old.merchant, id=old.id, now=micros(now)):
        again = tx.one("SELECT hash FROM api_keys WHERE hash = :hash", hash=_hash(made.text))
        return again is not None
    _add(tx, made, done)
    return True


def _revoke(tx: Tx, merchant: str, id: str, now: datetime, done: Act) -> bool:
    sql = "UPDATE api_keys SET revoked = :now WHERE merchant = :merchant AND prefix = :id AND revoked IS NULL"
    if tx.run(sql, merchant=merchant, id=id, now=micros(now)):
        note(tx, done)
        return True
    sql = "SELECT prefix FROM api_keys WHERE merchant = :merchant AND prefix = :id"
    return tx.one(sql, merchant=merchant, id=id) is not None


def _touch(tx: Tx, hash: str, now: datetime) -> int:
    return tx.run(
        "UPDATE api_keys SET last_used = :now WHERE hash = :hash AND (last_used IS NULL OR last_used < :now)",
        hash=hash,
        now=micros(now),
    )


def _key(row: Row) -> Key:
    return Key(
        id=row["prefix"],
        merchant=row["merchant"],
        name=row["name"],
        kind=kind_of(row["prefix"]) or Kind.SECRET,
        environment=None if row["environment"] is None else Environment(row["environment"]),
        scopes=None if row["scopes"] is None else frozenset(row["scopes"].split()),
        origins=tuple((row["origins"] or "").split()),
        created=moment(row["created"]),
        expires=None if row["expires"] is None else moment(row["expires"]),
        last_used=None if row["last_used"] is None else moment(row["last_used"]),
        revoked=None if row["revoked"] is None else moment(row["revoked"]),
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
