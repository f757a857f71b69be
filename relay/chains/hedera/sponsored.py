"""Scheme `exact` on a Hedera network: payers sign, an account of ours pays the fee.

exact.py rules.py        bytes → Partial → Transfer     cosign.py reasons.py beside them
asked.py                 is it what x402's terms ask
preflight.py             what only the network can tell accounts.py tokens.py keys.py promises.py beneath it
sponsor.py purse.py      → Taken | Refused | Unknown    submit.py beneath it
delivery.py              what arrived, by the record    receipts.py asks for it
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from relay.abilities import Ask, Node
from relay.chain import Never, Receipt, Sight, SignedTransfer, Submission, Transfer
from relay.chains.hedera.accounts import Accounts
from relay.chains.hedera.asked import check_asked, check_terms
from relay.chains.hedera.exact import Exact
from relay.chains.hedera.handed import Handed
from relay.chains.hedera.mirror import Mirror
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.preflight import Preflight
from relay.chains.hedera.promises import Promises
from relay.chains.hedera.purse import Bounds, Purse
from relay.chains.hedera.receipts import look
from relay.chains.hedera.sponsor import Sponsor
from relay.money import Account, ChainId
from relay.sends import Sends

Clock = Callable[[], datetime]


class Sponsored:
    """One fee payer on one network; made by `open_sponsored`."""

    def __init__(
        self,
        id: ChainId,
        exact: Exact,
        nodes: Nodes,
        mirror: Mirror,
        bounds: Bounds,
        sends: Sends | None,
        clock: Clock,
        handed: Handed,
        call_seconds: float,
        alarm: Callable[[Node], None],
    ) -> None:
        self._exact = exact
        self._nodes = nodes
        self._mirror = mirror
        self._clock = clock
        self._handed = handed
        self._accounts = Accounts(mirror)
        self._promises = Promises()
        self.purse = Purse(str(id), exact.fee_payer, self._accounts, bounds, alarm)
        self._sponsor = Sponsor(id, exact, nodes, self.purse, self._promises, sends, clock, handed.note, call_seconds)
        self._preflight = Preflight(id, exact, nodes, mirror, self._accounts, self._promises, self._sponsor, clock)

    @property
    def account(self) -> Account:
        return self._exact.fee_payer.account

    def decode(self, signed: SignedTransfer) -> Transfer:
        return self._exact.decode(signed)

    def compare(self, signed: SignedTransfer, ask: Ask) -> None:
        check_terms(ask, self.account)
        check_asked(self._exact.read(signed.raw), ask)

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        await self._preflight.verify(transfer, merchant)

    async def submit(self, signed: SignedTransfer) -> Submission:
        return await self._sponsor.submit(signed)

    async def receipt(self, signed: SignedTransfer) -> Sight:
        sight = await look(self._nodes, self._mirror, signed.raw, self._clock, self._handed, self._sponsor.judging)
        if isinstance(sight, Receipt | Never):
            self._forget(signed)
        return sight

    async def close(self) -> None:
        await self._accounts.close()

    def _forget(self, signed: SignedTransfer) -> None:
        """It is over: what was promised counts no more, and balances are others than before."""
        found = self._exact.read(signed.raw)
        for account in self._promises.over(found.id):
            self._accounts.forget(account, found.asset)


@asynccontextmanager
async def open_sponsored(
    id: ChainId,
    exact: Exact | None,
    nodes: Nodes,
    mirror: Mirror | None,
    bounds: Bounds,
    sends: Sends | None,
    clock: Clock,
    handed: Handed,
    call_seconds: float,
    alarm: Callable[[Node], None],
) -> AsyncIterator[Sponsored | None]:
    """Watch over the fee payer until the block ends; None where there is none."""
    if exact is None or mirror is None:
        yield None
        return
    sponsored = Sponsored(id, exact, nodes, mirror, bounds, sends, clock, handed, call_seconds, alarm)
    tending = asyncio.create_task(sponsored.purse.tend())
    try:
        yield sponsored
    finally:
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        await sponsored.close()
