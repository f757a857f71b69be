"""Whether what a token says it moved is there. An event is a contract's word: that of tokens.py's tokens is believed,
of one on the operator's own list the payee's balance is looked at as well, before and after the block.

A balance may rise by more than the events tell (interest does that); by less, nobody was paid what the token says.
Nodes forget balances after some blocks: of what is older than that the events have to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from relay.chain import Receipt
from relay.chains.eip155.answers import TRANSFER, Mined, block_of, logs_of, number, padded
from relay.chains.eip155.claim import Claim
from relay.chains.eip155.delivery import amount, moves
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.errors import Unreachable

KEEP = 10_000  # blocks and payees whose answer is remembered

_BALANCE_OF = "0x70a08231"
_log = logging.getLogger(__name__)


class _Place(NamedTuple):
    """What is asked at once: all that came to a payee in a block is there, or it is not."""

    token: str
    payee: str
    block: int
    block_hash: str


class Arrivals:
    def __init__(self, spec: Spec, rpc: Rpc) -> None:
        self._chain = str(spec.id)
        self._rpc = rpc
        self._doubtful = {"0x" + each.address.hex() for each in spec.tokens.values() if not each.trusted}
        self._known: OrderedDict[_Place, bool] = OrderedDict()
        self._asking: dict[_Place, asyncio.Task[bool]] = {}

    async def checked(self, claim: Claim, mined: Mined, receipt: Receipt) -> Receipt:
        """The receipt, or that nothing arrived. Raises `Unreachable`."""
        if not receipt.ok or claim.token not in self._doubtful or claim.payer == claim.payee:
            return receipt
        place = _Place(claim.token, claim.payee, mined.block, mined.block_hash)
        there = self._known.get(place)
        if there is None:
            asking = self._asking.get(place)
            if asking is None:
                asking = self._asking[place] = asyncio.create_task(self._ask(place))
                asking.add_done_callback(lambda task: self._asked(place, task))
            there = await asyncio.shield(asking)
        if there:
            return receipt
        error = "the token says that the money moved, and the payee's balance did not rise by it"
        return msgspec.structs.replace(receipt, ok=False, name="NOT DELIVERED", error=error)

    async def _ask(self, place: _Place) -> bool:
        balance = {"to": place.token, "data": _BALANCE_OF + padded(place.payee)[2:]}
        events = {"address": place.token, "blockHash": place.block_hash}
        calls: list[tuple[str, Sequence[object]]] = [
            ("eth_getBlockByNumber", (hex(place.block), False)),
            ("eth_call", (balance, hex(place.block - 1))),
            ("eth_call", (balance, hex(place.block))),
            ("eth_getLogs", (events | {"topics": [TRANSFER, None, padded(place.payee)]},)),
            ("eth_getLogs", (events | {"topics": [TRANSFER, padded(place.payee)]},)),
        ]
        block, before, after, came, went = await self._rpc.batch(calls)
        if block_of(block).hash != place.block_hash:
            raise Unreachable("a node does not have the block, so it cannot tell what arrived in it")
        if isinstance(before, Fault) or isinstance(after, Fault):
            _log.warning(
                "balances are forgotten, a token's events have to do",
                extra={"chain": self._chain, "asset": place.token, "block": place.block},
            )
            return True
        told = sum(amount(log) for log in logs_of(came) if moves(log))
        told -= sum(amount(log) for log in logs_of(went) if moves(log))
        return number(after) - number(before) >= told

    def _asked(self, place: _Place, task: asyncio.Task[bool]) -> None:
        self._asking.pop(place, None)
        if task.cancelled() or task.exception() is not None:  # whoever asked is told
            return
        self._known[place] = task.result()
        if len(self._known) > KEEP:
            self._known.popitem(last=False)
