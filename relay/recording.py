"""What was learnt of a payment is written down with the news of it, in one transaction, and told once it is durable."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import msgspec

from relay.chain import WATCHED
from relay.channel import Event
from relay.checkout import Checkout
from relay.credit import Standing
from relay.ids import new_id
from relay.payment import Fact, Payment, Status, advance, ends
from relay.store.entries import Recorded, Stale, Telling
from relay.store.journal import Journal
from relay.store.news import Compose
from relay.wire import events

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)  # how long the process that holds a payment may be silent; `submit` takes 10 at most

Announce = Callable[[Event], None]
Observe = Callable[[Payment, Payment], None]  # what it was, what it became


class Answer(msgspec.Struct, frozen=True, gc=False):
    """A payment as it now is, and the event that says so (None while another process is still sending it).

    `announced` means the event went out after the asker's `watch` returned: he hears it, or already did, as a listener.
    `repeated` means that the asker presented bytes that were relayed before. Who that is, nobody knows: networks
    publish what was signed, so what opens content must not be in this answer.
    """

    payment: Payment
    event: Event | None
    announced: bool = False
    repeated: bool = False


class Watch(Protocol):
    """What an asker does to follow his payment; `again`: its bytes were presented before, maybe by somebody else."""

    def __call__(self, payment: Payment, *, again: bool) -> Awaitable[None]: ...


async def nobody(payment: Payment, *, again: bool) -> None:
    """No one watches this payment."""


async def watched(watch: Watch, payment: Payment) -> bool:
    """Whether the asker will hear of his payment; it is on record, and goes out whether he does or not."""
    try:
        await watch(payment, again=False)
    except Exception:  # not only what we have words for: a database breaks in its own
        log.warning("a payment is sent unwatched", exc_info=True, extra={"payment": payment.id})
        return False
    return True


class Recording:
    """`announce` gets every event once it is durable, `observe` its payment; both return soon."""

    def __init__(
        self,
        *,
        journal: Journal,
        checkout: Checkout,
        announce: Announce,
        observe: Observe,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._checkout = checkout
        self._announce = announce
        self._observe = observe
        self._clock = clock

    async def learn(self, payment: Payment, fact: Fact) -> Answer:
        """Record what `fact` makes of the payment, and announce it. Returns the payment as it now is on record."""
        while True:
            now = self._clock()
            after = advance(payment, fact, now)
            if after is payment:
                return Answer(payment, None)
            due = None if ends(after, fact) else now + LEASE
            tell: Telling | None = None
            also: Sequence[Compose] = ()
            if events.news(payment, after):
                token = await self._checkout.access_token(after) if events.opens_content(after) else None
                tell, also = _news(after, token)
            match await self._journal.record(payment, after, due, tell, also):
                case Recorded(event, more):
                    if event is not None:
                        self._announce(event)
                    for each in more:
                        self._announce(each)
                    if event is not None:
                        self._observe(payment, after)
                    return Answer(after, event, event is not None)
                case Stale(current):
                    payment = current  # another process learnt something first; apply the fact to what is true now
                case outcome:
                    assert_never(outcome)


def _news(after: Payment, token: str | None) -> tuple[Telling, Sequence[Compose]]:
    """What makes the event of a change, once its number is known, and those of more events that it is."""
    id = new_id("evt", after.updated)

    def tell(seq: int, stands: Standing | None) -> Event:
        return events.payment_event(after, id=id, seq=seq, token=token, invoice=stands)

    if not (after.status is Status.SETTLED and after.signed.scheme == WATCHED and after.invoice is None):
        return tell, ()
    other = new_id("evt", after.updated)
    return tell, [lambda seq: events.funds_event(after, id=other, seq=seq)]
