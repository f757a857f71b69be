"""x402's facilitator: scheme `exact`, verified and settled. An x402 payment is a payment like any other here.

    verify()     read → compare with what was asked → whose payment → what the chain says        writes nothing
    settle()     the same, then Relay.transfer, then wait for the ledger, then claim
    supported()  which chains, and which accounts of ours

Three promises beyond those of `Relay`:

    one payment opens one thing   of any number of callers exactly one is told `Settled`, the others `Duplicate`. A row
                                  in the database decides, not the memory
    an answer can be asked again  by the same request, told by the name it goes by (`Request`, or the buyer's own
                                  `payment-identifier`). Another request under the name gets nothing
    unknown is not failed         what was sent is ended by the ledger alone; until then it is `Underway`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.abilities import Carries, Compares, Describes, Sponsors, Verifies
from relay.ask import ask_of, require_accepted, require_asked
from relay.chain import EXACT, Chain, SignedTransfer, Transfer
from relay.checkout import Checkout
from relay.claimant import DOOR, Claimant, Claimants
from relay.errors import ForeignTransfer, InvalidRequest, InvalidTransfer, NotFound, RelayError, TransferMismatch
from relay.invoice import InvoiceId
from relay.money import ChainId, TxId
from relay.outcomes import Outcomes
from relay.payment import NO_MONEY_MOVED, OVER, Payment, Status
from relay.relay import Relay
from relay.settlement import Duplicate, Failed, Invalid, Request, Settled, Settlement, Underway, Verified
from relay.store.journal import Journal
from relay.wire import x402_reading, x402_reasons
from relay.wire.x402 import PaymentPayload, PaymentRequirements, Supported, SupportedKind
from relay.wire.x402_networks import word_of
from relay.wire.x402_reasons import failure, reason_of

HOUR = timedelta(hours=1)

_REFUSED = (InvalidRequest, InvalidTransfer, TransferMismatch, NotFound, ForeignTransfer)


@dataclass(frozen=True, slots=True)
class _Read:
    chain: Chain
    transfer: Transfer
    invoice: InvoiceId | None


@dataclass(frozen=True, slots=True)
class Open:
    """Payments to accounts nobody here knows are settled too, booked for this merchant, so many an hour."""

    merchant: str
    per_hour: int


class Facilitator:
    """Needs a merchant behind every payment: one of this relay's is paid, or shows his key, or the door is open."""

    def __init__(
        self,
        *,
        relay: Relay,
        checkout: Checkout,
        journal: Journal,
        claimants: Claimants,
        outcomes: Outcomes,
        clock: Callable[[], datetime],
        opened: Open | None = None,
        wait_seconds: float = 40.0,
    ) -> None:
        chains = relay.chains.items()  # asked once: `isinstance` of a Protocol looks up every name of it, each time
        self._sponsors = {id: chain for id, chain in chains if isinstance(chain, Sponsors)}
        self._verifying = {id: chain for id, chain in chains if isinstance(chain, Verifies)}
        self._comparing = {id: chain for id, chain in chains if isinstance(chain, Compares)}
        self._carrying = {id: chain for id, chain in chains if isinstance(chain, Carries)}
        self._described = {id: chain for id, chain in chains if isinstance(chain, Describes)}
        self._relay = relay
        self._checkout = checkout
        self._journal = journal
        self._claimants = claimants
        self._outcomes = outcomes
        self._clock = clock
        self._opened = opened
        self._wait_seconds = wait_seconds

    def supported(self) -> Supported:
        """What `GET /supported` answers: every chain where a key of ours pays, in both versions."""
        kinds: list[SupportedKind] = []
        signers: dict[str, tuple[str, ...]] = {}
        for id, chain in self._sponsors.items():
            accounts = chain.sponsors()
            if not accounts:
                continue
            assets = self._described[id].assets() if id in self._described else ()
            named = [kind.fee_payer for kind in assets if kind.fee_payer is not None]
            extra = {"feePayer": named[0]} if named else None
            kinds.append(SupportedKind(x402_version=2, scheme=EXACT, network=str(id), extra=extra))
            word = word_of(id)
            if word is not None:
                kinds.append(SupportedKind(x402_version=1, scheme=EXACT, network=word, extra=extra))
            family = f"{id.namespace}:*"
            signers[family] = tuple(dict.fromkeys((*signers.get(family, ()), *accounts)))
        return Supported(kinds=tuple(kinds), extensions=("payment-identifier",), signers=signers)

    async def verify(
        self,
        payload: PaymentPayload,
        requirements: PaymentRequirements,
        *,
        merchant: str | None = None,
        request: Request | None = None,
    ) -> Verified | Invalid:
        """Whether the payment would go through now. Moves and writes nothing; raises where we cannot tell.

        `merchant` is who shows his key: he answers for payees that nobody here knows.
        """
        try:
            found = self._read(payload, requirements)
            transfer, now = found.transfer, self._clock()
            claimant = Claimant.of(request, payload, requirements, transfer)
            known = await self._journal.payment_of(transfer.signed.chain, transfer.id)
            if known is not None and known.status not in NO_MONEY_MOVED:
                if not await self._claimants.may(known, transfer, claimant):
                    raise TransferMismatch("nonce: this payment was made already", code="authorization_used")
                return Verified(transfer, known.merchant, claimant.id)
            otherwise = merchant or await self._open_to()
            asked = await self._checkout.asked(transfer, found.invoice, now, otherwise=otherwise)
            verifying = self._verifying.get(transfer.signed.chain)
            if verifying is not None:
                await verifying.verify(transfer, asked.merchant)
        except _REFUSED as error:
            return _invalid(error, payload, requirements)
        return Verified(transfer, asked.merchant, claimant.id)

    async def settle(
        self,
        payload: PaymentPayload,
        requirements: PaymentRequirements,
        *,
        merchant: str | None = None,
        request: Request | None = None,
        seconds: float | None = None,
        listens: Callable[[], bool] = lambda: True,
    ) -> Settlement:
        """Carry the payment out, wait for the ledger (at most `seconds`), and let one caller have it.

        `listens` tells whether the caller is still there: who hung up takes nothing from the next one.
        Safe to repeat, also after a crash: the same payload is the same payment. Raises only before anything is sent.
        """
        try:
            found = self._read(payload, requirements)
            claimant = Claimant.of(request, payload, requirements, found.transfer)
            if not await self._claimants.is_free(claimant):
                return Invalid(x402_reasons.IDENTIFIER_CONFLICT, "this is the name of another request")
            with self._outcomes.listen() as listener, self._claimants.asking(found.transfer, claimant, listens):
                answer = await self._relay.transfer(
                    found.transfer.signed,
                    invoice=found.invoice,
                    watch=listener.watch,
                    door=DOOR,
                    otherwise=merchant or await self._open_to(),
                )
                payment = answer.payment
                if payment.status not in NO_MONEY_MOVED:
                    await self._claimants.name(claimant)
                    new = payment.door == DOOR and not answer.repeated
                    if not await self._claimants.may(payment, found.transfer, claimant, new=new):
                        return Duplicate(payment, await self._transaction(payment))
                wait = self._wait_seconds if seconds is None else seconds
                return await self._outcome(await listener.until(payment, OVER, wait), claimant, listens)
        except _REFUSED as error:
            return _invalid(error, payload, requirements)

    async def settlement(self, id: str) -> tuple[Payment, str] | None:
        """A payment that came this way, and its transaction: by its id, the transfer's, or the transaction's."""
        payment = await self._journal.payment(id) or await self._by_transaction(id)
        if payment is None or payment.door != DOOR:
            return None
        return payment, await self._transaction(payment)

    async def claim(self, verified: Verified, until: datetime) -> bool:
        """Keep a verified payment for its claimant until then, so that only one request is served while it is settled.

        False where another request has it. `settle` by the same request makes it good, `release` gives it back.
        """
        return await self._claimants.keep(verified.transfer, verified.claimant, until)

    async def release(self, kept: Verified | Settled) -> None:
        """Nothing was given for the payment: whoever asks next may have it."""
        if isinstance(kept, Verified):
            chain, id = kept.transfer.signed.chain, kept.transfer.id
        else:
            chain, id = kept.payment.signed.chain, kept.payment.tx
        await self._claimants.release(chain, id, kept.claimant)

    async def _outcome(self, payment: Payment, claimant: Claimant, listens: Callable[[], bool]) -> Settlement:
        transaction = await self._transaction(payment)
        if payment.status in NO_MONEY_MOVED:
            why = failure(payment.reason, payment.receipt, payment.signed.chain)
            return Failed(payment, transaction, why)
        if payment.status is not Status.SETTLED or not listens():
            return Underway(payment, transaction)
        try:
            mine = await self._claimants.take(payment, claimant)
        except RelayError:  # the database is away: the money has moved, so this is no time for a no
            return Underway(payment, transaction)
        return Settled(payment, transaction, claimant.id) if mine else Duplicate(payment, transaction)

    def _read(self, payload: PaymentPayload, requirements: PaymentRequirements) -> _Read:
        """What bytes and terms say, checked against each other; raises one of `_REFUSED`."""
        for scheme in (payload.scheme, requirements.scheme):
            if scheme != EXACT:
                raise InvalidRequest(f"scheme: expected {EXACT}, got {scheme[:50]!r}", x402="unsupported_scheme")
        id = requirements.chain
        if payload.network != str(id):
            raise InvalidRequest(f"network: {payload.network} was accepted, {id} is asked", x402="network_mismatch")
        sponsors = self._sponsors.get(id)
        if sponsors is None or not sponsors.sponsors():
            raise InvalidRequest(f"network: {id} is not among this facilitator's", x402=x402_reasons.INVALID_NETWORK)
        chain = self._relay.chain(id)
        signed = SignedTransfer(id, EXACT, x402_reading.signed_bytes(payload, requirements))
        ask = ask_of(requirements)
        comparing = self._comparing.get(id)
        if comparing is not None:
            comparing.compare(signed, ask)
        transfer = chain.decode(signed)
        require_asked(transfer, ask, self._described.get(id))
        require_accepted(payload, requirements)
        invoice = ask.extra.get("invoice")
        return _Read(chain, transfer, InvoiceId(invoice) if isinstance(invoice, str) else None)

    async def _open_to(self) -> str | None:
        """The merchant for payments to nobody known here, as long as he may have more of them."""
        if self._opened is None:
            return None
        made = await self._journal.count_since(self._opened.merchant, self._clock() - HOUR)
        return self._opened.merchant if made < self._opened.per_hour else None

    async def _by_transaction(self, text: str) -> Payment | None:
        for id in self._sponsors:
            described = self._described.get(id)
            try:
                tx = TxId(text) if described is None else described.transaction(text)
            except InvalidRequest:
                continue
            payment = await self._journal.payment_of(id, tx) or await self._journal.carried_by(id, tx)
            if payment is not None:
                return payment
        return None

    async def _transaction(self, payment: Payment) -> str:
        carrying = self._carrying.get(payment.signed.chain)
        try:
            return payment.tx if carrying is None else await carrying.carrier(payment.signed)
        except RelayError:  # nobody can tell now
            return ""


def _invalid(error: RelayError, payload: PaymentPayload, requirements: PaymentRequirements) -> Invalid:
    chain = ChainId.parse(payload.network)
    return Invalid(reason_of(error, chain), error.message, x402_reading.payer_named(payload))
