"""What payers promised in transfers that the ledger does not show so far: nobody promises the same money twice.

A balance knows nothing of what is on its way. Twenty transfers over all that a payer has would each pass alone, and
nineteen would fail at consensus, for which we would pay. So what was verified counts against the balance until the
ledger shows what became of it, or it cannot land any more; or, where it was not sent after all, for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from relay.money import Account, Asset, TxId

UNSENT_SECONDS = 10.0  # between the verification and the sending lies a write to the database
SWEEP = 1_000  # promises made between two looks for those that ended


@dataclass(slots=True)
class _Promise:
    asset: Asset
    debits: Mapping[Account, int]
    until: float  # by time.monotonic()
    fee: int  # tinybars, until it is on record as sent
    merchant: str


class Promises:
    def __init__(self) -> None:
        self._made: dict[TxId, _Promise] = {}
        self._of: dict[tuple[Account, Asset], set[TxId]] = {}
        self._since_sweep = 0

    def promised(self, account: Account, asset: Asset, *, besides: TxId) -> int:
        """What an account promised of an asset in other transfers."""
        return sum(self._made[id].debits[account] for id in self.open(account, asset) if id != besides)

    def open(self, account: Account, asset: Asset) -> tuple[TxId, ...]:
        """The transfers in which it did."""
        now = time.monotonic()
        found = self._of.get((account, asset), ())
        return tuple(id for id in found if self._made[id].until > now)

    def fees(self, *, besides: TxId, merchant: str = "", payer: Account | None = None) -> int:
        """What fees may cost us for other transfers that are verified, and not on record as sent so far."""
        now = time.monotonic()
        return sum(
            each.fee
            for id, each in self._made.items()
            if id != besides and each.until > now
            if (each.merchant == merchant if payer is None else payer in each.debits)
        )

    def make(self, id: TxId, asset: Asset, debits: Mapping[Account, int], fee: int, merchant: str) -> None:
        """It is about to be verified and sent."""
        if id in self._made:
            return
        self._made[id] = _Promise(asset, debits, time.monotonic() + UNSENT_SECONDS, fee, merchant)
        for account in debits:
            self._of.setdefault((account, asset), set()).add(id)
        self._since_sweep += 1
        if self._since_sweep >= SWEEP:
            self._sweep()

    def sent(self, id: TxId, seconds: float) -> None:
        """It may land for so long; its fee is on record."""
        promise = self._made.get(id)
        if promise is not None:
            promise.until, promise.fee = time.monotonic() + seconds, 0

    def over(self, id: TxId) -> tuple[Account, ...]:
        """The ledger shows what became of it, or it will never land. Whose balance changed."""
        promise = self._made.pop(id, None)
        if promise is None:
            return ()
        for account in promise.debits:
            others = self._of[account, promise.asset]
            others.discard(id)
            if not others:
                del self._of[account, promise.asset]
        return tuple(promise.debits)

    def _sweep(self) -> None:
        self._since_sweep, now = 0, time.monotonic()
        for id in [id for id, promise in self._made.items() if promise.until <= now]:
            self.over(id)
