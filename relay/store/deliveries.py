"""Deliveries on their way: who works on which endpoint, what is due there, how it went.

A process claims an endpoint, not a delivery: while it holds the lease nobody else calls that endpoint, so order within
a lane and the bound on calls at once are kept in memory. A holder that dies is succeeded when its lease runs out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from relay.audit import Act
from relay.channel import Event
from relay.store.audit import note
from relay.store.columns import Page, micros, moment
from relay.store.database import Database
from relay.store.endpoints import Endpoints, give_up
from relay.store.news import Compose, append
from relay.store.outbox import DELIVERIES, ENDPOINTS, attempts_text, delivery_of, endpoint_of, put, wake
from relay.store.tx import Row, Tx, listed
from relay.webhook import Delivery, Endpoint, Keys, State
from relay.wire import webhooks

KEPT_ATTEMPTS = 20  # of one delivery, in the log
REDELIVERED = 500  # events in one transaction
_CLAIM = """
    UPDATE webhook_endpoints SET held_until = :until, holder = :holder
     WHERE held_until <= :now AND id IN (SELECT id FROM webhook_endpoints
                                          WHERE due_at <= :now AND held_until <= :now AND disabled IS NULL
                                          ORDER BY due_at LIMIT :limit)
    RETURNING id, merchant
"""
# Of each lane only the earliest that is not over.
_DUE = f"""{DELIVERIES}
    WHERE d.endpoint = :endpoint AND d.due_at <= :now AND NOT EXISTS
          (SELECT 1 FROM webhook_deliveries b
            WHERE b.endpoint = d.endpoint AND b.lane = d.lane AND b.seq < d.seq AND b.due_at IS NOT NULL)
    ORDER BY d.due_at, d.seq LIMIT :limit
