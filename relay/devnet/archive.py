"""The ledger on disk, so that a second start goes on where the first stopped: SQLite, one row per account and entry.

Written in batches a tenth of a second apart; a kill loses the last batch at most and corrupts nothing. The rows are
msgspec JSON of `accounts.py`, their shape is ours alone: another version of it starts afresh.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import msgspec

from relay.devnet.accounts import Account, Entry

FORMAT = 1
_BATCH_SECONDS = 0.1


class Archive:
    """One open file. `load` once, then `note` what changed."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        run = self._database.execute
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        if run("PRAGMA user_version").fetchone()[0] != FORMAT:
            run("DROP TABLE IF EXISTS accounts")
            run("DROP TABLE IF EXISTS entries")
            run("CREATE TABLE accounts (number INTEGER PRIMARY KEY, json BLOB NOT NULL)")
            run("CREATE TABLE entries (consensus_ns INTEGER PRIMARY KEY, json BLOB NOT NULL)")
            run(f"PRAGMA user_version = {FORMAT}")
        self._accounts: dict[int, Account] = {}
        self._entries: list[Entry] = []
        self._timer: asyncio.TimerHandle | None = None

    def load(self, newest: int) -> tuple[list[Account], list[Entry]]:
        """Every account, and the `newest` entries, oldest first; both empty for a new file."""
        accounts = self._database.execute("SELECT json FROM accounts ORDER BY number")
        entries = self._database.execute(
            "SELECT json FROM (SELECT * FROM entries ORDER BY consensus_ns DESC LIMIT ?) ORDER BY consensus_ns",
            (newest,),
        )
        return (
            [msgspec.json.decode(json, type=Account) for (json,) in accounts],
            [msgspec.json.decode(json, type=Entry) for (json,) in entries],
        )

    def note(self, entry: Entry, touched: list[Account]) -> None:
        """Write an entry and the accounts it changed with the next batch."""
        self._entries.append(entry)
        self._accounts.update((account.number, account) for account in touched)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_BATCH_SECONDS, self._write)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._write()
        self._database.close()

    def _write(self) -> None:
        encode = msgspec.json.encode
        self._timer = None
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT OR REPLACE INTO entries VALUES (?, ?)",
                [(each.consensus_ns, encode(each)) for each in self._entries],
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO accounts VALUES (?, ?)",
                [(number, encode(each)) for number, each in self._accounts.items()],
            )
        self._entries.clear()
        self._accounts.clear()
