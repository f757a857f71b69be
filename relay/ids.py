"""Names we give things: sortable by time, unguessable where that matters."""

from __future__ import annotations

import os
import secrets
from datetime import datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]  # ten bits at once: half the work
MEMO_PREFIX = "relay:"  # marks a memo as an invoice's, so that other memos cost no look-up


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and a ULID (26 characters: 48 bits of milliseconds, 80 random bits)."""
    number = (int(now.timestamp() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return f"{prefix}_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def new_memo() -> str:
    """An invoice's name on the ledger: 128 random bits in 28 bytes of text; a Hedera memo holds 100 bytes."""
    return MEMO_PREFIX + secrets.token_urlsafe(16)
