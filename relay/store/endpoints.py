"""Webhook endpoints of merchants, and the keys their messages are signed with.

Keys lie sealed: who reads the database can neither sign as the relay nor learn what a receiver believes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from relay.audit import Act
from relay.channel import Event
from relay.errors import Conflict, NotFound
from relay.merchant import Merchant
from relay.sealing import Keyring
from relay.store.audit import note
from relay.store.columns import Page, micros, moment, newest_first, page
from relay.store.database import Database
from relay.store.news import Compose, append_once
from relay.store.outbox import ENDPOINTS, endpoint_of, put, use_webhooks
from relay.store.sealed import WEBHOOK_KEYS
from relay.store.tx import Tx
from relay.webhook import KEY_BYTES, Endpoint, EndpointId, Keys, Profile

MAX_ENDPOINTS = 50  # of one merchant; every one of them is a row per event


class Endpoints:
    """`derived` makes the keys for an invoice's own `webhookUrl` from its merchant's id: none are stored for those."""

    def __init__(self, db: Database, keyring: Keyring, derived: Callable[[str], Keys]) -> None:
        self._db = db
        self._keyring = keyring
        self._derived = derived

    async def add(self, endpoint: Endpoint, keys: Keys, done: Act) -> None:
        """Store a new endpoint; raises `Conflict` when the merchant has too many."""
        sealed = self._sealed(keys)
        await self._db.write(lambda tx: _add(tx, endpoint, keys.id, sealed, done), order=endpoint.merchant)

    async def get(self, merchant: Merchant, id: str) -> Endpoint | None:
        """A merchant's endpoint; None when there is none of his, in the environment he acts in, with this id."""
        sql, values = _of(merchant)
        row = await self._db.read(lambda tx: tx.one(f"{sql} AND id = :id", **values, id=id))
        return None if row is None else endpoint_of(row)

    async def list(
        self, merchant: Merchant, *, invoice: str | None = None, after: str | None = None, limit: int = 100
    ) -> Page[Endpoint]:
        """A merchant's endpoints, newest first; those of invoices only where asked for one."""
        sql, values = _of(merchant)
        if invoice is None:
            sql += " AND invoice IS NULL"
        else:
            sql += " AND invoice = :invoice"
            values["invoice"] = invoice
        sql += newest_first(values, since=None, until=None, after=after, limit=limit)
        return page(await self._db.read(lambda tx: tx.all(sql, **values)), endpoint_of, limit)

    async def update(self, endpoint: Endpoint, done: Act) -> None:
        """Write what a merchant may change: URL, events, description, whether it is disabled. Safe to repeat."""
        await self._db.write(lambda tx: _update(tx, endpoint, done), order=endpoint.merchant)

    async def delete(self, endpoint: Endpoint, done: Act) -> None:
        """Forget an endpoint with its keys and deliveries. Safe to repeat."""
        await self._db.write(lambda tx: _delete(tx, endpoint, done), order=endpoint.merchant)

    async def keys(self, endpoint: Endpoint, now: datetime) -> tuple[Keys, ...]:
        """The keys in force, newest first."""
        if endpoint.invoice is not None:
            return (self._derived(endpoint.merchant),)
        rows = await self._db.read(
            lambda tx: tx.all(
                "SELECT id, keys_sealed, until FROM webhook_keys"
                " WHERE endpoint = :endpoint AND (until IS NULL OR until > :now) ORDER BY id DESC",
                endpoint=endpoint.id,
                now=micros(now),
            )
        )
        return tuple(self._opened(row["id"], row["keys_sealed"], row["until"]) for row in rows)

    async def rotate(self, endpoint: Endpoint, keys: Keys, until: datetime, done: Act) -> None:
        """Add keys; the ones before sign along until `until`, older ones no more."""
        sealed = self._sealed(keys)
        await self._db.write(lambda tx: _rotate(tx, endpoint, keys.id, sealed, until, done), order=endpoint.merchant)

    async def tell(self, endpoint: Endpoint, compose: Compose) -> Event:
        """Record an event that is for this endpoint alone: a test."""

        def op(tx: Tx) -> Event:
            event = append_once(tx, endpoint.merchant, compose)
            put(tx, endpoint, event, event.time)
            return event

        return await self._db.write(op, order=endpoint.merchant)

    def _sealed(self, keys: Keys) -> str:
        return self._keyring.seal(keys.secret + keys.seed, WEBHOOK_KEYS.row(keys.id))

    def _opened(self, id: str, sealed: str, until: int | None) -> Keys:
        plain = self._keyring.open(sealed, WEBHOOK_KEYS.row(id))
        return Keys(id, plain[:KEY_BYTES], plain[KEY_BYTES:], None if until is None else moment(until))


