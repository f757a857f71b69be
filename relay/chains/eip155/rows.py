"""The keys that pay for gas, as rows of places: where the chain is in each, what the key owns, what waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from relay.abilities import Node
from relay.chains.eip155.answers import number
from relay.chains.eip155.envelope import Key
from relay.chains.eip155.fees import GWEI, Fees
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.errors import Overloaded, RelayError
from relay.money import Account
from relay.sends import Send

MAX_WAITING = 1_000  # transactions of one key that are not mined; nodes keep no endless queue for an account
RESERVE = 100  # dearest transactions a key should be able to pay for, before the alarm is raised

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Handed:
    """When a version went to a node: by the clock of this process, and by the chain's. `last` is the latest time."""

    first: float
    block: int
    last: float


class Row:
    """What this process knows of a key."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.floor = -1  # the next place by the chain's count; -1: not known so far
        self.balance = -1
        self.next = 0  # past the highest place we know to be taken
        self.low = False
        self.handed: dict[tuple[int, int], Handed] = {}  # by place and version

    @property
    def waiting(self) -> int:
        return max(0, self.next - max(self.floor, 0))

    def note(self, send: Send, block: int, *, taken: bool) -> None:
        """Its last version went to a node; when none took it, it is due again at once."""
        now, place = time.monotonic(), (send.nonce, len(send.raws))
        handed = self.handed.setdefault(place, Handed(now, block, now))
        handed.last = now if taken else 0.0


class Rows:
    """All of them. `alarm` is told when a key is low, and when it is well again."""

    def __init__(self, spec: Spec, rpc: Rpc, fees: Fees, keys: Sequence[Key], alarm: Callable[[Node], None]) -> None:
        self.all = tuple(Row(key) for key in keys)
        self._spec = spec
        self._rpc = rpc
        self._fees = fees
        self._alarm = alarm

    def of(self, account: Account) -> Row | None:
        """The row of a key of ours; None for one that was configured once."""
        return next((row for row in self.all if row.key.account == account), None)

    async def look(self) -> None:
        """Ask where the chain is, and what the keys own; raises `Unreachable`."""
        questions: list[tuple[str, Sequence[object]]] = []
        for row in self.all:
            address = "0x" + row.key.address.hex()
            questions += [("eth_getTransactionCount", (address, "latest")), ("eth_getBalance", (address, "latest"))]
        answers = await self._rpc.batch(questions) if questions else []
        for at, row in enumerate(self.all):
            row.floor, row.balance = number(answers[2 * at]), number(answers[2 * at + 1])
            row.next = max(row.next, row.floor)
            row.handed = {place: when for place, when in row.handed.items() if place[0] >= row.floor}
        with suppress(RelayError):
            await self._watch_balances()

    async def able(self) -> Row:
        """A key that can pay for another transaction: the one with the least to wait for. Raises `Overloaded`."""
        if any(row.floor < 0 for row in self.all):
            await self.look()
        rows = [row for row in self.all if row.waiting < MAX_WAITING]
        if not rows:
            raise Overloaded(f"too many sponsored transactions wait on {self._spec.id}; try again in a moment")
        fee = await self._fees.now()
        funded = [row for row in rows if row.balance >= self._spec.options.max_gas * fee.price]
        if not funded:
            raise self.poor(rows[0])
        return min(funded, key=lambda row: row.waiting)

    def poor(self, row: Row) -> Overloaded:
        """The refusal where a key cannot pay."""
        return Overloaded(
            f"the relay's key {row.key.account} cannot pay for gas on {self._spec.id} now; send a transaction of your"
            " own",
            code="sponsor_unavailable",
        )

    def words(self) -> str:
        """How the keys do, for `relay check`."""
        return "; ".join(
            f"sponsor {row.key.account} has {self._coins(row)}, {row.waiting} transactions wait"
            + (": low" if row.low else "")
            for row in self.all
        )

    async def _watch_balances(self) -> None:
        options, bound = self._spec.options, self._spec.options.low_balance_gwei
        fee = await self._fees.now()
        enough = bound * GWEI if bound is not None else RESERVE * options.max_gas * fee.price
        for row in self.all:
            low = row.balance < enough
            if low is row.low:
                continue
            row.low = low
            detail = f"{self._coins(row)} are left" if low else ""
            told = "a sponsor's balance is low" if low else "a sponsor's balance is well again"
            _log.log(
                logging.WARNING if low else logging.INFO,
                told,
                extra={"chain": str(self._spec.id), "node": row.key.account, "detail": detail},
            )
            self._alarm(Node(f"sponsor {row.key.account}", row.key.account, healthy=not low, detail=detail))

    def _coins(self, row: Row) -> str:
        return f"{row.balance / 10**18:.6f} {self._spec.network.coin}"
