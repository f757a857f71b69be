"""Accounts and contracts: twenty bytes, written in hex with EIP-55's checksum in the case of the letters."""

from __future__ import annotations

import re
from functools import lru_cache

from eth_hash.auto import keccak

from relay.errors import InvalidRequest
from relay.money import Account

ZERO = bytes(20)

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@lru_cache(maxsize=20_000)  # the same payees and tokens come back; a payer's second visit costs nothing
def checksummed(raw: bytes) -> Account:
    """The one spelling we keep: EIP-55, each letter upper-case where the hash of the lower-case text has a 1."""
    text = raw.hex()
    digits = keccak(text.encode()).hex()
    return Account("0x" + "".join(c.upper() if digit > "7" else c for c, digit in zip(text, digits, strict=False)))


def address(text: object, what: str = "an account") -> bytes:
    """Read an address. All lower or all upper case is taken; a mixed case must be its checksum: it catches typing.

    Raises `InvalidRequest`.
    """
    if not isinstance(text, str) or _ADDRESS.fullmatch(text) is None:
        raise InvalidRequest(f"{str(text)[:50]!r} is not {what} such as '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'")
    raw = bytes.fromhex(text[2:])
    letters = text[2:]
    if letters not in (letters.lower(), letters.upper()) and text != checksummed(raw):
        raise InvalidRequest(f"{text} has a wrong checksum: a letter is mistyped, or its case; {what} is meant exactly")
    return raw
