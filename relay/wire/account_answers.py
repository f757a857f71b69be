"""What the routes of a merchant's account answer, as types like those of answers.py: keys, webhooks, the audit log."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from relay.environment import Environment
from relay.webhook import Profile, State
from relay.wire.answers import Time


class PublicKey(msgspec.Struct, kw_only=True):
    key: str
    until: Time | None


class Endpoint(msgspec.Struct, rename="camel", kw_only=True):
    """A webhook endpoint; `secret` only in the answer that made it."""

    id: str
    url: str
    events: list[str]
    profile: Profile
    description: str
    invoice: str | None
    environment: Environment | None
    created_at: Time
    disabled: bool
    disabled_at: Time | None
    disabled_reason: str | None
    failing_since: Time | None
    public_keys: list[PublicKey]
    secret: str | UnsetType = UNSET


class Deleted(msgspec.Struct, kw_only=True):
    id: str
    deleted: bool


class Told(msgspec.Struct, kw_only=True):
    event: str
    seq: int


class Queued(msgspec.Struct, rename="camel", kw_only=True):
    queued: int
    has_more: bool
    next: int | None


class Attempt(msgspec.Struct, rename="camel", kw_only=True):
    at: Time
    status: int | None
    latency_ms: int
    response: str | None
    error: str | None


class Delivery(msgspec.Struct, rename="camel", kw_only=True):
    event: str
    seq: int
    type: str
    payment: str | None
    invoice: str | None
    status: State
    response_status: int | None
    attempts: list[Attempt]
    next_try_at: Time | None


class Endpoints(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Endpoint]
    has_more: bool
    next: str | None


class Deliveries(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Delivery]
    has_more: bool
    next: str | int | None


class Key(msgspec.Struct, rename="camel", kw_only=True):
    """An API key without what would open anything."""

    id: str
    name: str
    kind: str
    environment: str
    scopes: list[str]
    origins: list[str]
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None
    revoked_at: Time | None


class MadeKey(Key, rename="camel", kw_only=True):
    """With the key itself, this once."""

    key: str
    replaces: str | UnsetType = UNSET


class Keys(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Key]
    has_more: bool
    next: str | None


class Entry(msgspec.Struct, kw_only=True):
    """One line of the audit log; `hash` links it to the one before."""

    seq: int
    id: str
    time: Time
    actor: str
    merchant: str | None
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class Entries(msgspec.Struct, rename="camel", kw_only=True):
    data: list[Entry]
    has_more: bool
    next: int
