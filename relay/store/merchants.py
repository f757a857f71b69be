"""Merchants and the accounts they are paid on. Every change is noted in the audit log, in its transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from relay.audit import SHELL, Act, act
from relay.errors import Conflict, NotFound
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.audit import note
from relay.store.database import Database
from relay.store.tx import Row, Tx, listed


class Merchants:
    def __init__(self, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._db = db
        self._clock = clock

    async def add(self, merchant: Merchant, *, by: str = SHELL) -> None:
        """Store a merchant with its accounts; raises `Conflict` when the id or an account is taken."""
        accounts = " ".join(f"{chain}={account}" for chain, account in merchant.accounts)
        detail = {"name": merchant.name, "origin": merchant.origin or "", "accounts": accounts}
        done = act(by, "merchant.added", merchant.id, merchant.id, self._clock(), detail)
        await self._db.write(lambda tx: _add(tx, merchant, done))

    async def update(self, id: str, *, name: str | None = None, origin: str | None = None, by: str = SHELL) -> None:
        """Change what is given; an empty origin takes it away. Raises `NotFound` without the merchant."""
        detail = {key: value for key, value in {"name": name, "origin": origin}.items() if value is not None}
        done = act(by, "merchant.updated", id, id, self._clock(), detail)
        await self._db.write(lambda tx: _update(tx, id, name, origin, done))

    async def get(self, id: str) -> Merchant | None:
        return await self._db.read(lambda tx: _merchant(tx, id))

    async def list(self) -> tuple[Merchant, ...]:
        """All of them, by id."""
        return await self._db.read(
            lambda tx: tuple(_whole(tx, row) for row in tx.all("SELECT id, name, origin FROM merchants ORDER BY id"))
        )

    async def add_account(self, merchant: str, chain: ChainId, account: Account, *, by: str = SHELL) -> None:
        """Let `account` be the merchant's; raises `Conflict` when it is another's, `NotFound` without the merchant."""
        done = act(by, "account.added", merchant, f"{chain}/{account}", self._clock())
        await self._db.write(lambda tx: _add_account(tx, _known(tx, merchant), chain, account, done))

    async def remove_account(self, merchant: str, chain: ChainId, account: Account, *, by: str = SHELL) -> None:
        """Safe to repeat."""
        done = act(by, "account.removed", merchant, f"{chain}/{account}", self._clock())
        await self._db.write(lambda tx: _remove_account(tx, merchant, chain, account, done))

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


def _add(tx: Tx, merchant: Merchant, done: Act) -> None:
    new = tx.run(
        "INSERT INTO merchants (id, name, origin) VALUES (:id, :name, :origin) ON CONFLICT DO NOTHING",
        id=merchant.id,
        name=merchant.name,
        origin=merchant.origin,
    )
    there = _known(tx, merchant.id)
    if (there["name"], there["origin"]) != (merchant.name, merchant.origin):
        raise Conflict(f"there is a merchant {merchant.id!r} already")
    for chain, account in merchant.accounts:
        _add_account(tx, there, chain, account, None)
    if new:
        note(tx, done)


def _update(tx: Tx, id: str, name: str | None, origin: str | None, done: Act) -> None:
    known = _known(tx, id)
    tx.run(
        "UPDATE merchants SET name = :name, origin = :origin WHERE id = :id",
        id=id,
        name=known["name"] if name is None else name,
        origin=known["origin"] if origin is None else origin or None,
    )
    note(tx, done)


def _add_account(tx: Tx, merchant: Row, chain: ChainId, account: Account, done: Act | None) -> None:
    new = tx.run(
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
    if new and done is not None:
        note(tx, done)


def _remove_account(tx: Tx, merchant: str, chain: ChainId, account: Account, done: Act) -> None:
    removed = tx.run(
        "DELETE FROM accounts WHERE merchant = :merchant AND chain = :chain AND account = :account",
        merchant=merchant,
        chain=str(chain),
        account=account,
    )
    if removed:
        note(tx, done)


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
