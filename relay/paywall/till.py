"""One sale: a request with a payment, verified, answered and settled once, however many copies of it arrive.

flow `authorization`   reserve the payment → verify → handler → settle
flow `upfront`         reserve the payment → settle → handler
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from relay.errors import RelayError, Unreachable
from relay.paywall import answers
from relay.paywall.payment import Presented
from relay.paywall.prices import SAFE, Access, Flow, Rule
from relay.paywall.quota import Quota
from relay.paywall.remote import Remote
from relay.paywall.request import Asked, Serve, Served, fingerprint
from relay.paywall.sales import Elsewhere, Full, Known, New, Outcome, Receipt, Refused, Sale, Sales, Settled
from relay.paywall.terms import Terms
from relay.paywall.tokens import content_of
from relay.wire import x402

log = logging.getLogger(__name__)

HOLD_SECONDS = 30.0  # how long a request waits for its settlement
KEEP_SECONDS = 600.0  # how long a lost answer may be asked for again
MISTAKES, MISTAKES_SECONDS = 60, 60.0  # refused payments of one address: the relay answers only so many questions
AGAIN_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)  # between questions about a settlement; the last one repeats


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much. Sales and their answers are kept in memory."""

    hold_seconds: float = HOLD_SECONDS
    keep_seconds: float = KEEP_SECONDS
    answer_bytes: int = 1 << 20  # of one answer that are whole before money moves, and kept; what is longer streams on
    body_bytes: int = 8 << 20  # of a paid request's body


@dataclass(frozen=True, slots=True)
class Purchase:
    """A request that brought a payment, the offer which that answers, and the handler it is to reach."""

    asked: Asked
    rule: Rule
    presented: Presented
    offer: x402.PaymentRequirements
    serve: Serve


