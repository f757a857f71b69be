"""Carrying out what payers authorized, with keys of ours that pay the gas.

    submit   an authorization → a place in a key's row, written down with the signed bytes, then handed to a node
    tend     for ever: hand over again what waits, outbid what is stuck, fill places whose money cannot move any more

The database gives out places (`Sends`), so that any number of processes use one key without a gap or a collision, and
whoever crashes leaves nothing but bytes that anybody may send again. After a broadcast nothing here says "failed": the
ledger alone does. A key of this relay is used by nothing else; a foreign transaction would take a place.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from relay.chain import Node, Refused, Send, Sends, SignedTransfer, Submission, Taken, Unknown
from relay.chains.eip155 import authorization, calls, transaction
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.answers import number
from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.calls import Call
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.envelope import Key
from relay.chains.eip155.faults import Declined, declined, refusal
from relay.chains.eip155.fees import GWEI, Fee, Fees
from relay.chains.eip155.rpc import Heard, Lost, Rpc
from relay.chains.eip155.signature import invalid
from relay.chains.eip155.spec import Spec
from relay.errors import Overloaded, RelayError
from relay.money import TxId

MAX_WAITING = 1_000  # transactions of one key that are not mined; nodes keep no endless queue for an account
HOUR = timedelta(hours=1)
REMEMBERED = 10_000
AGAIN_BLOCKS, AGAIN_SECONDS = 3, 3.0  # without a block having it: hand it over again
STUCK_BLOCKS, STUCK_SECONDS = 5, 15.0  # the first in the row is not mined at its price: offer more

_LEGACY = 0xC0  # a raw transaction without a type begins as a list does (EIP-2718)
_log = logging.getLogger(__name__)


class Row:
    """What this process knows of a key: where the chain is, what it owns, what waits."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.floor = -1  # the next place by the chain's count; -1: not known so far
        self.balance = -1
        self.next = 0  # past the highest place we know to be taken
        self.low = False
        self.handed: dict[tuple[int, int], float] = {}  # place and version → when it went to a node

    @property
    def waiting(self) -> int:
        return max(0, self.next - max(self.floor, 0))


