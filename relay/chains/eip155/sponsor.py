"""Carrying out what payers authorized, with keys of ours that pay the gas.

An authorization takes a place in a key's row, which is written down with the signed bytes before they are handed to a
node. The database gives out places (`Sends`), so that any number of processes use one key without a gap or a collision,
and whoever crashes leaves nothing but bytes that anybody may send again (tending.py does). After a broadcast nothing
here says "failed": the ledger alone does. A key of this relay is used by nothing else; what somebody sends with it by
hand takes a place.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta

from relay.chain import Refused, SignedTransfer, Submission, Taken, Unknown
from relay.chains.eip155 import authorization
from relay.chains.eip155.answers import number
from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.calls import Call
from relay.chains.eip155.carriage import carriage, unwrapped
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.envelope import Key
from relay.chains.eip155.faults import Declined, declined, refusal
from relay.chains.eip155.fees import GWEI, Fees
from relay.chains.eip155.promises import Promises
from relay.chains.eip155.rows import Row, Rows
from relay.chains.eip155.rpc import Heard, Lost, Rpc
from relay.chains.eip155.sent import Sent
from relay.chains.eip155.spec import Spec
from relay.errors import Overloaded, RelayError, Unreachable
from relay.money import TxId
from relay.sends import Send, Sends

HOUR = timedelta(hours=1)
REMEMBERED = 10_000
PLACES = 5  # tried for one transfer, where somebody else sends with our key
_log = logging.getLogger(__name__)

Said = tuple[TxId, bytes]  # an authorization by its id and its signature


class Sponsor:
    """`expect` is told of each hash before it goes out, so that the next block is searched for it."""

    def __init__(
        self,
        spec: Spec,
        rpc: Rpc,
        fees: Fees,
        sends: Sends | None,
        rows: Rows,
        sent: Sent,
        expect: Callable[[str], None],
    ) -> None:
        self.promises = Promises()
        self._spec = spec
        self._rpc = rpc
        self._fees = fees
        self._sends = sends
        self._rows = rows
        self._sent = sent
        self._expect = expect
        self._sending: dict[Said, asyncio.Task[Submission]] = {}
        self._calls: OrderedDict[Said, Call] = OrderedDict()  # what carries it out, as verified

    async def ready(self, payer: str, merchant: str, budget: int | None = None) -> Key:
        """A key that can pay for another transaction; raises `Overloaded` where none can, or a budget is used up.

        `budget` is the merchant's own, in gwei an hour, where he has one.
        """
        row = await self._rows.able()
        options, sends = self._spec.options, self._sends
        since = self._spec.clock() - HOUR
        budget = options.budget_gwei_per_hour if budget is None else budget
        if sends is not None and budget is not None:
            spent = await sends.spent(self._spec.id, since, merchant=merchant)
            _within(spent, budget, "this merchant")
        if sends is not None and options.payer_budget_gwei_per_hour is not None:
            spent = await sends.spent(self._spec.id, since, payer=payer)
            _within(spent, options.payer_budget_gwei_per_hour, "this payer")
        return row.key

    def remember(self, found: Authorization, call: Call) -> None:
        """It was verified that this carries it out."""
        self.promises.make(found)
        self._calls[_said(found)] = call
        if len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)

    async def refresh(self) -> None:
        """Learn what was mined, so that promises which were kept count no more. Raises `Unreachable`."""
        await self._rows.look()

    async def submit(self, signed: SignedTransfer) -> Submission:
        """Safe to repeat: the place is taken once, and the same bytes go out again."""
        found = authorization.read(signed.raw, self._spec)
        if self._sends is None:
            return Refused("sponsor_unavailable", "nothing can be sent with keys of this relay from here")
        said = _said(found)
        sending = self._sending.get(said)
        if sending is None:
            sending = self._sending[said] = asyncio.create_task(self._send(self._sends, found))
            sending.add_done_callback(lambda _: self._sending.pop(said))
        return await asyncio.shield(sending)  # whoever comes meanwhile joins

    async def hand_over(self, send: Send) -> Submission:
        """Give the latest version of a transaction that is on record to a node."""
        said, _ = await self._offer(send)
        return said

    async def _send(self, sends: Sends, found: Authorization) -> Submission:
        offered = False
        for _ in range(PLACES):
            # What was verified just now was hardly made before; `make` finds it if it was.
            send = None if _said(found) in self._calls else await sends.of(self._spec.id, found.id)
            if send is None:
                try:
                    send = await self._make(sends, found)
                except RelayError as error:
                    send = await sends.of(self._spec.id, found.id)  # another process may have been faster: that is why
                    if send is None and offered:  # what used the place may be ours all the same
                        return Unknown(f"it went out before, and would not work again: {error.message}")
                    if send is None:
                        return Refused(error.code, error.message)
            if not self._carries(send, found):
                return Refused("invalid_signature", "another signature is on its way under the same nonce")
            offered = True
            said, late = await self._offer(send)
            if not late:
                return said
            used = await self._used_by_us(send)
            if used is not False:
                return said if used else Unknown("its place is used, and no node shows by what so far")
            _log.warning(
                "a key of the relay is used by somebody else",
                extra={"chain": str(self._spec.id), "node": send.signer, "hash": send.hashes[-1]},
            )
            await sends.release(send)
            self._calls.pop(_said(found), None)  # simulate it again
        return Unknown("places in the key's row are taken by others; it goes out again")

    def _carries(self, send: Send, found: Authorization) -> bool:
        """Whether it was made for this signature. An id is a nonce anybody can write down, and sign with some key."""
        return unwrapped(found).signature[:64] in send.raws[0]

    async def _offer(self, send: Send) -> tuple[Submission, bool]:
        """What became of the latest version; and whether its place is used, by it or by another."""
        for hash in send.hashes:
            self._expect(hash)
        answer = await self._rpc.send(send.raws[-1])
        said = self._read(send, answer)
        row = self._rows.of(send.signer)
        if row is not None:
            row.note(send, self._rpc.head, taken=isinstance(said, Taken))
        fault = answer.answer if isinstance(answer, Heard) else None
        return said, isinstance(fault, Fault) and declined(fault) is Declined.NONCE_USED

    async def _used_by_us(self, send: Send) -> bool | None:
        """Whether one of its versions used its place; None where that cannot be told now."""
        questions: list[tuple[str, Sequence[object]]] = [("eth_getTransactionCount", (send.signer, "latest"))]
        questions += [("eth_getTransactionByHash", (hash,)) for hash in send.hashes]
        try:
            count, *known = await self._rpc.batch(questions)
            if any(isinstance(each, dict) for each in known):
                return True
            return False if number(count) > send.nonce and not any(known) else None
        except Unreachable:
            return None

    def _read(self, send: Send, answer: Heard | Lost) -> Submission:
        match answer:
            case Lost():
                return Unknown("no node answered; the transaction is on record and goes out again")
            case Heard(Fault() as fault):
                why = declined(fault)
                if why in (Declined.KNOWN, Declined.NONCE_USED, Declined.OUTBID):
                    return Taken()  # one of its versions is there: no two of ours share a place
                _log.warning(
                    "a node declines a transaction of ours",
                    extra={"chain": str(self._spec.id), "hash": send.hashes[-1], "detail": fault.message[:200]},
                )
                return Unknown(f"a node declines it for now: {why.value}; it goes out again")
            case Heard():
                return Taken()

    async def _make(self, sends: Sends, found: Authorization) -> Send:
        row = await self._rows.able()
        call = self._calls.get(_said(found)) or await self._looked_at(row, found)
        fee, gas = await self._fees.now(), self._fees.limit(call)
        if gas is None:
            gas = self._fees.learn(call, await self._estimate(row, call))
        if row.balance < gas * fee.price * (row.waiting + 1):
            raise self._rows.poor(row)

        def sign(nonce: int) -> tuple[bytes, str]:
            return row.key.sign(self._spec.number, nonce, fee, gas, call)

        now, wei = self._spec.clock(), gas * fee.price
        send = await sends.make(self._spec.id, row.key.account, found.id, max(row.floor, 0), wei, sign, now)
        self._sent.note(send)
        self._calls.pop(_said(found), None)
        owner = self._rows.of(send.signer)
        if owner is not None:
            owner.next = max(owner.next, send.nonce + 1)
            self.promises.sent(found, owner, send.nonce)
        return send

    async def _looked_at(self, row: Row, found: Authorization) -> Call:
        """What carries out an authorization that another process verified, which died since: it may be used by now."""
        code = await self._rpc.call("eth_getCode", "0x" + found.payer.hex(), "latest")
        call = carriage(found, self._spec, has_code=code not in ("0x", "0x0", ""))
        self._fees.learn(call, await self._estimate(row, call))
        return call

    async def _estimate(self, row: Row, call: Call) -> int:
        question = call.json(row.key.address, self._spec.options.max_gas)
        [answer] = await self._rpc.batch([("eth_estimateGas", (question,))])
        if isinstance(answer, Fault):
            raise refusal(answer)
        return number(answer)


def _said(found: Authorization) -> Said:
    return found.id, found.signature


def _within(spent: int, budget_gwei: int, whose: str) -> None:
    if spent >= budget_gwei * GWEI:
        raise Overloaded(
            f"what the relay pays in gas for {whose} in an hour is used up; try later", code="budget_exceeded"
        )
