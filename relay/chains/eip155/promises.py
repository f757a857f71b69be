"""What payers promised in transfers of ours that are not mined: nobody promises the same money twice.

A balance at the head knows nothing of what is on its way. Twenty authorizations over all that a payer has would each
pass alone, and nineteen would fail on the chain at our cost. So what was verified counts against the balance until its
transaction is mined, or, where it was not sent after all, for a moment.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.rows import Row
from relay.money import TxId

UNSENT_SECONDS = 10.0  # between the verification and the sending lies a write to the database


@dataclass(slots=True)
class _Promise:
    amount: int
    until: float
    place: tuple[Row, int] | None = None

    @property
    def stands(self) -> bool:
        if self.place is None:
            return time.monotonic() < self.until
        row, nonce = self.place
        return row.floor <= nonce


class Promises:
    def __init__(self) -> None:
        self._made: dict[tuple[bytes, bytes], dict[TxId, _Promise]] = {}  # by token and payer

    def promised(self, found: Authorization) -> int:
        """What this payer promised of this token besides."""
        made = self._made.get(_whose(found), {})
        for id in [id for id, promise in made.items() if not promise.stands]:
            del made[id]
        if not made:
            self._made.pop(_whose(found), None)
        return sum(promise.amount for id, promise in made.items() if id != found.id)

    def make(self, found: Authorization) -> None:
        """It was verified, and is about to be sent."""
        made = self._made.setdefault(_whose(found), {})
        made.setdefault(found.id, _Promise(found.amount, time.monotonic() + UNSENT_SECONDS))

    def sent(self, found: Authorization, row: Row, nonce: int) -> None:
        """It has this place; once the chain is past it, the balance tells."""
        made = self._made.setdefault(_whose(found), {})
        made[found.id] = _Promise(found.amount, 0.0, (row, nonce))

    def sweep(self) -> None:
        """Forget what does not stand any more."""
        for whose, made in list(self._made.items()):
            if not any(promise.stands for promise in made.values()):
                del self._made[whose]


def _whose(found: Authorization) -> tuple[bytes, bytes]:
    return found.token.address, found.payer
