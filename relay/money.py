"""What money is made of: where it lives (CAIP-2), whose it is, what it is, and how much, in integer units.

An amount is an `int` of the asset's smallest unit (tinybar, wei, 10^-6 DUSD). Never a float, and in JSON always a
decimal string. How many decimals an asset shows is configuration; bytes from outside never decide it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NewType

import msgspec

from relay.errors import InvalidRequest

Account = NewType(
    "Account", str
)  # canonical text: `0.0.1001` on Hedera, `0x…` with its checksum (EIP-55) on EVM chains
Asset = NewType("Asset", str)  # within its chain: `0.0.0` is HBAR, `native` an EVM chain's coin, else a token's id
Currency = NewType("Currency", str)  # ISO 4217, such as `USD`
TxId = NewType("TxId", str)  # the identity inside the payer's signature: `payer@seconds.nanos`, nanos as nine digits;
# on EVM chains the hash of a transaction, or `payer+nonce@contract` of an authorization

_CAIP2 = re.compile(r"(?P<namespace>[-a-z0-9]{3,8}):(?P<reference>[-_a-zA-Z0-9]{1,32})")
_DECIMAL = re.compile(r"(-?[0-9]{1,78})(?:\.([0-9]{1,78}))?")  # what a person types; no exponents, they hide size
_UNITS = re.compile(r"0|[1-9][0-9]{0,77}")  # 78 digits hold 2^256 - 1, the widest integer any chain we speak has


class ChainId(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A CAIP-2 chain id: `hedera:testnet`, `eip155:8453`."""

    namespace: str
    reference: str

    @classmethod
    @lru_cache(maxsize=256)  # the same few names, with every event and row
    def parse(cls, text: str) -> ChainId:
        """Read `namespace:reference`; raises `InvalidRequest` when it is not CAIP-2."""
        found = _CAIP2.fullmatch(text)
        if found is None:
            raise InvalidRequest(f"{text[:50]!r} is not a CAIP-2 network name such as 'hedera:testnet'")
        return cls(found["namespace"], found["reference"])

    def __str__(self) -> str:
        return f"{self.namespace}:{self.reference}"


def parse_units(text: object) -> int:
    """Read an amount as JSON carries it: a decimal string of whole smallest units, no sign, no leading zeros."""
    if not isinstance(text, str) or _UNITS.fullmatch(text) is None:
        got = f"{text[:50]!r}" if isinstance(text, str) else "none"
        raise InvalidRequest(f"an amount is a string of whole smallest units, such as '1000000'; got {got}")
    return int(text)


def show_units(units: int, decimals: int) -> str:
    """Write units for people: `show_units(150_000_000, 8) == '1.5'`. Exact."""
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{part}" if part else sign + whole


def read_units(text: str, decimals: int) -> int:
    """Read what a person typed ("1.5") as units; refuses more places than the asset has. Inverse of `show_units`."""
    found = _DECIMAL.fullmatch(text.strip())
    if found is None:
        raise InvalidRequest(f"{text[:50]!r} is not an amount such as '1.5'")
    places = (found[2] or "").rstrip("0")
    if len(places) > decimals:
        raise InvalidRequest(f"{text[:50]!r} has more than {decimals} decimal places")
    return int(found[1] + places.ljust(decimals, "0"))


def split(units: int, weights: Sequence[int]) -> list[int]:
    """Parts of `units` in proportion to `weights`, by largest remainder: they add up, none is off by a whole unit."""
    total = sum(weights)
    parts = [units * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(units * weights[at] % total), at))
    for at in by_remainder[: units - sum(parts)]:
        parts[at] += 1
    return parts
