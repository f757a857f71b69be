"""What the ledger says of a transfer, and when to ask again.

sweep.py     where its transactions are        delivery.py   what they did          absence.py   that they never come
claim.py     what to look for                  finality.py   when it counts
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from relay import chain
from relay.chain import Pending, Sight, SignedTransfer
from relay.chains.eip155.absence import Absence
from relay.chains.eip155.claim import Claim, claim_of_transaction
from relay.chains.eip155.delivery import receipt_of
from relay.chains.eip155.finality import Patience, patience_of
from relay.chains.eip155.found import read_found
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sweep import Sweep
from relay.chains.eip155.tokens import NATIVE
from relay.errors import InvalidTransfer


@asynccontextmanager
async def open_receipts(spec: Spec, rpc: Rpc) -> AsyncIterator[Receipts]:
    """Follow the chain until the block ends; raises `Misconfigured` where the rules of finality make no sense."""
    patience = patience_of(spec)
    block_seconds = spec.network.block_seconds
    poll_seconds = spec.options.poll_seconds or block_seconds / 2
    sweep = Sweep(rpc, patience, {"0x" + address.hex() for address in spec.tokens}, poll_seconds)
    following = asyncio.create_task(sweep.run())
    try:
        yield Receipts(spec, patience, sweep, Absence(rpc, sweep, max(1.0, block_seconds)))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


class Receipts:
    """Made by `open_receipts`."""

    def __init__(self, spec: Spec, patience: Patience, sweep: Sweep, absence: Absence) -> None:
        self.patience = patience
        self.sweep = sweep
        self._spec = spec
        self._absence = absence

    async def receipt(self, signed: SignedTransfer) -> Sight:
        claim = self._claim(signed)
        rule = self.patience.of(claim.asset, claim.amount)
        mined = await self.sweep.mined(claim.hashes)
        if mined is None:
            return await self._absence.never(claim, rule) or Pending()
        return receipt_of(claim, mined, self.sweep.head.marks, rule)

    async def changed(self, signed: SignedTransfer) -> None:
        await self.sweep.changed(self._claim(signed).hashes)

    def finality(self) -> str:
        """In words."""
        symbols = {NATIVE: self._spec.network.coin}
        symbols |= {token.asset: token.symbol for token in self._spec.tokens.values()}
        return self.patience.words(symbols)

    def _claim(self, signed: SignedTransfer) -> Claim:
        match signed.scheme:
            case chain.SIGNED:
                return claim_of_transaction(signed, self._spec)
            case chain.WATCHED:
                return read_found(signed.raw).claim()
            case scheme:
                raise InvalidTransfer(f"scheme {scheme[:50]!r} cannot be followed on {self._spec.id}")
