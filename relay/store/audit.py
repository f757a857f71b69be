"""The audit log at rest: appended to in the transaction of the act, never changed."""

from __future__ import annotations

import json
from dataclasses import dataclass

from relay.audit import FIRST, Act, Entry, detail_text, link
from relay.store.columns import micros, moment
from relay.store.database import Database
from relay.store.tx import Row, Tx

_PAGE = 500
_ENTRIES = "SELECT seq, id, time, actor, merchant, action, subject, detail, hash FROM audit "
_APPEND = """
    INSERT INTO audit (seq, id, time, actor, merchant, action, subject, detail, hash)
    VALUES (:seq, :id, :time, :actor, :merchant, :action, :subject, :detail, :hash)
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """Every link holds up to this head."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that is not what was written."""

    seq: int
    message: str


def note(tx: Tx, act: Act) -> None:
    """Append an act in the caller's transaction. The head's row is locked to commit, so the chain has no forks."""
    if tx.one("SELECT seq FROM audit WHERE id = :id", id=act.id) is not None:
        return  # the operation runs again after its commit
    head = tx.one("UPDATE audit_head SET seq = seq + 1 RETURNING seq, hash")
    if head is None:
        raise RuntimeError("the audit log has no head")
    hash = link(head["hash"], head["seq"], act, micros(act.time))
    tx.run(
        _APPEND,
        seq=head["seq"],
        id=act.id,
        time=micros(act.time),
        actor=act.actor,
        merchant=act.merchant,
        action=act.action,
        subject=act.subject,
        detail=detail_text(act.detail),
        hash=hash,
    )
    tx.run("UPDATE audit_head SET hash = :hash", hash=hash)


class Audit:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def note(self, act: Act) -> None:
        """Append an act that changes nothing else in the database."""
        await self._db.write(lambda tx: note(tx, act))

    async def entries(self, after: int, limit: int, *, merchant: str | None = None) -> list[Entry]:
        """Entries past number `after`, in order; of one merchant or of all."""
        sql, values = _ENTRIES + "WHERE seq > :after", dict[str, object](after=after, limit=limit)
        if merchant is not None:
            sql += " AND merchant = :merchant"
            values["merchant"] = merchant
        return [
            _entry(row) for row in await self._db.read(lambda tx: tx.all(f"{sql} ORDER BY seq LIMIT :limit", **values))
        ]

    async def verify(self) -> Sound | Broken:
        """Follow the links from the first entry to the head."""
        head = await self._db.read(lambda tx: tx.one("SELECT seq, hash FROM audit_head"))
        seq, hash = 0, FIRST
        while page := await self.entries(seq, _PAGE):
            for entry in page:
                if entry.seq != seq + 1:
                    return Broken(seq + 1, "is missing")
                seq, hash = entry.seq, link(hash, entry.seq, entry.act, micros(entry.act.time))
                if entry.hash != hash:
                    return Broken(seq, "was changed, or its link was")
                if head is not None and (seq, hash) == (head["seq"], head["hash"]):
                    return Sound(seq, hash)  # what was appended since is another verification's
        if head is None or (seq, hash) != (head["seq"], head["hash"]):
            return Broken(seq + 1, "is missing: the head says there were more, or others")
        return Sound(seq, hash)


def _entry(row: Row) -> Entry:
    act = Act(
        row["id"],
        moment(row["time"]),
        row["actor"],
        row["merchant"],
        row["action"],
        row["subject"],
        json.loads(row["detail"]),
    )
    return Entry(row["seq"], act, row["hash"])
