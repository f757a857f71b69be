"""How far each chain was searched for payments not made through us, and which process is searching it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relay.money import ChainId
from relay.store.columns import micros
from relay.store.database import Database


@dataclass(frozen=True, slots=True)
class Held:
    """The search is ours until the lease ends; it goes on at `cursor`, None at its very beginning."""

    cursor: str | None


class Cursors:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def hold(self, chain: ChainId, owner: str, now: datetime, until: datetime) -> Held | None:
        """Begin or go on searching; None while another process does. Safe to repeat."""
        row = await self._db.write(
            lambda tx: tx.one(_HOLD, chain=str(chain), owner=owner, now=micros(now), until=micros(until))
        )
        return None if row is None else Held(row["cursor"])

    async def move(self, chain: ChainId, owner: str, cursor: str) -> None:
        """What lies before `cursor` is in the journal. Nothing happens if another process took over."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE cursors SET cursor = :cursor WHERE chain = :chain AND owner = :owner",
                cursor=cursor,
                chain=str(chain),
                owner=owner,
            )
        )


_HOLD = """
    INSERT INTO cursors (chain, owner, until) VALUES (:chain, :owner, :until)
    ON CONFLICT (chain) DO UPDATE SET owner = :owner, until = :until
     WHERE cursors.owner = :owner OR cursors.until <= :now
    RETURNING cursor
"""
