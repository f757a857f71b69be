"""What a transaction of ours may cost: the price of gas, asked once a block, and the gas that calls like it took."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from relay.chains.eip155.answers import number
from relay.chains.eip155.calls import Call
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.errors import Overloaded, Unreachable

GWEI = 10**9
KEPT_AT_MOST = 4.0  # seconds a price is good for
BUMP = 1.125  # nodes replace a waiting transaction for an eighth more (geth, txpool.pricebump 10, and some want 12.5)
MARGIN = 1.25  # over the gas that a call like it took: another payee may be new to the token, another slot cold
REMEMBERED = 4096  # kinds of calls
MOST = 10  # times the usual price, and the usual tip, that is offered for what does not get mined


@dataclass(frozen=True, slots=True)
class Fee:
    """Wei per gas. `tip` is None on chains without EIP-1559; `price` is then the gas price."""

    price: int
    tip: int | None

    def bumped(self, current: Fee) -> Fee:
        """A price that replaces this one, at least the current."""
        tip = None if self.tip is None else max(int(self.tip * BUMP) + 1, current.tip or 0)
        return Fee(max(int(self.price * BUMP) + 1, current.price), tip)


class Fees:
    def __init__(self, spec: Spec, rpc: Rpc) -> None:
        self._spec = spec
        self._rpc = rpc
        self._known: tuple[Fee, int, float] | None = None  # fee, base fee, until when
        self._asking: asyncio.Task[tuple[Fee, int]] | None = None
        self._limits: dict[tuple[bytes, bytes], int] = {}

    async def now(self) -> Fee:
        """What to offer: twice the base fee and the usual tip. Raises `Overloaded` above the bound."""
        fee, base = await self._current()
        most = self._most()
        if base + (fee.tip or 0) > most:
            raise Overloaded(
                f"gas on {self._spec.id} costs more than this relay pays; try later", code="sponsor_unavailable"
            )
        return Fee(min(fee.price, most), fee.tip)

    async def outbid(self, last: Fee) -> Fee | None:
        """What replaces a transaction that offers `last`; None where that is more than we ever offer."""
        current, _ = await self._current()
        fee, bound = last.bumped(current), self._spec.options.max_fee_gwei
        most = self._most() if bound is not None else min(MOST * current.price, self._most())
        most_tip = MOST * max(current.tip or 0, GWEI)
        return fee if fee.price <= most and (fee.tip is None or fee.tip <= most_tip) else None

    def _most(self) -> int:
        """Wei per gas. What gas costs is a node's word, and it is our money."""
        bound = self._spec.options.max_fee_gwei
        return int((self._spec.network.dearest_gwei if bound is None else bound) * GWEI)

    async def base(self) -> int:
        """The least a transaction must offer now, 0 where there is no such thing."""
        return (await self._current())[1]

    def limit(self, call: Call) -> int | None:
        """The gas that calls like this one needed, with a margin; None before the first."""
        return self._limits.get((call.to, call.data[:4]))

    def learn(self, call: Call, gas: int) -> int:
        """Remember what one took (`eth_estimateGas`); returns the limit for it, never above the operator's bound."""
        if len(self._limits) >= REMEMBERED:
            self._limits.clear()
        limit = min(int(gas * MARGIN), self._spec.options.max_gas)
        known = self._limits.get((call.to, call.data[:4]), 0)
        self._limits[call.to, call.data[:4]] = max(limit, known)
        return self._limits[call.to, call.data[:4]]

    async def _current(self) -> tuple[Fee, int]:
        if self._known is not None and time.monotonic() < self._known[2]:
            return self._known[:2]
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)

    def _asked(self, task: asyncio.Task[tuple[Fee, int]]) -> None:
        self._asking = None
        if not task.cancelled():
            task.exception()  # whoever asked is told

    async def _ask(self) -> tuple[Fee, int]:
        block, tip, price = await self._rpc.batch(
            [("eth_getBlockByNumber", ("latest", False)), ("eth_maxPriorityFeePerGas", ()), ("eth_gasPrice", ())]
        )
        if not isinstance(block, dict):
            raise Unreachable("a node has no latest block")
        base = block.get("baseFeePerGas")
        if base is None:
            paid = number(price)
            found = Fee(paid + paid // 10, None), 0
        else:
            wanted = GWEI if isinstance(tip, Fault) else number(tip)
            found = Fee(2 * number(base) + wanted, wanted), number(base)
        kept = min(KEPT_AT_MOST, max(0.5, self._spec.network.block_seconds))
        self._known = (*found, time.monotonic() + kept)
        return found
