"""What the ledger says of a transfer, and when to ask again.

sweep.py     where its transactions are        delivery.py   what they did          absence.py   that they never come
claim.py     what to look for                  finality.py   when it counts         arrivals.py  that it is there
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from relay import chain
from relay.chain import Never, Pending, Sight, SignedTransfer
from relay.chains.eip155 import authorization
from relay.chains.eip155.absence import Absence
from relay.chains.eip155.arrivals import Arrivals
from relay.chains.eip155.claim import Claim, Word, claim_of_authorization, claim_of_transaction
from relay.chains.eip155.delivery import receipt_of
from relay.chains.eip155.finality import Patience, patience_of
from relay.chains.eip155.found import read_found
from relay.chains.eip155.newheads import listen
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.sent import Sent
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sweep import Sweep
from relay.chains.eip155.tokens import NATIVE
from relay.chains.eip155.used import Used
from relay.errors import InvalidTransfer, Unreachable


@asynccontextmanager
async def open_receipts(spec: Spec, rpc: Rpc, sent: Sent) -> AsyncIterator[Receipts]:
    """Follow the chain until the block ends; raises `Misconfigured` where the rules of finality make no sense.

    `sent` tells which transactions of ours carry an authorization.
    """
    patience = patience_of(spec)
    poll_seconds = spec.options.poll_seconds or spec.network.block_seconds / 2
    sweep = Sweep(rpc, patience, {"0x" + address.hex() for address in spec.tokens}, poll_seconds)
    following = [asyncio.create_task(sweep.run())]
    following += [asyncio.create_task(listen(url, sweep.wake)) for url in spec.options.rpc if url.startswith("ws")][:1]
    try:
        again_seconds = 2 * poll_seconds
        idle_seconds = max(again_seconds, spec.network.block_seconds)
        absence = Absence(rpc, sweep, Used(spec, rpc, sweep), again_seconds, idle_seconds)
        yield Receipts(spec, patience, sweep, absence, sent, Arrivals(spec, rpc))
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)


class Receipts:
    """Made by `open_receipts`."""

    def __init__(
        self, spec: Spec, patience: Patience, sweep: Sweep, absence: Absence, sent: Sent, arrivals: Arrivals
    ) -> None:
        self.patience = patience
        self.sweep = sweep
        self.arrivals = arrivals
        self._spec = spec
        self._absence = absence
        self._sent = sent

    async def receipt(self, signed: SignedTransfer) -> Sight:
        claim = await self._claim(signed)
        rule = self.patience.of(claim.asset, claim.amount)
        mined = await self.sweep.mined(claim.hashes)
        # One that reverted, or only fills a place in our key's row, is not the end: a word may come true in another.
        astray = mined is not None and isinstance(claim.once, Word) and (not mined.ok or mined.idle)
        if mined is None or astray:
            told = await self._absence.explain(claim, rule, at_once=astray)
            if isinstance(told, Never):
                return told
            mined = None if told is None else await self.sweep.mined([told.hash])
        if mined is None:
            return Pending()
        return await self.arrivals.checked(claim, mined, receipt_of(claim, mined, self.sweep.head.marks, rule))

    async def changed(self, signed: SignedTransfer) -> None:
        await self.sweep.changed((await self._claim(signed)).hashes)

    async def carrier(self, signed: SignedTransfer) -> str:
        """The hash under which the ledger has it, else the one that went out last; empty where none did."""
        hashes = (await self._claim(signed)).hashes
        if not hashes:
            return ""
        try:
            mined = await self.sweep.mined(hashes)
        except Unreachable:
            return hashes[-1]
        return hashes[-1] if mined is None else mined.hash

    def finality(self) -> str:
        """In words."""
        symbols = {NATIVE: self._spec.network.coin}
        symbols |= {token.asset: token.symbol for token in self._spec.tokens.values()}
        return self.patience.words(symbols)

    async def _claim(self, signed: SignedTransfer) -> Claim:
        match signed.scheme:
            case chain.SIGNED:
                return claim_of_transaction(signed, self._spec)
            case chain.EXACT:
                id = authorization.read(signed.raw, self._spec).id
                return claim_of_authorization(signed, self._spec, await self._sent.hashes(id))
            case chain.WATCHED:
                return read_found(signed.raw).claim()
            case scheme:
                raise InvalidTransfer(f"scheme {scheme[:50]!r} cannot be followed on {self._spec.id}")
