"""Sending what payers signed, with an account of ours that pays the fee.

A copy is chosen among the nodes the payer listed, our signature added, and the whole written down (`Sends`) before a
byte of it leaves us. From then on exactly these bytes are sent, by whichever process, after a crash too. A copy for
another node is signed only while it is certain that nobody has the first: no send of it, in this very call, went
unanswered. What was sent is never called failed here: the ledger alone does that.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from relay.chain import Receipt, Refused, SignedTransfer, Submission
from relay.chains.hedera import names
from relay.chains.hedera.copies import Copy as Sent
from relay.chains.hedera.delivery import as_exact
from relay.chains.hedera.envelope import open_envelope, transaction_of
from relay.chains.hedera.exact import Copy, Exact, Partial
from relay.chains.hedera.link import CONNECT_SECONDS, Link
from relay.chains.hedera.mirror import Judge, Recorded
from relay.chains.hedera.nodes import Nodes
from relay.chains.hedera.promises import Promises
from relay.chains.hedera.purse import Purse
from relay.chains.hedera.receipts import GRACE
from relay.chains.hedera.submit import SUBMIT_SECONDS, TRY_ANOTHER, UNREACHABLE, no_such_node, submit
from relay.chains.hedera.transfer import open_signed
from relay.errors import InvalidTransfer, Overloaded, TooLarge
from relay.money import ChainId, TxId
from relay.sends import Send, Sends

HOUR = timedelta(hours=1)
MAX_WAYS = 5  # nodes tried for one transfer, while none of them took it
OTHERS = Refused("invalid_transaction", "another transfer was signed under this id; sign with a new one")
WEIBARS = 10**10  # to a tinybar: what Hedera's EVM counts in, with the 18 decimals that `Sends` does


class Spent(NamedTuple):
    """In an hour, in tinybars; 0 where there is no bound."""

    merchant: int
    payer: int


class Sponsor:
    """`sent` is told of a copy just before it leaves us."""

    def __init__(
        self,
        id: ChainId,
        exact: Exact,
        nodes: Nodes,
        purse: Purse,
        promises: Promises,
        sends: Sends | None,
        clock: Callable[[], datetime],
        sent: Callable[[Sent], None],
        call_seconds: float,
    ) -> None:
        self._id = id
        self._exact = exact
        self._nodes = nodes
        self._purse = purse
        self._promises = promises
        self._sends = sends
        self._clock = clock
        self._sent = sent
        self._call_seconds = call_seconds
        self._sending: dict[TxId, asyncio.Task[Submission]] = {}

    async def spent(self, found: Partial, merchant: str) -> Spent:
        """What was spent in the last hour; raises `Overloaded` where the fee cannot be paid anyway."""
        await self._purse.able(found.fee)
        bounds, since = self._purse.bounds, self._clock() - HOUR
        of_merchant = of_payer = 0
        if self._sends is not None and bounds.budget_tinybars_per_hour is not None:
            of_merchant = await self._sends.spent(self._id, since, merchant=merchant) // WEIBARS
        if self._sends is not None and bounds.payer_budget_tinybars_per_hour is not None:
            of_payer = await self._sends.spent(self._id, since, payer=found.payer) // WEIBARS
        return Spent(of_merchant, of_payer)

    def promise(self, found: Partial, merchant: str, spent: Spent) -> None:
        """Count it from now on, with what else is verified and not on record; raises `Overloaded`."""
        cost, bounds = self._cost(found), self._purse.bounds
        of_merchant = spent.merchant + cost + self._promises.fees(merchant=merchant, besides=found.id)
        _within(of_merchant, bounds.budget_tinybars_per_hour, "this merchant")
        of_payer = spent.payer + cost + self._promises.fees(payer=found.payer, besides=found.id)
        _within(of_payer, bounds.payer_budget_tinybars_per_hour, "this payer")
        self._promises.make(found.id, found.asset, found.debits, cost, merchant)

    async def submit(self, signed: SignedTransfer) -> Submission:
        """Safe to repeat: the copy is chosen once, and the same bytes go out again. At most `SUBMIT_SECONDS`."""
        try:
            found = self._exact.read(signed.raw)
        except (InvalidTransfer, TooLarge) as error:  # the rules, or our account, are others than when it was verified
            return Refused(error.code, error.message)
        if self._sends is None:
            return Refused("sponsor_unavailable", "nothing can be sent with the account of this relay from here")
        sending = self._sending.get(found.id)
        if sending is None:
            sending = self._sending[found.id] = asyncio.create_task(self._send(self._sends, found))
            sending.add_done_callback(lambda _: self._sending.pop(found.id))
        return await asyncio.shield(sending)  # whoever comes meanwhile joins

    def judging(self, raw: bytes) -> Judge:
        """The judge of a payment's record, who also learns from it what a payment costs us."""
        judge = as_exact(raw)

        def judged(recorded: Recorded) -> Receipt:
            self._purse.learn(recorded.charged_tx_fee, of_token=bool(recorded.token_transfers))
            return judge(recorded)

        return judged

    def _cost(self, found: Partial) -> int:
        return self._purse.cost(found.fee, of_token=found.asset != names.HBAR)

    async def _send(self, sends: Sends, found: Partial) -> Submission:
        deadline = asyncio.get_running_loop().time() + SUBMIT_SECONDS
        known = await sends.of(self._id, found.id)
        if known is not None:
            return await self._offer(known, deadline) if _carries(known, found) else OTHERS
        ways = [(copy, link) for copy in found.copies if (link := self._nodes.get(copy.node)) is not None]
        if not ways:
            return no_such_node(self._id, self._nodes, [copy.node for copy in found.copies])
        ways.sort(key=lambda way: not way[1].healthy)  # stable: the payer's order among equals
        send: Send | None = None
        said: Submission = Refused("node_unreachable", UNREACHABLE)
        for at, (copy, link) in enumerate(ways[:MAX_WAYS], start=1):
            if not await _reached(link, deadline):
                continue
            ours, send = await self._written(sends, found, copy, send)
            if not ours and not _carries(send, found):
                return OTHERS
            said = await self._offer(send, deadline, patient=at == len(ways[:MAX_WAYS]))
            if not ours or not isinstance(said, Refused) or said.code not in {None, *TRY_ANOTHER}:
                break
        if isinstance(said, Refused):
            self._promises.over(found.id)
        return said

    async def _written(self, sends: Sends, found: Partial, copy: Copy, before: Send | None) -> tuple[bool, Send]:
        """The co-signed copy, on record; and whether it was we who put it there."""
        signed = self._exact.fee_payer.cosign(copy.signed)
        raw, hash = transaction_of(signed), "0x" + hashlib.sha384(signed).hexdigest()
        if before is not None:
            send = await sends.replace(before, raw, hash, cancelled=False)
        else:
            weibars = self._cost(found) * WEIBARS
            account, now = self._exact.fee_payer.account, self._clock()
            send = await sends.make(self._id, account, found.id, 0, weibars, lambda _: (raw, hash), now)
        left = found.window[1] - self._clock() + GRACE
        self._promises.sent(found.id, left.total_seconds())
        return send.raws[-1] == raw, send

    async def _offer(self, send: Send, deadline: float, *, patient: bool = True) -> Submission:
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        return await submit(
            *(self._id, self._nodes, send.raws[-1], self._clock, self._sent, self._call_seconds),
            seconds=left,
            patient=patient,
        )


def _carries(send: Send, found: Partial) -> bool:
    """Whether what is on record is one of the copies. An id is the payer's to choose, and to sign for once more."""
    body = open_signed(open_envelope(send.raws[-1])[0])[0].bodyBytes
    return any(copy.body == body for copy in found.copies)


async def _reached(link: Link, deadline: float) -> bool:
    left = deadline - asyncio.get_running_loop().time()
    return link.ready or (left > 0 and await link.reachable(min(left, CONNECT_SECONDS)))


def _within(spent: int, budget: int | None, whose: str) -> None:
    if budget is not None and spent > budget:
        raise Overloaded(
            f"what the relay pays in fees for {whose} in an hour is used up; try later", code="budget_exceeded"
        )