_INSERT = """
    INSERT INTO webhook_endpoints (id, merchant, invoice, environment, url, events, profile, description, created)
    VALUES (:id, :merchant, :invoice, :environment, :url, :events, :profile, :description, :created)
    ON CONFLICT DO NOTHING
"""
_UPDATE = """
    UPDATE webhook_endpoints SET url = :url, events = :events, description = :description, disabled = :disabled,
                                 reason = :reason, failing_since = :failing_since, unreached = 0, pauses = 0,
                                 held_until = CASE WHEN holder IS NULL THEN 0 ELSE held_until END
     WHERE id = :id AND merchant = :merchant
"""


def _of(merchant: Merchant) -> tuple[str, dict[str, object]]:
    sql, values = ENDPOINTS + "WHERE merchant = :merchant", dict[str, object](merchant=merchant.id)
    if merchant.environment is not None:
        sql += " AND (environment IS NULL OR environment = :environment)"
        values["environment"] = merchant.environment.value
    return sql, values


def add_for_invoice(tx: Tx, merchant: str, invoice: str, url: str, now: datetime) -> None:
    """The endpoint of an invoice's own `webhookUrl`, in the transaction that stores the invoice. Safe to repeat."""
    use_webhooks(tx, merchant)
    id = EndpointId(f"we_{invoice.removeprefix('inv_')}")
    tx.run(_INSERT, **_values(Endpoint(id, merchant, url, ("*",), Profile.STANDARD, now, invoice=invoice)))


def _add(tx: Tx, endpoint: Endpoint, key: str, sealed: str, done: Act) -> None:
    use_webhooks(tx, endpoint.merchant)  # locks the merchant's row: of two that add, the second counts the first
    there = tx.all(
        "SELECT id FROM webhook_endpoints WHERE merchant = :merchant AND invoice IS NULL", merchant=endpoint.merchant
    )
    if len(there) >= MAX_ENDPOINTS and endpoint.id not in {row["id"] for row in there}:
        raise Conflict(f"at most {MAX_ENDPOINTS} webhook endpoints; delete one")
    tx.run(_INSERT, **_values(endpoint))
    _add_keys(tx, endpoint, key, sealed)
    note(tx, done)


def _add_keys(tx: Tx, endpoint: Endpoint, key: str, sealed: str) -> int:
    return tx.run(
        "INSERT INTO webhook_keys (id, endpoint, keys_sealed) VALUES (:key, :endpoint, :sealed) ON CONFLICT DO NOTHING",
        key=key,
        endpoint=endpoint.id,
        sealed=sealed,
    )


def _rotate(tx: Tx, endpoint: Endpoint, key: str, sealed: str, until: datetime, done: Act) -> None:
    there = tx.run(
        "UPDATE webhook_endpoints SET description = description WHERE id = :id AND merchant = :merchant",  # its lock
        id=endpoint.id,
        merchant=endpoint.merchant,
    )
    if not there:
        raise NotFound("there is no such webhook endpoint")
    if not _add_keys(tx, endpoint, key, sealed):
        return  # rotated before the wire broke
    tx.run("DELETE FROM webhook_keys WHERE endpoint = :id AND until IS NOT NULL", id=endpoint.id)
    tx.run(
        "UPDATE webhook_keys SET until = :until WHERE endpoint = :id AND id <> :key",
        id=endpoint.id,
        key=key,
        until=micros(until),
    )
    note(tx, done)


def _update(tx: Tx, endpoint: Endpoint, done: Act) -> None:
    values = _values(endpoint)
    changed = tx.run(
        _UPDATE,
        **{name: values[name] for name in ("id", "merchant", "url", "events", "description")},
        disabled=None if endpoint.disabled is None else micros(endpoint.disabled),
        reason=endpoint.reason,
        failing_since=None if endpoint.failing_since is None else micros(endpoint.failing_since),
    )
    if not changed:
        raise NotFound("there is no such webhook endpoint")
    if endpoint.disabled is not None:
        give_up(tx, endpoint.id)
    note(tx, done)


def give_up(tx: Tx, endpoint: str) -> None:
    """What waits for an endpoint that is disabled waits no more."""
    tx.run("UPDATE webhook_endpoints SET due_at = NULL WHERE id = :id", id=endpoint)
    tx.run(
        "UPDATE webhook_deliveries SET state = 'failed', due_at = NULL WHERE endpoint = :id AND due_at IS NOT NULL",
        id=endpoint,
    )


def _delete(tx: Tx, endpoint: Endpoint, done: Act) -> None:
    for table, column in (
        ("webhook_endpoints", "id"),
        ("webhook_keys", "endpoint"),
        ("webhook_deliveries", "endpoint"),
    ):
        tx.run(f"DELETE FROM {table} WHERE {column} = :id", id=endpoint.id)  # noqa: S608  # names of ours
    note(tx, done)


def _values(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "merchant": endpoint.merchant,
        "invoice": endpoint.invoice,
        "environment": None if endpoint.environment is None else endpoint.environment.value,
        "url": endpoint.url,
        "events": msgspec.json.encode(endpoint.events).decode(),
        "profile": endpoint.profile.value,
        "description": endpoint.description,
        "created": micros(endpoint.created),
    }
