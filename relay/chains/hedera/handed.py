"""Which node was handed a transfer lately: it is the first to know what became of it."""

from __future__ import annotations

from collections import OrderedDict

from relay.chains.hedera.copies import Copy
from relay.money import Account, TxId

MAX_REMEMBERED = 20_000  # three minutes at 100 a second


class Handed(OrderedDict[TxId, Account]):
    def note(self, copy: Copy) -> None:
        """It is about to leave us."""
        self[copy.id] = copy.node
        if len(self) > MAX_REMEMBERED:
            self.popitem(last=False)
