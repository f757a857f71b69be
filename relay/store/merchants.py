"""Merchants, the accounts they are paid on, and their API keys.

A key is `sk_` and 43 characters of base64url (256 random bits), shown once. Only its SHA-256 and its first eight
characters stay: who reads the database cannot call the API.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relay.errors import Conflict, NotFound
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.columns import micros, moment
from relay.store.database import Database
from relay.store.tx import Row, Tx, listed

KEY_PREFIX = "sk_"
_SHOWN = 8  # characters
_TOUCH = timedelta(minutes=1)  # how exact `last_used` is: a write for every call would cost more than the call


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key once it was shown. `prefix` names it among the merchant's keys."""

    prefix: str
    name: str
    created: datetime
    last_used: datetime | None  # exact to a minute
    revoked: datetime | None


class Merchants:
    def __init__(self, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def add(self, merchant: Merchant) -> None:
        """Store a merchant with its accounts; raises `Conflict` when the id or an account is taken."""
        await self._db.write(lambda tx: _add(tx, merchant))

    async def get(self, id: str) -> Merchant | None:
        return await self._db.read(lambda tx: _merchant(tx, id))

    async def list(self) -> tuple[Merchant, ...]:
        """All of them, by id."""
        return await self._db.read(
            lambda tx: tuple(_whole(tx, row) for row in tx.all("SELECT id, name, origin FROM merchants ORDER BY id"))
        )

    async def add_account(self, merchant: str, chain: ChainId, account: Account) -> None:
        """Let `account` be the merchant's; raises `Conflict` when it is another's, `NotFound` without the merchant."""
        await self._db.write(lambda tx: _add_account(tx, _known(tx, merchant), chain, account))

    async def remove_account(self, merchant: str, chain: ChainId, account: Account) -> None:
        """Safe to repeat."""
        await self._db.write(
            lambda tx: tx.run(
                "DELETE FROM accounts WHERE merchant = :merchant AND chain = :chain AND account = :account",
                merchant=merchant,
                chain=str(chain),
                account=account,
            )
        )

    async def accounts(self, chain: ChainId) -> tuple[Account, ...]:
        """Every account of a merchant on a chain."""
        sql = "SELECT account FROM accounts WHERE chain = :chain ORDER BY account"
        return tuple(row["account"] for row in await self._db.read(lambda tx: tx.all(sql, chain=str(chain))))

    async def merchant_of(self, chain: ChainId, accounts: Collection[Account]) -> str | None:
        """Whom a transfer to these accounts pays: the one merchant among their owners.

        None when there is none, and when there are two: such a transfer needs an invoice to say whose payment it is.
        """
        names, values = listed("a", accounts)
        if not values:
            return None
        sql = f"SELECT DISTINCT merchant FROM accounts WHERE chain = :chain AND account IN ({names})"  # noqa: S608  # names of parameters
        rows = await self._db.read(lambda tx: tx.all(sql, chain=str(chain), **values))
        return rows[0]["merchant"] if len(rows) == 1 else None

    async def add_key(self, merchant: str, name: str) -> str:
        """Make an API key and return it, this once."""
        key, now = KEY_PREFIX + secrets.token_urlsafe(32), self._clock()
        await self._db.write(lambda tx: _add_key(tx, _known(tx, merchant), key, name, now))
        return key

    async def keys(self, merchant: str) -> tuple[ApiKey, ...]:
        """A merchant's keys, oldest first, revoked ones too."""
        rows = await self._db.read(
            lambda tx: tx.all(
                "SELECT prefix, name, created, last_used, revoked FROM api_keys WHERE merchant = :merchant"
                " ORDER BY created, prefix",
                merchant=merchant,
            )
        )
        return tuple(map(_api_key, rows))

    async def revoke_key(self, merchant: str, prefix: str) -> bool:
        """End a key at once; False when the merchant has none with this prefix. Safe to repeat."""
        now = micros(self._clock())
        changed = await self._db.write(
            lambda tx: tx.run(
                "UPDATE api_keys SET revoked = COALESCE(revoked, :now) WHERE merchant = :merchant AND prefix = :prefix",
                merchant=merchant,
                prefix=prefix,
                now=now,
            )
        )
        return changed > 0

    async def merchant_of_key(self, key: str) -> Merchant | None:
        """Whose key this is; None when nobody's, or revoked.

        Found by the key's hash: how long that takes depends on the hash alone, from which no key can be guessed.
        """
        if not key.startswith(KEY_PREFIX):
            return None
        hash, now = _hash(key), self._clock()
        merchant, stale = await self._db.read(lambda tx: _owner_of_key(tx, hash, now))
        if stale:
            self._db.write_later(lambda tx: _touch(tx, hash, now))
        return merchant


_OWNER_OF_KEY = "SELECT merchant, last_used FROM api_keys WHERE hash = :hash AND revoked IS NULL"
_ADD_KEY = """
    INSERT INTO api_keys (hash, merchant, prefix, name, created) VALUES (:hash, :merchant, :prefix, :name, :created)
    ON CONFLICT DO NOTHING
"""


def _add(tx: Tx, merchant: Merchant) -> None:
    tx.run(
        "INSERT INTO merchants (id, name, origin) VALUES (:id, :name, :origin) ON CONFLICT DO NOTHING",
        id=merchant.id,
        name=merchant.name,
        origin=merchant.origin,
    )
    there = _known(tx, merchant.id)
    if (there["name"], there["origin"]) != (merchant.name, merchant.origin):
        raise Conflict(f"there is a merchant {merchant.id!r} already")
    for chain, account in merchant.accounts:
        _add_account(tx, there, chain, account)


def _add_account(tx: Tx, merchant: Row, chain: ChainId, account: Account) -> None:
    tx.run(
        "INSERT INTO accounts (chain, account, merchant) VALUES (:chain, :account, :merchant) ON CONFLICT DO NOTHING",
        chain=str(chain),
        account=account,
        merchant=merchant["id"],
    )
    owner = tx.one(
        "SELECT merchant FROM accounts WHERE chain = :chain AND account = :account", chain=str(chain), account=account
    )
    if owner is None or owner["merchant"] != merchant["id"]:
        raise Conflict(f"account {account} on {chain} belongs to another merchant")


def _add_key(tx: Tx, merchant: Row, key: str, name: str, now: datetime) -> None:
    tx.run(_ADD_KEY, hash=_hash(key), merchant=merchant["id"], prefix=key[:_SHOWN], name=name, created=micros(now))
    if tx.one(_OWNER_OF_KEY, hash=_hash(key)) is None:
        raise Conflict("another key of this merchant begins alike; try again")  # one in 2^30


def _owner_of_key(tx: Tx, hash: str, now: datetime) -> tuple[Merchant | None, bool]:
    """Whose it is, and whether its last use should be noted."""
    row = tx.one(_OWNER_OF_KEY, hash=hash)
    if row is None:
        return None, False
    last_used = row["last_used"]
    return _merchant(tx, row["merchant"]), last_used is None or last_used <= micros(now - _TOUCH)


def _touch(tx: Tx, hash: str, now: datetime) -> int:
    return tx.run(
        "UPDATE api_keys SET last_used = :now WHERE hash = :hash AND (last_used IS NULL OR last_used < :now)",
        hash=hash,
        now=micros(now),
    )


def _known(tx: Tx, id: str) -> Row:
    row = tx.one("SELECT id, name, origin FROM merchants WHERE id = :id", id=id)
    if row is None:
        raise NotFound(f"there is no merchant {id!r}")
    return row


def _merchant(tx: Tx, id: str) -> Merchant | None:
    row = tx.one("SELECT id, name, origin FROM merchants WHERE id = :id", id=id)
    return None if row is None else _whole(tx, row)


def _whole(tx: Tx, row: Row) -> Merchant:
    accounts = tx.all(
        "SELECT chain, account FROM accounts WHERE merchant = :merchant ORDER BY chain, account", merchant=row["id"]
    )
    return Merchant(
        row["id"],
        row["name"],
        tuple((ChainId.parse(account["chain"]), Account(account["account"])) for account in accounts),
        row["origin"],
    )


def _api_key(row: Row) -> ApiKey:
    return ApiKey(
        row["prefix"],
        row["name"],
        moment(row["created"]),
        None if row["last_used"] is None else moment(row["last_used"]),
        None if row["revoked"] is None else moment(row["revoked"]),
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
