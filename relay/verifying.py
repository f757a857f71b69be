"""What only the chain can tell of a transfer before it is sent: asked for the schemes whose chain offers to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from relay.abilities import Verifies
from relay.chain import Chain, Transfer
from relay.errors import TransferMismatch
from relay.money import ChainId
from relay.payees import Asked
from relay.store.journal import Journal


class Verifying:
    def __init__(self, chains: Mapping[ChainId, Chain], journal: Journal, clock: Callable[[], datetime]) -> None:
        # Asked once: `isinstance` of a Protocol looks up every name of it, each time.
        self._verifying = {
            (id, scheme): chain
            for id, chain in chains.items()
            if isinstance(chain, Verifies)
            for scheme in chain.verified
        }
        self._journal = journal
        self._clock = clock

    async def check(self, transfer: Transfer, asked: Asked) -> None:
        """Raise `TransferMismatch` when it would not go through now. What is on its way already passes."""
        chain, scheme = transfer.signed.chain, transfer.signed.scheme
        verifying = self._verifying.get((chain, scheme))
        if verifying is None:
            return
        known = await self._journal.payment_of(chain, transfer.id)
        if known is None:  # what is on its way has used its nonce, and would not pass again
            try:
                await verifying.verify(transfer, asked.merchant)
            except TransferMismatch:  # another asker may have brought it meanwhile: then `accept` finds it
                if await self._journal.payment_of(chain, transfer.id) is None:
                    raise
            if asked.until is not None and self._clock() >= asked.until:  # asking the chain took that long
                raise TransferMismatch(
                    "the quote ended while the transfer was checked; read the invoice again and sign anew",
                    code="quote_expired",
                )
