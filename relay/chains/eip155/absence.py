"""Proof that a transfer will never come: what it could have used once was used otherwise, and that is final.

An account's nonce that is taken at a block which became final, by none of our transactions, is gone for good. Of words
that payers signed for us to send, used.py tells.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import NamedTuple, TypeVar, assert_never

from relay.chain import Never
from relay.chains.eip155.answers import block_of, number
from relay.chains.eip155.claim import AccountNonce, Claim, Word
from relay.chains.eip155.options import Finality
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.sweep import Sweep
from relay.chains.eip155.used import Used, UsedBy
from relay.errors import Unreachable

K = TypeVar("K")
V = TypeVar("V")

KEEP = 10_000  # nonces seen taken, whose block is not final yet


class _Asked(NamedTuple):
    """When a hash or word was last thought of, and how the chain stood: its head, and the height that was final."""

    at: float
    head: str | None
    final: int


class Absence:
    """`again_seconds`: between two questions about one claim, where a block came in between: without one, the answer
    is the last one's. After `idle_seconds` it is asked without: the last question may have failed.
    """

    def __init__(self, rpc: Rpc, sweep: Sweep, used: Used, again_seconds: float, idle_seconds: float) -> None:
        self._rpc = rpc
        self._sweep = sweep
        self._used = used
        self._again_seconds = again_seconds
        self._idle_seconds = idle_seconds
        self._taken: OrderedDict[AccountNonce, tuple[int, str]] = OrderedDict()  # the block by which it was taken
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    async def explain(self, claim: Claim, rule: Finality, *, at_once: bool) -> Never | UsedBy | None:
        """The proof, if there is one by now, or whose transaction it was. Ask only about what is not on the ledger.

        `at_once`: not only after some time without news. Raises `Unreachable`.
        """
        match claim.once:
            case AccountNonce() as once:
                return await self._taken_otherwise(claim, once, rule)
            case Word() as once:
                return await self._used.look(claim, once, rule) if self._due(once.id, rule) or at_once else None
            case once:
                assert_never(once)

    async def _taken_otherwise(self, claim: Claim, once: AccountNonce, rule: Finality) -> Never | None:
        blocks, final = self._sweep.head.blocks, self._sweep.head.marks.final(rule)
        taken = self._taken.get(once)
        if taken is None or not blocks.has(*taken):
            taken = await self._taken_by(once, final) if self._due(claim.hashes[0], rule) else None
        if taken is None or final < taken[0]:
            return None
        if await self._sweep.mined(claim.hashes, afresh=True) is not None or not blocks.has(*taken):
            return None
        return Never(
            f"another transaction of {once.account} took its place (nonce {once.number}) and is final, so it never will"
        )

    async def _taken_by(self, once: AccountNonce, final: int) -> tuple[int, str] | None:
        """A block in or before which the nonce was taken: a final one, or else the head."""
        blocks = self._sweep.head.blocks
        head = blocks.head
        if head is None:
            raise Unreachable("no node told where the chain's head is")
        candidates = [block for block in (blocks.at(final), head) if block is not None]
        counts = [("eth_getTransactionCount", (once.account, hex(block.number))) for block in candidates]
        told, *answers = await self._rpc.batch([("eth_getBlockByNumber", (hex(head.number), False)), *counts])
        if block_of(told).hash != head.hash:
            raise Unreachable("a node does not have the chain's head, so it cannot tell which nonces are taken")
        for block, count in zip(candidates, answers, strict=True):
            if isinstance(count, str) and number(count) > once.number:  # else free, or the node keeps no state so old
                _bounded(self._taken, once, (block.number, block.hash))
                return block.number, block.hash
        return None

    def _due(self, key: str, rule: Finality) -> bool:
        """Whether it is time to ask, and the answer may be another than the last. The first waits for a block."""
        head, now = self._sweep.head.blocks.head, asyncio.get_running_loop().time()
        stands = _Asked(now, None if head is None else head.hash, self._sweep.head.marks.final(rule))
        asked = self._asked.get(key)
        if asked is not None:
            waited, news = now - asked.at, stands[1:] != asked[1:]
            if waited < (self._again_seconds if news else self._idle_seconds):
                return False
        _bounded(self._asked, key, stands)
        return asked is not None


def _bounded(held: OrderedDict[K, V], key: K, value: V) -> None:
    held[key] = value
    held.move_to_end(key)
    if len(held) > KEEP:
        held.popitem(last=False)
