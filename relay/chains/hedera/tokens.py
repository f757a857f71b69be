"""What the mirror shows of a token that may keep it from being paid exactly: paused, deleted, a fee of its own.

A fractional fee that is not the sender's to pay on top (`net_of_transfers`) is kept out of what the payee gets
(HIP-18): the buyer would have paid, and nothing would be paid for.
"""

from __future__ import annotations

import time

import msgspec

from relay.chains.hedera import names
from relay.chains.hedera.mirror import Mirror
from relay.money import Asset

KNOWN_SECONDS = 60.0


class _Fractional(msgspec.Struct, frozen=True):
    net_of_transfers: bool = False


class _Fees(msgspec.Struct, frozen=True):
    fractional_fees: list[_Fractional] = []


class _Shown(msgspec.Struct, frozen=True):
    deleted: bool | None = False
    pause_status: str = "NOT_APPLICABLE"
    custom_fees: _Fees | None = None


class Tokens:
    """Looks tokens up: those configured, so they are few. Raises `Unreachable` where the mirror does not tell."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._known: dict[Asset, tuple[float, str]] = {}

    async def trouble(self, asset: Asset) -> str:
        """Why it cannot be paid exactly, lately; empty where it can."""
        if asset == names.HBAR:
            return ""
        known = self._known.get(asset)
        if known is None or time.monotonic() - known[0] > KNOWN_SECONDS:
            known = time.monotonic(), _trouble(await self._mirror.read(f"/api/v1/tokens/{asset}", _Shown))
            self._known[asset] = known
        return known[1]


def _trouble(shown: _Shown | None) -> str:
    if shown is None or shown.deleted:
        return "does not exist, or was deleted"
    if shown.pause_status == "PAUSED":
        return "is paused"
    fees = [] if shown.custom_fees is None else shown.custom_fees.fractional_fees
    if any(not fee.net_of_transfers for fee in fees):
        return "keeps a fee of its own out of what a payee gets"
    return ""
