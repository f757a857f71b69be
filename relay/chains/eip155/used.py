"""What became of a payer's word that no transaction of ours made true: somebody else sent it, the payer cancelled it,
or it can never be used any more.

Anybody may send what the payer signed, and then it is still the payment that was asked for: so where the nonce is
used, the transaction is searched for, from the last block that could have it back to the first. Unused when a final
block's time is past its end, it is proven that it never will be.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from relay.chain import Never
from relay.chains.eip155.answers import (
    AUTHORIZATION_CANCELED,
    AUTHORIZATION_USED,
    TRANSFER,
    Block,
    Log,
    block_of,
    logs_of,
    mined_of,
    number,
    padded,
    transaction_of,
)
from relay.chains.eip155.claim import EXACT_PROXY, Claim, Word
from relay.chains.eip155.found import transfers_in
from relay.chains.eip155.options import Finality
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sweep import Sweep
from relay.errors import Unreachable

CANDIDATES = 20  # transactions to open in one span: the same payer paid the same payee that often
KEEP = 10_000  # words whose user is remembered

_AUTHORIZATION_STATE, _NONCE_BITMAP = "0xe94a0102", "0x4fe02b44"  # selectors: EIP-3009's, Permit2's


@dataclass(frozen=True, slots=True)
class UsedBy:
    """A transaction that is not ours used the payer's word."""

    hash: str


class Used:
    def __init__(self, spec: Spec, rpc: Rpc, sweep: Sweep) -> None:
        self._spec = spec
        self._rpc = rpc
        self._sweep = sweep
        self._by: OrderedDict[Word, UsedBy] = OrderedDict()

    async def look(self, claim: Claim, once: Word, rule: Finality) -> Never | UsedBy | None:
        """What became of it; None when nothing did, as far as can be told. Raises `Unreachable`."""
        known = self._by.get(once)
        if known is not None and await self._sweep.mined([known.hash]) is not None:
            return known
        head = self._sweep.head.blocks.head
        if head is None:
            raise Unreachable("no node told where the chain's head is")
        if not await self._is_used(once, head):
            final = await self._final(rule)
            if final is None or final.number > head.number or final.time < once.end:  # asked about before it was final
                return None
            return Never("its time is over, and the payer's authorization was not used: it never can be")
        found = await self._search(claim, once, head, rule)
        if isinstance(found, UsedBy):
            self._by[once] = found
            if len(self._by) > KEEP:
                self._by.popitem(last=False)
        return found

    async def _is_used(self, once: Word, head: Block) -> bool:
        if once.permit2:
            nonce = int(once.nonce, 16)
            data = _NONCE_BITMAP + padded(once.payer)[2:] + (nonce >> 8).to_bytes(32, "big").hex()
        else:
            nonce = 0
            data = _AUTHORIZATION_STATE + padded(once.payer)[2:] + once.nonce[2:]
        at = hex(head.number)
        told, state = await self._rpc.batch(
            [("eth_getBlockByNumber", (at, False)), ("eth_call", ({"to": once.contract, "data": data}, at))]
        )
        if block_of(told).hash != head.hash:
            raise Unreachable("a node does not have the chain's head, so it cannot tell what was used")
        return bool(number(state) >> (nonce & 0xFF) & 1)

    async def _final(self, rule: Finality) -> Block | None:
        """The newest final block."""
        height = self._sweep.head.marks.final(rule)
        if height < 0:
            return None
        return self._sweep.head.blocks.at(height) or (await self._sweep.head.fetch(range(height, height + 1)))[0]

    async def _search(self, claim: Claim, once: Word, head: Block, rule: Finality) -> Never | UsedBy | None:
        in_time = await self._last_before(once.end, head)
        found = await self._back_from(in_time, claim, once, rule)
        if found is None and in_time < head.number:  # it can be cancelled when its time is over, too
            found = await self._back_from(head.number, claim, once, rule)
        return found

    async def _back_from(self, last: int, claim: Claim, once: Word, rule: Finality) -> Never | UsedBy | None:
        for _ in range(self._spec.pace.spans):
            first = max(0, last - self._spec.pace.span + 1)
            [start] = await self._sweep.head.fetch(range(first, first + 1))
            for log in await self._events(claim, once, first, last):
                if log.topics[0] == AUTHORIZATION_CANCELED:
                    final = log.block <= self._sweep.head.marks.final(rule)
                    return Never("the payer cancelled the authorization, and that is final") if final else None
                if await self._is_ours(log.transaction, once):
                    return UsedBy(log.transaction)
            if first == 0 or start.time < once.first:
                break
            last = first - 1
        return None

    async def _last_before(self, end: int, head: Block) -> int:
        """A block from which on no block is before `end`, a few at most: after a long absence the head is far past."""
        low, high = 0, head.number
        if head.time < end:
            return high
        while high - low > self._spec.pace.span // 4:
            middle = (low + high) // 2
            [block] = await self._sweep.head.fetch(range(middle, middle + 1))
            low, high = (middle, high) if block.time < end else (low, middle)
        return high

    async def _events(self, claim: Claim, once: Word, first: int, last: int) -> Sequence[Log]:
        """Those that may tell who used it, in `first` to `last`: the newest first, and few."""
        if once.permit2:  # it has no event of its own
            topics: list[object] = [TRANSFER, padded(claim.payer), padded(claim.payee)]
        else:
            topics = [[AUTHORIZATION_USED, AUTHORIZATION_CANCELED], padded(once.payer), once.nonce]
        wanted = {"address": claim.token, "topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
        return logs_of(await self._rpc.call("eth_getLogs", wanted))[::-1][:CANDIDATES]

    async def _is_ours(self, hash: str, once: Word) -> bool:
        if not once.permit2:
            return True
        sent, mined = await self._rpc.batch(
            [("eth_getTransactionByHash", (hash,)), ("eth_getTransactionReceipt", (hash,))]
        )
        transaction = transaction_of(sent)
        if transaction.to != EXACT_PROXY:
            return False
        return any(id == once.id for id, _ in transfers_in(transaction, mined_of(mined), self._spec))
