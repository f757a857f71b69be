"""Names we give things: sortable by time, unguessable where that matters."""

from __future__ import annotations

import os
import secrets
from base64 import b32encode
from datetime import datetime

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
MEMO_PREFIX = "relay:"  # marks a memo as an invoice's, so that other memos cost no look-up


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and a ULID (26 characters: 48 bits of milliseconds, 80 random bits)."""
    number = (int(now.timestamp() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    text = b32encode((number << 6).to_bytes(17, "big"))  # two bits of zeros in front, as in every ULID, six behind
    return f"{prefix}_{text[:26].translate(_CROCKFORD).decode()}"


def new_memo() -> str:
    """An invoice's name on the ledger: 128 random bits in 28 bytes of text; a Hedera memo holds 100 bytes."""
    return MEMO_PREFIX + secrets.token_urlsafe(16)