"""  # noqa: S608  # a constant of ours


@dataclass(frozen=True, slots=True)
class Work:
    """What a holder finds at his endpoint. `next` is when a later one is due; `news` goes into `release`."""

    endpoint: Endpoint
    keys: tuple[Keys, ...]
    due: tuple[Delivery, ...]
    next: datetime | None
    news: int


class Deliveries:
    def __init__(self, db: Database, endpoints: Endpoints) -> None:
        self._db = db
        self._endpoints = endpoints

    async def merchants(self) -> set[str]:
        """Whose events look for endpoints."""
        rows = await self._db.read(lambda tx: tx.all("SELECT merchant FROM heads WHERE webhooks = 1"))
        return {row["merchant"] for row in rows}

    async def claim(self, holder: str, now: datetime, until: datetime, limit: int) -> list[tuple[str, str]]:
        """Endpoints (and their merchants) with something due, ours until then. No two callers get the same one.

        An answer that the database lost on the way is lost: those endpoints can be claimed again at `until`.
        """
        values = {"holder": holder, "now": micros(now), "until": micros(until), "limit": limit}
        rows = await self._db.write(lambda tx: tx.all(_CLAIM, **values))
        return [(row["id"], row["merchant"]) for row in rows]

    async def renew(self, holder: str, endpoints: Collection[str], until: datetime) -> None:
        """Keep what is still ours."""
        names, values = listed("e", endpoints)
        sql = f"UPDATE webhook_endpoints SET held_until = :until WHERE holder = :holder AND id IN ({names})"  # noqa: S608  # names of parameters
        await self._db.write(lambda tx: tx.run(sql, holder=holder, until=micros(until), **values))

    async def work(self, holder: str, endpoint: str, now: datetime, limit: int) -> Work | None:
        """What is due at an endpoint; None when it is not ours any more, or disabled, or deleted."""
        found = await self._db.read(lambda tx: _work(tx, holder, endpoint, micros(now), limit))
        if found is None:
            return None
        row, due, next = found
        here = endpoint_of(row)
        keys = await self._endpoints.keys(here, now) if due else ()
        return Work(here, keys, tuple(map(delivery_of, due)), None if next is None else moment(next), row["news"])

    async def release(self, holder: str, work: Work) -> bool:
        """Let go of an endpoint where nothing is due; False when something came in since, or it is not ours."""
        next = None if work.next is None else micros(work.next)
        released = await self._db.write(
            lambda tx: tx.run(
                "UPDATE webhook_endpoints SET held_until = 0, holder = NULL, due_at = :next"
                " WHERE id = :id AND holder = :holder AND news = :news",
                id=work.endpoint.id,
                holder=holder,
                news=work.news,
                next=next,
            ),
            order=work.endpoint.merchant,
        )
        return released > 0

    async def leave(self, holder: str) -> None:
        """Let go of everything, as it is: another process may go on at once."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE webhook_endpoints SET held_until = 0, holder = NULL WHERE holder = :holder", holder=holder
            )
        )

    async def rest(self, holder: str, endpoint: Endpoint, until: datetime) -> None:
        """Let go of an endpoint and keep everybody from it until then."""
        await self._db.write(
            lambda tx: tx.run(
                "UPDATE webhook_endpoints SET held_until = :until, holder = NULL, pauses = :pauses"
                " WHERE id = :id AND holder = :holder",
                id=endpoint.id,
                holder=holder,
                until=micros(until),
                pauses=endpoint.pauses,
            ),
            order=endpoint.merchant,
        )

    async def record(self, before: Delivery, after: Delivery, endpoint: Endpoint | None) -> None:
        """How a call went, and what it means for its lane. `endpoint` is given where its own health changed."""
        await self._db.write(lambda tx: _record(tx, before, after, endpoint), order=after.event.merchant)

    async def disable(self, endpoint: Endpoint, reason: str, now: datetime, compose: Compose) -> Event | None:
        """Give an endpoint up, and record the news of it; None when it was disabled before."""
        return await self._db.write(lambda tx: _disable(tx, endpoint, reason, now, compose), order=endpoint.merchant)

    async def log(
        self, endpoint: Endpoint, *, state: State | None = None, before: int | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """An endpoint's deliveries, the newest event first; `before` is a page's `next`."""
        sql, values = DELIVERIES + "WHERE d.endpoint = :endpoint", dict[str, object](endpoint=endpoint.id)
        if state is not None:
            sql += " AND d.state = :state"
            values["state"] = state.value
        if before is not None:
            sql += " AND d.seq < :before"
            values["before"] = before
        sql += " ORDER BY d.seq DESC LIMIT :limit"
        rows = await self._db.read(lambda tx: tx.all(sql, **values, limit=limit + 1))
        found = tuple(map(delivery_of, rows[:limit]))
        return Page(found, str(found[-1].event.seq) if len(rows) > limit else None)

    async def again(self, endpoint: Endpoint, events: Collection[Event], now: datetime, done: Act) -> int:
        """Put events into the outbox once more, as if they were new; how many of them the endpoint wants.

        `done` is noted once, however many calls one act takes.
        """
        wanted = [event for event in events if webhooks.hears(endpoint, event)]
        await self._db.write(lambda tx: _again(tx, endpoint, wanted, now, done), order=endpoint.merchant)
        return len(wanted)

    async def backlog(self, now: datetime) -> tuple[int, float]:
        """How many deliveries are not over, and for how many seconds the one that waits longest is due."""
        row = await self._db.read(
            lambda tx: tx.one(
                "SELECT COUNT(*) AS waiting, MIN(due_at) AS due FROM webhook_deliveries WHERE due_at IS NOT NULL"
            )
        )
        if row is None or row["due"] is None:
            return 0, 0.0
        return row["waiting"], max(0.0, (now - moment(row["due"])).total_seconds())

    async def forget(self, before: datetime) -> None:
        """Drop what is over and older than that: lines of the log, and endpoints that invoices brought along."""
        await self._db.write(lambda tx: _forget(tx, micros(before)))


def _work(tx: Tx, holder: str, id: str, now: int, limit: int) -> tuple[Row, list[Row], int | None] | None:
    """The endpoint first: what is put in while the rest is read has raised its `news` by then, or is among it."""
    row = tx.one(ENDPOINTS + "WHERE id = :id AND holder = :holder AND disabled IS NULL", id=id, holder=holder)
    if row is None:
        return None
    due = tx.all(_DUE, endpoint=id, now=now, limit=limit)
    next = tx.one(
        "SELECT MIN(due_at) AS next FROM webhook_deliveries WHERE endpoint = :id AND due_at > :now", id=id, now=now
    )
    return row, due, None if next is None else next["next"]


def _record(tx: Tx, before: Delivery, after: Delivery, endpoint: Endpoint | None) -> None:
    due = None if after.due is None else micros(after.due)
    tx.run(
        "UPDATE webhook_deliveries SET state = :state, attempt = :attempt, attempts = :attempts, due_at = :due"
        " WHERE endpoint = :endpoint AND seq = :seq AND attempt = :before AND due_at IS NOT NULL",
        endpoint=after.endpoint,
        seq=after.event.seq,
        before=before.attempt,
        state=after.state.value,
        attempt=after.attempt,
        attempts=attempts_text(after.attempts[-KEPT_ATTEMPTS:]),
        due=due,
    )
    if due is not None:  # those behind it are not looked at in vain
        tx.run(
            "UPDATE webhook_deliveries SET due_at = :due"
            " WHERE endpoint = :endpoint AND lane = :lane AND seq > :seq AND due_at < :due",
            endpoint=after.endpoint,
            lane=after.lane,
            seq=after.event.seq,
            due=due,
        )
    if endpoint is not None:
        tx.run(
            "UPDATE webhook_endpoints SET failing_since = :failing_since, unreached = :unreached, pauses = :pauses"
            " WHERE id = :id",
            id=endpoint.id,
            failing_since=None if endpoint.failing_since is None else micros(endpoint.failing_since),
            unreached=endpoint.unreached,
            pauses=endpoint.pauses,
        )


def _disable(tx: Tx, endpoint: Endpoint, reason: str, now: datetime, compose: Compose) -> Event | None:
    tx.run("UPDATE heads SET seq = seq WHERE merchant = :merchant", merchant=endpoint.merchant)  # locks in one order
    disabled = tx.run(
        "UPDATE webhook_endpoints SET disabled = :now, reason = :reason, holder = NULL, held_until = 0"
        " WHERE id = :id AND disabled IS NULL",
        id=endpoint.id,
        now=micros(now),
        reason=reason,
    )
    if not disabled:
        return None
    give_up(tx, endpoint.id)
    return append(tx, endpoint.merchant, compose)


def _forget(tx: Tx, before: int) -> None:
    tx.run("DELETE FROM webhook_deliveries WHERE created < :before AND due_at IS NULL", before=before)
    tx.run(
        "DELETE FROM webhook_endpoints WHERE invoice IS NOT NULL AND created < :before AND NOT EXISTS"
        " (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint = webhook_endpoints.id)",
        before=before,
    )


def _again(tx: Tx, endpoint: Endpoint, events: Collection[Event], now: datetime, done: Act) -> None:
    note(tx, done)
    for event in events:
        put(tx, endpoint, event, now)
        tx.run(
            "UPDATE webhook_deliveries SET state = 'pending', attempt = 0, due_at = :now"
            " WHERE endpoint = :endpoint AND seq = :seq",
            endpoint=endpoint.id,
            seq=event.seq,
            now=micros(now),
        )
    if events:
        wake(tx, endpoint.id, now)
