"""Webhook endpoints: which events they want, when a delivery that failed is tried again, when we give up. Pure.

    pending ──2xx──▶ delivered          a delivery is one event for one endpoint
       │ ╰──else──▶ pending, later      by `RETRY`, the Standard Webhooks table
       ▼
    failed          the table is used up, the endpoint answered 410, or it was disabled

Deliveries of one endpoint about one invoice (or payment, where there is none) go out in the order of their events and
wait for each other; those about different ones do not: that is a *lane*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from relay.channel import Event
from relay.environment import Environment

EndpointId = NewType("EndpointId", str)

KEY_BYTES = 32  # of either key
TYPE_PATTERN = re.compile(r"\*|[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*(\.\*)?")
# Seconds before each attempt: the schedule recommended by the Standard Webhooks specification, about three days.
RETRY_SECONDS = (0.0, 5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
JITTER = 0.1  # of a wait, so that what failed together does not come back together
MAX_RETRY_AFTER = timedelta(hours=24)  # of what a receiver may ask for
PAUSE_SECONDS = (5.0, 15.0, 60.0, 300.0)  # without any call to an endpoint that cannot be reached
UNREACHED = 5  # failures to connect in a row, with no answer between them, until an endpoint is paused


class Profile(StrEnum):
    """How a body looks and is signed."""

    STANDARD = "standard"  # Standard Webhooks; the body is the event's own
    HEDERA = "hedera-2019"  # the WordPress plugin of the original server
    PEPAY = "pepay"


class State(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Keys:
    """What an endpoint's messages are signed with. Rotation leaves two, the older one until `until`."""

    id: str  # the newest has the highest
    secret: bytes  # shared with the receiver
    seed: bytes  # of an ed25519 key; the receiver has its public half
    until: datetime | None = None

    def __repr__(self) -> str:
        return f"Keys({self.id}, until={self.until})"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`invoice` is set where the URL came with one invoice; such an endpoint hears of nothing else."""

    id: EndpointId
    merchant: str
    url: str
    events: tuple[str, ...]  # `*`, `payment.*`, `payment.settled`
    profile: Profile
    created: datetime
    description: str = ""
    invoice: str | None = None
    environment: Environment | None = None  # whose money it hears of; None: an invoice's, whose networks say it
    disabled: datetime | None = None
    reason: str | None = None  # for that
    failing_since: datetime | None = None  # of its first failure after a success
    unreached: int = 0  # failures to connect in a row
    pauses: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call, as the delivery log shows it. `status` is None where no HTTP answer came."""

    at: datetime
    milliseconds: int
    status: int | None
    response: str  # the beginning of the answer, as text
    error: str | None
    retry_after: timedelta | None = None

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        return self.status == 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to an endpoint. `attempt` counts those made since it was last put into the outbox."""

    endpoint: EndpointId
    event: Event
    lane: str
    state: State
    attempt: int
    due: datetime | None
    attempts: tuple[Attempt, ...] = ()


def wants(endpoint: Endpoint, event: Event) -> bool:
    """Whether the endpoint asked for events of this type. A test is for the endpoint that was asked for one."""
    if event.type == "webhook.test":
        return False
    if endpoint.invoice is not None and endpoint.invoice != event.invoice:
        return False
    return any(matches(pattern, event.type) for pattern in endpoint.events)


def lane(event: Event) -> str:
    """What an event is about: two events of one lane keep their order."""
    return event.invoice or event.payment or event.id


def next_try(attempt: Attempt, made: int, table: Sequence[float], chance: float) -> datetime | None:
    """When to try again after `made` attempts; None when that was the last. `chance` is from 0 to 1."""
    if made >= len(table):
        return None
    wait = timedelta(seconds=table[made] * (1 - JITTER + 2 * JITTER * chance))
    asked = min(attempt.retry_after or timedelta(), MAX_RETRY_AFTER)
    return attempt.at + max(wait, asked)


def pause(pauses: int) -> timedelta:
    """How long to leave an endpoint alone that could not be reached, for the n-th time."""
    return timedelta(seconds=PAUSE_SECONDS[min(pauses, len(PAUSE_SECONDS) - 1)])


def matches(pattern: str, type: str) -> bool:
    """Whether a type of event is meant by `*`, `payment.*` or its own name."""
    if pattern == "*":
        return True
    return type.startswith(pattern[:-1]) if pattern.endswith(".*") else type == pattern