class Till:
    """Where purchases are paid; one for a paywall, as what it remembers keeps a payment from being used twice."""

    def __init__(self, remote: Remote, terms: Terms, bounds: Bounds, clock: Callable[[], float]) -> None:
        self._remote, self._terms = remote, terms
        self._bounds, self._clock = bounds, clock
        self._mistakes = Quota(clock)
        self._sales = Sales(clock=clock, keep_seconds=bounds.keep_seconds)

    async def sell(self, bought: Purchase) -> Served:
        presented = bought.presented
        if self._mistakes.is_spent(bought.asked.client, MISTAKES):
            return answers.try_again("too many payments from here were no good", seconds=60, status=429)
        name = fingerprint(bought.asked, presented.raw, await bought.asked.body(), presented.payload.identifier)
        while True:
            match self._sales.open(bought.presented.key, name):
                case New(sale):
                    async with sale.turn:
                        return await self._first(sale, bought)
                case Known(sale):
                    try:
                        async with asyncio.timeout(self._bounds.hold_seconds):
                            await sale.turn.acquire()
                    except TimeoutError:
                        return answers.pending(bought.presented)
                    try:
                        if not sale.dropped:
                            return await self._again(sale, bought)
                        if sale.failure is not None:
                            return replace(sale.failure, headers=[*sale.failure.headers])
                    finally:
                        sale.turn.release()
                case Elsewhere():
                    return await self._no(bought, Refused("duplicate_settlement", "this payment bought something else"))
                case Full():
                    return answers.try_again("too many payments are under way; nothing was charged")
                case outcome:
                    assert_never(outcome)

    async def _first(self, sale: Sale, bought: Purchase) -> Served:
        """Run the sale; what goes wrong before money may have moved lets the payment go."""
        try:
            if bought.rule.flow is Flow.AUTHORIZATION:
                refusal = await self._remote.verify(bought.presented, bought.offer, sale.fingerprint)
                if refusal is not None:
                    self._mistakes.take(bought.asked.client, MISTAKES, MISTAKES_SECONDS)
                    return self._fail(sale, await self._no(bought, refusal))
                served = await bought.serve(None)
                if served.status >= 400:
                    return self._fail(sale, answers.with_cors(served))
                sale.delivered = True
                self._sales.keep(sale, served)
                return await self._charge(sale, bought, served)
            return await self._charge(sale, bought, None)
        except BaseException:
            if sale.settlement is None:
                self._sales.drop(sale)
            raise

    async def _again(self, sale: Sale, bought: Purchase) -> Served:
        """The same request with the same payment: how it went, or what it was given."""
        return await self._charge(sale, bought, sale.answer)

    async def _charge(self, sale: Sale, bought: Purchase, served: Served | None) -> Served:
        """Settle, at most once, and give what was bought: what is there already, or what the handler makes now."""
        if sale.settlement is None or (sale.settlement.done() and _unknown(sale.settlement)):
            settling = self._settle(bought.presented, bought.offer, sale.fingerprint)
            sale.settlement = asyncio.create_task(settling)
        await asyncio.wait({sale.settlement}, timeout=self._bounds.hold_seconds)
        if not sale.settlement.done() or _unknown(sale.settlement):
            await _let_go(served)
            sale.delivered = sale.answer is not None  # what was let go has reached nobody, and may be made again
            return answers.pending(bought.presented)
        match sale.settlement.result():
            case Refused() as refusal:
                self._mistakes.take(bought.asked.client, MISTAKES, MISTAKES_SECONDS)
                await _let_go(served)
                return self._fail(sale, await self._no(bought, refusal))
            case Settled(receipt):
                return await self._deliver(sale, bought, served, receipt)

    async def _deliver(self, sale: Sale, bought: Purchase, served: Served | None, receipt: Receipt) -> Served:
        if served is None:
            if sale.delivered and bought.asked.method not in SAFE:
                gone = (
                    "it was paid for and answered; the answer was too long to be kept, and doing it again is not safe"
                )
                return answers.refused(409, "already_answered", gone)
            headers = answers.paid(Served(200), bought.presented, receipt).headers
            served = await bought.serve(headers)
            if served.status < 400:
                sale.delivered = True
                self._sales.keep(sale, served)
        told = dict(receipt)
        if bought.rule.access is Access.ALL and served.status < 400 and bought.asked.method in SAFE:
            told["extra"] = {**(receipt.get("extra") or {}), **await self._token(bought, receipt)}
        return answers.paid(replace(served, headers=[*served.headers]), bought.presented, told)

    async def _token(self, bought: Purchase, receipt: Receipt) -> Mapping[str, str]:
        """What opens the same content again; a sale does not fail for want of it."""
        content = content_of(bought.rule, bought.asked.path, bought.asked.query)
        try:
            return {"accessToken": await self._remote.grant(str((receipt.get("extra") or {}).get("payment")), content)}
        except RelayError as error:
            log.warning("a buyer goes without an access token", extra={"detail": error.message})
            return {}

    async def _settle(self, presented: Presented, offer: x402.PaymentRequirements, request: str) -> Outcome:
        """Ask until the relay knows; raises `Unreachable` when it did not for as long as we remember.

        It may go on for long after who asked has gone, so it holds nothing of the request but its payment.
        """
        until, tries = self._clock() + self._bounds.keep_seconds, 0
        while self._clock() < until:
            try:
                outcome = await self._remote.settle(presented, offer, request)
                if outcome is not None:
                    return outcome
            except RelayError as error:
                log.warning("a settlement is asked for again", extra={"detail": error.message})
            await asyncio.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
            tries += 1
        raise Unreachable("nobody could tell how a settlement went")

    async def _no(self, bought: Purchase, refusal: Refused) -> Served:
        offers = await self._terms.of(bought.rule.price)
        error = f"{refusal.reason}: {refusal.message}" if refusal.message else refusal.reason
        receipt = refusal.receipt or {
            "success": False,
            "errorReason": refusal.reason,
            "transaction": "",
            "network": bought.offer.network,
        }
        return answers.payment_required(bought.asked, bought.rule, offers, error, receipt)

    def _fail(self, sale: Sale, served: Served) -> Served:
        self._sales.drop(sale, served if served.whole else None)
        return served


def _unknown(settlement: asyncio.Task[Outcome]) -> bool:
    return settlement.done() and (settlement.cancelled() or settlement.exception() is not None)


async def _let_go(served: Served | None) -> None:
    """Close an answer that will not be sent."""
    close = None if served is None or served.rest is None else getattr(served.rest, "aclose", None)
    if close is not None:
        await close()