class Sponsor:
    def __init__(
        self,
        spec: Spec,
        rpc: Rpc,
        fees: Fees,
        sends: Sends | None,
        keys: Sequence[Key],
        expect: Callable[[str], None],
        alarm: Callable[[Node], None],
    ) -> None:
        self._spec = spec
        self._rpc = rpc
        self._fees = fees
        self._sends = sends
        self._rows = [Row(key) for key in keys]
        self._expect = expect
        self._alarm = alarm
        self._wallets: OrderedDict[tuple[TxId, bytes], bool] = (
            OrderedDict()
        )  # whether the payer is a contract, as verified

    async def ready(self, payer: str, merchant: str) -> Key:
        """A key that can pay for another transaction; raises `Overloaded` where none can, or a budget is used up."""
        row = await self._able()
        options, sends = self._spec.options, self._sends
        since = self._spec.clock() - HOUR
        if sends is not None and options.budget_gwei_per_hour is not None:
            spent = await sends.spent(self._spec.id, since, merchant=merchant)
            _within(spent, options.budget_gwei_per_hour, "this merchant")
        if sends is not None and options.payer_budget_gwei_per_hour is not None:
            spent = await sends.spent(self._spec.id, since, payer=payer)
            _within(spent, options.payer_budget_gwei_per_hour, "this payer")
        return row.key

    def remember(self, found: Authorization, *, contract_wallet: bool) -> None:
        """How the payer signs, so that nobody asks again a moment later."""
        self._wallets[found.id, found.signature] = contract_wallet
        if len(self._wallets) > REMEMBERED:
            self._wallets.popitem(last=False)

    async def submit(self, signed: SignedTransfer) -> Submission:
        """Safe to repeat: the place is taken once, and the same bytes go out again."""
        found = authorization.read(signed.raw, self._spec)
        if self._sends is None:
            return Refused("sponsor_unavailable", "nothing can be sent with keys of this relay from here")
        send = await self._sends.of(self._spec.id, found.id)
        if send is None:
            try:
                send = await self._make(self._sends, found)
            except RelayError as error:
                return Refused(error.code, error.message)
        return await self._hand_over(send)

    async def words(self) -> str:
        """How the keys do, for `relay check`."""
        await self._look()
        return "; ".join(
            f"sponsor {row.key.account} has {row.balance / 10**18:.6f} {self._spec.network.coin},"
            f" {row.waiting} transactions wait" + (": low" if row.low else "")
            for row in self._rows
        )

    async def tend(self) -> None:
        """Keep the rows moving, for ever."""
        while True:
            try:
                await self._look()
                for row in self._rows:
                    await self._tend(row)
            except RelayError as error:
                _log.info("sponsored transactions wait", extra={"chain": str(self._spec.id), "detail": error.message})
            except Exception:
                _log.exception("sponsored transactions wait", extra={"chain": str(self._spec.id)})
            await asyncio.sleep(max(0.5, min(self._spec.network.block_seconds, 5.0)))

    # --- sending ---

    async def _make(self, sends: Sends, found: Authorization) -> Send:
        row = await self._able()
        wallet = self._wallets.get((found.id, found.signature))
        verified = wallet is not None  # by this process; else it was taken over from one that died, or slipped past
        if wallet is None:
            code = await self._rpc.call("eth_getCode", "0x" + found.payer.hex(), "latest")
            wallet = code not in ("0x", "0x0", "")
        if not wallet and not found.proven:  # what nobody signed is never sent with our gas
            raise invalid(f"the signature is not {checksummed(found.payer)}'s")
        call = calls.carry_out(found, contract_wallet=wallet)
        fee, gas = await self._fees.now(), self._fees.limit(call) if verified else None
        if gas is None:
            asked = call.json(row.key.address, self._spec.options.max_gas)
            [estimate] = await self._rpc.batch([("eth_estimateGas", (asked,))])
            if isinstance(estimate, Fault):
                raise refusal(estimate)
            gas = self._fees.learn(call, number(estimate))
        if row.balance < gas * fee.price * (row.waiting + 1):
            raise _poor(row, self._spec)

        def sign(nonce: int) -> tuple[bytes, str]:
            return row.key.sign(self._spec.number, nonce, fee, gas, call)

        now, wei = self._spec.clock(), gas * fee.price
        send = await sends.make(self._spec.id, row.key.account, found.id, max(row.floor, 0), wei, sign, now)
        row.next = max(row.next, send.nonce + 1)
        for hash in send.hashes:
            self._expect(hash)
        return send

    async def _hand_over(self, send: Send) -> Submission:
        row = next((row for row in self._rows if row.key.account == send.signer), None)
        if row is not None:
            row.handed[send.nonce, len(send.raws)] = time.monotonic()
        match await self._rpc.send(send.raws[-1]):
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

    # --- keeping the rows moving ---

    async def _look(self) -> None:
        """Where the chain is, and what the keys own."""
        questions: list[tuple[str, Sequence[object]]] = []
        for row in self._rows:
            address = "0x" + row.key.address.hex()
            questions += [("eth_getTransactionCount", (address, "latest")), ("eth_getBalance", (address, "latest"))]
        answers = await self._rpc.batch(questions) if questions else []
        for at, row in enumerate(self._rows):
            row.floor, row.balance = number(answers[2 * at]), number(answers[2 * at + 1])
            row.next = max(row.next, row.floor)
            row.handed = {place: when for place, when in row.handed.items() if place[0] >= row.floor}
            await self._watch_balance(row)

    async def _watch_balance(self, row: Row) -> None:
        options = self._spec.options
        bound = options.low_balance_gwei
        with suppress(RelayError):
            fee = await self._fees.now()
            enough = bound * GWEI if bound is not None else 100 * options.max_gas * fee.price
            low = row.balance < enough
            if low is not row.low:
                row.low = low
                detail = f"{row.balance / 10**18:.6f} {self._spec.network.coin} are left" if low else ""
                report = _log.warning if low else _log.info
                report(
                    "a sponsor's balance is low" if low else "a sponsor's balance is well again",
                    extra={"detail": detail},
                )
                self._alarm(Node(f"sponsor {row.key.account}", row.key.account, healthy=not low, detail=detail))

    async def _tend(self, row: Row) -> None:
        if self._sends is None:
            return
        waiting = await self._sends.waiting(self._spec.id, row.key.account, row.floor)
        if not waiting:
            return
        row.next = max(row.next, waiting[-1].nonce + 1)
        await self._fill(row, range(row.floor, waiting[0].nonce))
        seconds = self._spec.network.block_seconds
        for at, send in enumerate(waiting):
            handed = row.handed.get((send.nonce, len(send.raws)))
            age = time.monotonic() - handed if handed is not None else None
            if age is not None and age < max(AGAIN_SECONDS, AGAIN_BLOCKS * seconds):
                continue
            stuck = at == 0 and age is not None and age > max(STUCK_SECONDS, STUCK_BLOCKS * seconds)
            vain = send.cancelled_from is None and await self._in_vain(row, send)
            version = await self._replace(self._sends, row, send, cancel=vain) if stuck or vain else send
            for hash in version.hashes:
                self._expect(hash)
            await self._hand_over(version)

    async def _in_vain(self, row: Row, send: Send) -> bool:
        """Whether the money cannot move any more, so that the transaction would only cost us gas."""
        sent = transaction.read(send.raws[0], self._spec)
        call = Call(sent.to, sent.data).json(row.key.address, sent.gas)
        count, simulated = await self._rpc.batch(
            [
                ("eth_getTransactionCount", ("0x" + row.key.address.hex(), "latest")),
                ("eth_call", (call, "latest")),
            ]
        )
        return isinstance(simulated, Fault) and simulated.reverted and number(count) <= send.nonce

    async def _replace(self, sends: Sends, row: Row, send: Send, *, cancel: bool) -> Send:
        """Another version of a place, that nodes take in place of the one before."""
        last = transaction.read(send.raws[-1], self._spec)
        typed = send.raws[-1][0] < _LEGACY
        fee = Fee(last.max_fee, last.tip if typed else None).bumped(await self._fees.now())
        if cancel or send.cancelled_from is not None:
            raw, hash = row.key.nothing(self._spec.number, send.nonce, fee)
        else:
            raw, hash = row.key.sign(self._spec.number, send.nonce, fee, last.gas, Call(last.to, last.data))
        _log.info(
            "a transaction of ours is replaced", extra={"chain": str(self._spec.id), "hash": hash, "empty": cancel}
        )
        return await sends.replace(send, raw, hash, cancelled=cancel)

    async def _fill(self, row: Row, places: range) -> None:
        """A chain that was set back, as development chains are, lacks what came before: nothing goes there."""
        fee = await self._fees.now() if places else None
        for nonce in places:
            if fee is not None:
                await self._rpc.send(row.key.nothing(self._spec.number, nonce, fee)[0])

    async def _able(self) -> Row:
        if any(row.floor < 0 for row in self._rows):
            await self._look()
        rows = [row for row in self._rows if row.waiting < MAX_WAITING]
        if not rows:
            raise Overloaded(f"too many sponsored transactions wait on {self._spec.id}; try again in a moment")
        fee = await self._fees.now()
        funded = [row for row in rows if row.balance >= self._spec.options.max_gas * fee.price]
        if not funded:
            raise _poor(rows[0], self._spec)
        return min(funded, key=lambda row: row.waiting)


def _poor(row: Row, spec: Spec) -> Overloaded:
    return Overloaded(
        f"the relay's key {row.key.account} cannot pay for gas on {spec.id} now; send a transaction of your own",
        code="sponsor_unavailable",
    )


def _within(spent: int, budget_gwei: int, whose: str) -> None:
    if spent >= budget_gwei * GWEI:
        raise Overloaded(
            f"what the relay pays in gas for {whose} in an hour is used up; try later", code="budget_exceeded"
        )
