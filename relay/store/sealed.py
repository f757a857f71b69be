"""Which columns hold sealed secrets, and how all of them come under a new master key.

A column of sealed text is listed here; its rows are named table/key/column, the key's parts joined by `/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay.sealing import Keyring
from relay.store.database import Database
from relay.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class SealedColumn:
    table: str
    key: tuple[str, ...]  # the primary key
    column: str

    def row(self, *key: str) -> str:
        """The identity a secret of this column is bound to."""
        return "/".join((self.table, *key, self.column))


ANSWERS = SealedColumn("idempotency", ("merchant", "key"), "body")
WEBHOOK_KEYS = SealedColumn("webhook_keys", ("id",), "keys_sealed")
COLUMNS: tuple[SealedColumn, ...] = (ANSWERS, WEBHOOK_KEYS)


async def rotate(db: Database, keyring: Keyring, page: int = 200) -> int:
    """Bring every sealed secret under the keyring's first key, `page` rows at a time; how many that took.

    Safe to repeat and to interrupt.
    """
    changed = 0
    for column in COLUMNS:
        cursor: tuple[str, ...] = ()
        while rows := await db.read(lambda tx, column=column, cursor=cursor: _page(tx, column, cursor, page)):  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
            for row in rows:
                cursor = tuple(row[part] for part in column.key)
                old = _text(row[column.column])
                if not keyring.is_current(old):
                    new = keyring.renew(old, column.row(*cursor))
                    changed += await _replace(db, column, cursor, row[column.column], new)
    return changed


async def _replace(db: Database, column: SealedColumn, key: tuple[str, ...], old: object, new: str) -> int:
    value = new if isinstance(old, str) else new.encode()
    where = " AND ".join(f"{part} = :{part}" for part in column.key)
    sql = f"UPDATE {column.table} SET {column.column} = :new WHERE {where} AND {column.column} IN (:old, :new)"  # noqa: S608  # names from COLUMNS
    values = dict(zip(column.key, key, strict=True))
    return await db.write(lambda tx: tx.run(sql, old=old, new=value, **values))  # who sealed it anew meanwhile is right


def _page(tx: Tx, column: SealedColumn, after: tuple[str, ...], limit: int) -> list[Row]:
    names = ", ".join(column.key)
    sql = f"SELECT {names}, {column.column} FROM {column.table} WHERE {column.column} IS NOT NULL"  # noqa: S608  # names from COLUMNS
    values = {f"after{index}": part for index, part in enumerate(after)}
    if after:
        sql += f" AND ({names}) > ({', '.join(f':{name}' for name in values)})"
    return tx.all(f"{sql} ORDER BY {names} LIMIT {limit}", **values)


def _text(value: object) -> str:
    return value if isinstance(value, str) else bytes(value).decode()  # type: ignore[call-overload]
