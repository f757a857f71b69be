"""Names we give things: sortable by time, unguessable where that matters."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = bytes(ord(_CROCKFORD[byte & 31]) for byte in range(256))  # for any byte one of 32, each as likely
MEMO_PREFIX = "relay:"  # marks a memo as an invoice's, so that other memos cost no look-up


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and a ULID (26 characters: 48 bits of milliseconds, 80 random bits)."""
    random = os.urandom(16).translate(_LETTERS).decode()
    return f"{prefix}_{_time(int(now.timestamp() * 1000))}{random}"


def new_memo() -> str:
    """An invoice's name on the ledger: 128 random bits in 28 bytes of text; a Hedera memo holds 100 bytes."""
    return MEMO_PREFIX + secrets.token_urlsafe(16)


@lru_cache(maxsize=64)  # a payment and its events have three ids, and a millisecond has many payments
def _time(milliseconds: int) -> str:
    return "".join([_CROCKFORD[(milliseconds >> shift) & 31] for shift in range(45, -1, -5)])
