"""Names we give things: sortable by time, unguessable where that matters."""

from __future__ import annotations

import os
import secrets
from collections import deque
from datetime import datetime
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = bytes(ord(_CROCKFORD[byte & 31]) for byte in range(256))  # for any byte one of 32, each as likely
_ID = 16  # letters of five random bits
_LAST = [first + second for first in _CROCKFORD for second in _CROCKFORD]  # of ten bits, as text
_BLOCK = 4096  # bytes asked of the kernel at once: a question costs 3 µs, and a payment has three ids
MEMO_PREFIX = "relay:"  # marks a memo as an invoice's, so that other memos cost no look-up


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and a ULID (26 characters: 48 bits of milliseconds, 80 random bits)."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{_seconds(milliseconds >> 10)}{_LAST[milliseconds & 1023]}{_random()}"


def new_memo() -> str:
    """An invoice's name on the ledger: 128 random bits in 28 bytes of text; a Hedera memo holds 100 bytes."""
    return MEMO_PREFIX + secrets.token_urlsafe(16)


_unused: deque[str] = deque()  # each is taken once, by whichever thread
os.register_at_fork(after_in_child=_unused.clear)  # else both would give the same names


def _random() -> str:
    try:
        return _unused.popleft()
    except IndexError:
        letters = os.urandom(_BLOCK).translate(_LETTERS).decode()
        _unused.extend(letters[at : at + _ID] for at in range(_ID, _BLOCK, _ID))
        return letters[:_ID]


@lru_cache(maxsize=8)  # a payment and its events have three ids, and 1,024 ms have many payments
def _seconds(passed: int) -> str:
    return "".join([_CROCKFORD[(passed >> shift) & 31] for shift in range(35, -1, -5)])
