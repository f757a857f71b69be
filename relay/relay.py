"""START HERE: the way of a payment, top to bottom.

    transfer()   a wallet's bytes: decode → match → verify → accept → submit → record   (one process, in memory, fast)
    look()       the same payment later: what does the ledger say? → record             (any process, after a crash too)
    noticed()    money that came without us: accept → record

Everything else in Relay brings something to these or carries something away from them. Three orders matter:

    accept before submit     what might be on its way is written down first: a crash here finds the row and looks
    record with the event    the status and the news of it are one transaction: nobody can learn less than is true
    announce after record    listeners are told what is durable; whoever misses it reads it from the journal

`transfer` never waits for the ledger. It answers when a node did, and the receipt is followed in memory until the lease
on the payment's row runs out; after that `relay.worker` finds the row and calls `look`, here or elsewhere.

following.py   looking again and again, in memory
recording.py   a change, the news of it, and who is told
verifying.py   what only the chain can tell before anything is sent
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, assert_never

from relay.abilities import Seen, Wakes
from relay.chain import Chain, Pending, Receipt, SignedTransfer, Transfer, Undone, Unknown
from relay.checkout import Checkout
from relay.errors import (
    ForeignTransfer,
    InvalidTransfer,
    NotFound,
    Overloaded,
    RelayError,
    TransferMismatch,
    UnsupportedNetwork,
)
from relay.following import FOLLOWED, Following, may_be_lost
from relay.invoice import InvoiceId
from relay.log import payment_in_context
from relay.money import ChainId
from relay.payment import OVER, Fact, Payment, PaymentId, Status, says
from relay.recording import LEASE, Announce, Answer, Observe, Recording, Watch, nobody, watched
from relay.store.entries import Claimed, Foreign, New, Replayed
from relay.store.journal import Journal
from relay.verifying import Verifying
from relay.wire.x402_reasons import DUPLICATE

log = logging.getLogger(__name__)

SENDING = timedelta(seconds=11)  # past this nobody is still sending a payment he accepted: `submit` takes 10 at most
UNDERWAY = 4_000  # transfers that wait for a chain's answer; one that takes 2 s a transfer fills it at 2,000 a second
START_TOLERANCE = timedelta(seconds=10)  # between our clock and a node's, before we refuse on its behalf

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Relay:
    """The verbs. `announce` gets every event once it is durable, `observe` its payment; both return soon."""

    def __init__(
        self,
        *,
        chains: Mapping[ChainId, Chain],
        journal: Journal,
        checkout: Checkout,
        announce: Announce,
        spawn: Spawn,
        clock: Callable[[], datetime],
        observe: Observe = lambda before, after: None,
        underway: int = UNDERWAY,
    ) -> None:
        self.chains = chains
        self._verifying = Verifying(chains, journal, clock)
        waking = {id: chain for id, chain in chains.items() if isinstance(chain, Wakes)}
        self._following = Following(self.look, waking)
        self._recording = Recording(journal=journal, checkout=checkout, announce=announce, observe=observe, clock=clock)
        self._journal = journal
        self._checkout = checkout
        self._spawn = spawn
        self._clock = clock
        self._carried: dict[PaymentId, asyncio.Future[Answer]] = {}  # this process is sending these right now
        self._draining = False
        self._underway = 0  # transfers between their arrival and their answer
        self._most_underway = underway

    def chain(self, id: ChainId) -> Chain:
        """The chain of that name; raises `UnsupportedNetwork` with the names this relay has."""
        found = self.chains.get(id)
        if found is None:
            raise UnsupportedNetwork(f"{id} is not one of this relay's networks: {', '.join(map(str, self.chains))}")
        return found

    async def transfer(
        self,
        signed: SignedTransfer,
        *,
        invoice: InvoiceId | None = None,
        watch: Watch = nobody,
        door: str = "",
        otherwise: str | None = None,
        staying: bool = False,
    ) -> Answer:
        """Relay what a wallet signed; returns once a node answered, with the payment as it then is.

        Safe to repeat: the same bytes for the same merchant return the same payment and send nothing. `watch` is
        awaited once the payment is on record and before anything is sent, so that whoever follows it misses nothing.
        `door` is remembered with a new payment; `otherwise` is the merchant it is for when it pays nobody known here.
        An asker who is `staying` runs in a task that nobody cancels, and must `follow` the answer in it: that saves
        the payment two tasks of its own.
        Raises a `RelayError` when the transfer is refused before it was sent.
        """
        if self._draining:
            raise Overloaded("the relay is shutting down; send the same bytes again in a moment")
        if self._underway >= self._most_underway or len(self._carried) >= self._most_underway:
            raise Overloaded(
                f"{self._most_underway} transfers are under way already, and what they wait for is slow; "
                "nothing of this one was sent: send the same bytes again in some seconds"
            )
        self._underway += 1
        try:
            return await self._transfer(signed, invoice, watch, door, otherwise, staying=staying)
        finally:
            self._underway -= 1

    async def _transfer(
        self,
        signed: SignedTransfer,
        invoice: InvoiceId | None,
        watch: Watch,
        door: str,
        otherwise: str | None,
        *,
        staying: bool,
    ) -> Answer:
        chain = self.chain(signed.chain)
        transfer = chain.decode(signed)
        now = self._clock()
        try:
            asked = await self._checkout.asked(transfer, invoice, now, otherwise=otherwise)
            if now > transfer.valid_until + START_TOLERANCE:
                until = transfer.valid_until.isoformat()
                raise TransferMismatch(
                    f"the signature was valid until {until}, it is now {now.isoformat()}; sign again",
                    code="transaction_expired",
                )
        except (TransferMismatch, NotFound):
            known = await self._journal.payment_of(transfer.signed.chain, transfer.id)
            if known is None or not _is_known(known, transfer, invoice):
                raise
            return await self._repeat(known, transfer, watch)  # it was asked once, and this is how that went
        await self._verifying.check(transfer, asked)
        match await self._journal.accept(asked.payment(transfer, now, door), now + LEASE):
            case New(payment):
                heard = await watched(watch, payment)
                answer = await self._send(chain, payment, staying=staying)
                return answer if heard else Answer(answer.payment, answer.event)
            case Replayed(known):
                if not _is_known(known, transfer, invoice):
                    raise InvalidTransfer(
                        f"{transfer.id} is already the id of another transfer; sign with a new one",
                        x402=DUPLICATE,
                    )
                return await self._repeat(known, transfer, watch)
            case Foreign():
                raise ForeignTransfer("this transfer was presented for another merchant or invoice before")
            case Claimed():
                raise TransferMismatch(
                    f"invoice {asked.invoice} is being paid by another transfer", code="invoice_paid"
                )
            case outcome:
                assert_never(outcome)

    async def follow(self, answer: Answer) -> None:
        """What an asker who is staying does with his answer: look until the payment is over. Never raises."""
        if answer.event is not None and not answer.repeated:  # else somebody else follows it, or will
            await self._following.follow(answer.payment)

    async def look(self, payment: Payment) -> Payment:
        """Ask the ledger what became of a payment and record it. Moves no money that was not already on its way.

        Safe to repeat and to run in several processes at once. Raises `Unreachable` when no source answers.
        """
        chain = self.chain(payment.signed.chain)
        token = payment_in_context.set(payment.id)
        try:
            if payment.status is Status.ACCEPTED:  # whoever accepted it died before it knew: the bytes may be out
                payment = (
                    await self._recording.learn(payment, Unknown("the relay was interrupted while sending"))
                ).payment
            fact: Fact = (sight := await chain.receipt(payment.signed))
            if payment.status is Status.SETTLED and not (isinstance(sight, Receipt) and sight.ok):
                undone = Undone("the chain was reorganised and does not hold the transfer any more")
                payment = (await self._recording.learn(payment, undone)).payment
                self._spawn(self._following.follow(payment))  # it may land again, or be proven never to
            lost = isinstance(sight, Pending) and may_be_lost(payment, self._clock())
            if payment.status is Status.INCLUDED and isinstance(sight, Pending):
                payment = (await self._recording.learn(payment, sight)).payment
            if lost:
                fact = await chain.submit(payment.signed)  # the same bytes, never new ones
            return (await self._recording.learn(payment, fact)).payment
        finally:
            payment_in_context.reset(token)

    async def noticed(self, seen: Seen) -> Payment | None:
        """Record a transfer that was found on the ledger; None when it is nobody's money here, or known already.

        Safe to repeat: the id of a transfer is the same however it came to us.
        """
        transfer, now = seen.transfer, self._clock()
        if await self._journal.payment_of(transfer.signed.chain, transfer.id) is not None:
            return None  # whoever brought it follows it
        asked = await self._checkout.credited(transfer, now)
        if asked is None:
            return None
        match await self._journal.accept(asked.payment(transfer, now), now + LEASE):
            case New(payment):
                return await self._recorded(payment, seen.receipt)
            case Replayed() | Foreign() | Claimed():
                return None
            case outcome:
                assert_never(outcome)

    async def _recorded(self, payment: Payment, receipt: Receipt) -> Payment:
        payment = (await self._recording.learn(payment, receipt)).payment
        if payment.status not in OVER and len(self._following.underway) < FOLLOWED:
            self._spawn(self._following.follow(payment))
        return payment

    async def drain(self) -> None:
        """Take no more transfers, and return when those being sent are answered. The rest is anyone's, at once."""
        self._draining = True
        while self._underway or self._carried:  # noqa: ASYNC110  # a stop may be a few milliseconds late
            await asyncio.sleep(0.005)
        with contextlib.suppress(RelayError):  # then when the leases end
            await asyncio.gather(*(self._journal.lease(id, self._clock()) for id in list(self._following.underway)))

    async def _send(self, chain: Chain, payment: Payment, *, staying: bool) -> Answer:
        answered = self._carried[payment.id] = asyncio.get_running_loop().create_future()
        if staying:
            return await self._carry(chain, payment, answered)
        # The sending outlives its asker: a wallet that hangs up must not leave a payment half sent.
        self._spawn(self._carry_on(chain, payment, answered))
        return await asyncio.shield(answered)

    async def _carry_on(self, chain: Chain, payment: Payment, answered: asyncio.Future[Answer]) -> None:
        await self.follow(await self._carry(chain, payment, answered))

    async def _carry(self, chain: Chain, payment: Payment, answered: asyncio.Future[Answer]) -> Answer:
        token = payment_in_context.set(payment.id)
        try:
            answer = await self._recording.learn(payment, await chain.submit(payment.signed))
            if answer.event is None:  # another process was faster
                answer = Answer(answer.payment, await self._journal.latest_event(payment.id))
        except Exception as error:
            words = "sending a payment was interrupted; the worker will look for it"
            if isinstance(error, RelayError):  # it says all: the database does not write now
                log.warning(words, extra={"detail": error.message})
            else:
                log.exception(words)
            answer = Answer(payment, None)  # accepted: that much is on record and true
        except BaseException:
            answered.cancel()
            raise
        finally:
            payment_in_context.reset(token)
            del self._carried[payment.id]
        answered.set_result(answer)
        return answer

    async def _repeat(self, known: Payment, transfer: Transfer, watch: Watch) -> Answer:
        if known.signed != transfer.signed:
            # It says the same, but anyone can write that down and sign it with some key: only who has the payer's own
            # bytes follows the payment.
            return Answer(await self._journal.payment(known.id) or known, None, repeated=True)
        await watch(known, again=True)
        carried = self._carried.get(known.id)
        if carried is not None:  # the same bytes twice at once: both askers wait for the one send
            self._underway -= 1  # it has its place: however often one payment is repeated, others keep theirs
            try:
                return await asyncio.shield(carried)
            finally:
                self._underway += 1
        payment, now = await self._journal.payment(known.id) or known, self._clock()
        if payment.status not in OVER:  # its asker came back: whoever sent it may have died, or may still be sending it
            sending = payment.status is Status.ACCEPTED
            wait = (payment.created + SENDING - now).total_seconds() if sending else 0.0
            self._spawn(self._following.follow(payment, wait))
        return Answer(payment, await self._journal.latest_event(known.id), repeated=True)


def _is_known(known: Payment, transfer: Transfer, invoice: InvoiceId | None) -> bool:
    """Whether a transfer is the one on record: not by its id alone, also by what it says and for whom it came."""
    return invoice in (None, known.invoice) and says(known, transfer)
