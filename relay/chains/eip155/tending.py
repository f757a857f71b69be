"""Keeping the rows of our transactions moving: hand over again what waits, outbid what is stuck, and fill places whose
money cannot move any more, so that no revert is paid for and nothing waits behind a gap.

Every process does this for every key, since whoever made a transaction may be gone. Two that do the same at once do no
harm: bytes may be handed over twice, and of two new versions of one place the database takes one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from relay.chain import Unknown
from relay.chains.eip155 import transaction
from relay.chains.eip155.answers import number
from relay.chains.eip155.calls import Call
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.fees import Fee, Fees
from relay.chains.eip155.rows import Row, Rows
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sponsor import Sponsor
from relay.errors import RelayError
from relay.sends import Send, Sends

TOGETHER = 50  # simulations in one batch
FILLED = 100  # places filled at once, where the chain lacks what came before ours

_LEGACY = 0xC0  # a raw transaction without a type begins as a list does (EIP-2718)
_log = logging.getLogger(__name__)


class Tending:
    def __init__(self, spec: Spec, rpc: Rpc, fees: Fees, sends: Sends, rows: Rows, sponsor: Sponsor) -> None:
        self._spec = spec
        self._rpc = rpc
        self._fees = fees
        self._sends = sends
        self._rows = rows
        self._sponsor = sponsor

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.round()
            except RelayError as error:
                _log.info("sponsored transactions wait", extra={"chain": str(self._spec.id), "detail": error.message})
            except Exception:
                _log.exception("sponsored transactions wait", extra={"chain": str(self._spec.id)})
            await asyncio.sleep(max(0.5, min(self._spec.network.block_seconds, 5.0)))

    async def round(self) -> None:
        """Once through all rows; raises `Unreachable`."""
        await self._rows.look()
        self._sponsor.promises.sweep()
        for row in self._rows.all:
            await self._row(row)

    async def _row(self, row: Row) -> None:
        waiting = await self._sends.waiting(self._spec.id, row.key.account, row.floor)
        if not waiting:
            return
        row.next = max(row.next, waiting[-1].nonce + 1)
        await self._fill(row, range(row.floor, min(waiting[0].nonce, row.floor + FILLED)))
        due = [send for send in waiting if self._due(row, send)]
        vain = await self._vain(row, [send for send in due if send.cancelled_from is None])
        for send in due:
            stuck = send is waiting[0] and self._stuck(row, send)
            version = (
                await self._replaced(row, send, cancel=send.nonce in vain) if stuck or send.nonce in vain else send
            )
            if isinstance(await self._sponsor.hand_over(version), Unknown):
                return  # nodes are away, or will not have it now: those behind it wait for it anyway

    def _due(self, row: Row, send: Send) -> bool:
        pace = self._spec.pace
        again = max(pace.again_seconds, pace.again_blocks * self._spec.network.block_seconds)
        handed = row.handed.get((send.nonce, len(send.raws)))
        if handed is None:  # another process made it: it is handing it over just now, or is gone
            return (self._spec.clock() - send.made).total_seconds() > again
        return time.monotonic() - handed.last > again

    def _stuck(self, row: Row, send: Send) -> bool:
        """Whether blocks went by without it. A chain that stands still is no reason to pay more."""
        handed = row.handed.get((send.nonce, len(send.raws)))
        pace = self._spec.pace
        if handed is None or self._rpc.head - handed.block < pace.stuck_blocks:
            return False
        stuck = max(pace.stuck_seconds, pace.stuck_blocks * self._spec.network.block_seconds)
        return time.monotonic() - handed.first > stuck

    async def _vain(self, row: Row, sends: Sequence[Send]) -> set[int]:
        """The places whose money cannot move any more, so that carrying it out would only cost us gas."""
        found = set()
        for at in range(0, len(sends), TOGETHER):
            some = sends[at : at + TOGETHER]
            questions: list[tuple[str, Sequence[object]]] = []
            for send in some:
                sent = transaction.read(send.raws[0], self._spec)
                questions.append(("eth_call", (Call(sent.to, sent.data).json(row.key.address, sent.gas), "latest")))
            questions.append(("eth_getTransactionCount", ("0x" + row.key.address.hex(), "latest")))
            *answers, count = await self._rpc.batch(questions)
            mined = number(count)  # asked last: what it counts may be why a simulation failed
            found |= {
                send.nonce
                for send, answer in zip(some, answers, strict=True)
                if isinstance(answer, Fault) and answer.reverted and send.nonce >= mined
            }
        return found

    async def _replaced(self, row: Row, send: Send, *, cancel: bool) -> Send:
        """Another version of a place, for which nodes drop the one before; the same where no more is offered."""
        last = transaction.read(send.raws[-1], self._spec)
        typed = send.raws[-1][0] < _LEGACY
        fee = await self._fees.outbid(Fee(last.max_fee, last.tip if typed else None))
        if fee is None:
            _log.warning(
                "a transaction of ours waits at the highest price we offer",
                extra={"chain": str(self._spec.id), "hash": send.hashes[-1]},
            )
            return send
        if cancel or send.cancelled_from is not None:
            raw, hash = row.key.nothing(self._spec.number, send.nonce, fee)
        else:
            raw, hash = row.key.sign(self._spec.number, send.nonce, fee, last.gas, Call(last.to, last.data))
        _log.info(
            "a transaction of ours is replaced", extra={"chain": str(self._spec.id), "hash": hash, "empty": cancel}
        )
        return await self._sends.replace(send, raw, hash, cancelled=cancel)

    async def _fill(self, row: Row, places: range) -> None:
        """A chain that was set back, as development chains are, lacks what came before: nothing goes there."""
        for nonce in places:
            await self._rpc.send(row.key.nothing(self._spec.number, nonce, await self._fees.now())[0])
