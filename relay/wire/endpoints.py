"""Webhook endpoints and their delivery log as merchants write and read them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from relay.errors import InvalidRequest
from relay.misread import meant
from relay.webhook import TYPE_PATTERN, Attempt, Delivery, Endpoint, Keys, Profile, matches
from relay.wire import webhooks
from relay.wire.events import TYPES, timestamp

MAX_PATTERNS = 50
MAX_PATTERN = 100  # characters
MAX_DESCRIPTION = 500
MAX_OVERLAP_SECONDS = 7 * 24 * 3600


class CreateEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/webhooks`."""

    url: str
    events: tuple[str, ...] = ("*",)
    profile: str = Profile.STANDARD
    description: str = ""


class UpdateEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`PATCH /v1/webhooks/{id}`: what is not given stays."""

    url: str | UnsetType = UNSET
    events: tuple[str, ...] | UnsetType = UNSET
    description: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class Rotate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/webhooks/{id}/rotate`: how long the old keys sign along."""

    overlap_seconds: int = 24 * 3600


class Redeliver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """`POST /v1/webhooks/{id}/redeliver`: one event, or those numbered past `after`, or those since a time."""

    event: str | None = None
    after: int | None = None
    up_to: int | None = None
    since: str | None = None
    until: str | None = None


def read_profile(text: str) -> Profile:
    """The profile of that name."""
    try:
        return Profile(text)
    except ValueError:
        raise InvalidRequest(f"profile: one of {', '.join(Profile)}") from None


def read_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """Which events: `*`, `payment.*` or whole types. One that no event can match is a mistake nobody would notice."""
    if not 1 <= len(patterns) <= MAX_PATTERNS:
        raise InvalidRequest(f"events: from 1 to {MAX_PATTERNS} patterns")
    for pattern in patterns:
        if len(pattern) > MAX_PATTERN or not TYPE_PATTERN.fullmatch(pattern):
            raise InvalidRequest("events: patterns such as *, payment.* or payment.settled")
        if not any(matches(pattern, type) for type in TYPES):
            families = dict.fromkeys(type.partition(".")[0] + ".*" for type in TYPES)
            raise InvalidRequest(f"events: no event is {pattern!r}{meant(pattern, (*TYPES, *families))}")
    return tuple(dict.fromkeys(patterns))


def read_description(text: str) -> str:
    """A merchant's own note."""
    if len(text) > MAX_DESCRIPTION or not text.isprintable():
        raise InvalidRequest(f"description: at most {MAX_DESCRIPTION} characters on one line")
    return text


def updated(endpoint: Endpoint, wish: UpdateEndpoint, now: datetime) -> Endpoint:
    """The endpoint as its merchant wants it. Enabling one that was disabled gives it a new start."""
    if wish.url is not UNSET:
        endpoint = replace(endpoint, url=wish.url, failing_since=None)
    if wish.events is not UNSET:
        endpoint = replace(endpoint, events=read_patterns(wish.events))
    if wish.description is not UNSET:
        endpoint = replace(endpoint, description=read_description(wish.description))
    if wish.disabled is True and endpoint.disabled is None:
        endpoint = replace(endpoint, disabled=now, reason="disabled by its merchant")
    if wish.disabled is False:
        endpoint = replace(endpoint, disabled=None, reason=None, failing_since=None)
    return endpoint


def endpoint_json(endpoint: Endpoint, keys: Sequence[Keys], *, secret: bool = False) -> dict[str, object]:
    """An endpoint as its merchant sees it; the secret only in the answer that made it."""
    shown: dict[str, object] = {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "profile": endpoint.profile.value,
        "description": endpoint.description,
        "invoice": endpoint.invoice,
        "environment": endpoint.environment,
        "createdAt": timestamp(endpoint.created),
        "disabled": endpoint.disabled is not None,
        "disabledAt": _time(endpoint.disabled),
        "disabledReason": endpoint.reason,
        "failingSince": _time(endpoint.failing_since),
        "publicKeys": [
            {"key": webhooks.public_text(endpoint.profile, each), "until": _time(each.until)} for each in keys
        ],
    }
    if secret and endpoint.profile is not Profile.HEDERA:  # whose messages are signed with the other key alone
        shown["secret"] = webhooks.secret_text(keys[0])
    return shown


def delivery_json(delivery: Delivery) -> dict[str, object]:
    """One line of the delivery log."""
    last = delivery.attempts[-1] if delivery.attempts else None
    return {
        "event": delivery.event.id,
        "seq": delivery.event.seq,
        "type": delivery.event.type,
        "payment": delivery.event.payment,
        "invoice": delivery.event.invoice,
        "status": delivery.state.value,
        "responseStatus": None if last is None else last.status,
        "attempts": [_attempt(each) for each in delivery.attempts],
        "nextTryAt": _time(delivery.due),
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "at": timestamp(attempt.at),
        "status": attempt.status,
        "latencyMs": attempt.milliseconds,
        "response": attempt.response,
        "error": attempt.error,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)
