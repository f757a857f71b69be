"""The audit log's entries: who did what when, each linked to the one before by its hash.

    hash(n) = SHA-256 of the JSON array [hash(n-1), n, id, time, actor, merchant, action, subject, detail]

Changing, removing or inserting an entry breaks every link after it, unless all of them and the head are written anew;
against that the operator keeps a head (`relay audit verify` prints it) where the database's owner cannot reach it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from relay.ids import new_id

FIRST = "0" * 64  # what the first entry is linked to
SHELL = "shell"  # who has the configuration and the database may do anything


@dataclass(frozen=True, slots=True)
class Act:
    """One administrative act. `detail` never holds a secret."""

    id: str  # made by the actor's process: an act that is written twice is one
    time: datetime
    actor: str  # `shell`, a key's id, `hedera:testnet/0.0.1001`
    merchant: str
    action: str  # noun and past participle: `key.revoked`
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in its place."""

    seq: int
    act: Act
    hash: str


def act(
    actor: str, action: str, merchant: str, subject: str, now: datetime, detail: Mapping[str, str] | None = None
) -> Act:
    """A new act, not yet written down."""
    return Act(new_id("act", now), now.astimezone(UTC), actor, merchant, action, subject, detail or {})


def detail_text(detail: Mapping[str, str]) -> str:
    """The detail as it is stored and hashed."""
    return json.dumps(dict(detail), separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def entry_json(entry: Entry) -> dict[str, object]:
    """An entry as merchants and operators read it."""
    done = entry.act
    return {
        "seq": entry.seq,
        "id": done.id,
        "time": done.time.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": done.actor,
        "merchant": done.merchant,
        "action": done.action,
        "subject": done.subject,
        "detail": dict(done.detail),
        "hash": entry.hash,
    }


def link(previous: str, seq: int, act: Act, time_micros: int) -> str:
    """The hash of an entry."""
    fields = [previous, seq, act.id, time_micros, act.actor, act.merchant, act.action, act.subject]
    text = json.dumps([*fields, detail_text(act.detail)], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
