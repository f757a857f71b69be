"""Which transactions of ours carry a payer's word: the database remembers; asked at every look, so kept a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from relay.money import ChainId, TxId
from relay.sends import Send, Sends

KEEP = 10_000  # words
STALE_SECONDS = 5.0  # how late a version with a higher fee may be noticed: it takes longer to be made


class Sent:
    def __init__(self, chain: ChainId, sends: Sends | None) -> None:
        self._chain = chain
        self._sends = sends
        self._known: OrderedDict[TxId, tuple[tuple[str, ...], float]] = OrderedDict()

    async def hashes(self, id: TxId) -> tuple[str, ...]:
        """Of every version that went out, or may have."""
        now = asyncio.get_running_loop().time()
        hashes, until = self._known.get(id, ((), 0.0))
        if self._sends is None or now < until:
            return hashes
        send = await self._sends.of(self._chain, id)
        if send is None:
            return ()
        self.note(send)
        return send.carrying

    def note(self, send: Send) -> None:
        """A send that is on record."""
        self._known[send.transfer] = send.carrying, asyncio.get_running_loop().time() + STALE_SECONDS
        if len(self._known) > KEEP:
            self._known.popitem(last=False)
