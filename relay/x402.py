"""Assembly of x402: the facilitator, and who waits for what it sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from relay.checkout import Checkout
from relay.facilitator import Facilitator
from relay.outcomes import Outcomes
from relay.payment import Payment
from relay.relay import Observe, Relay
from relay.server.http import Doorman
from relay.server.x402 import X402Routes
from relay.store.claims import Claims
from relay.store.database import Database
from relay.store.journal import Journal


class X402:
    """`observe` wraps who is told of each change of a payment, and belongs into the `Relay`."""

    def __init__(self, db: Database, journal: Journal, *, clock: Callable[[], datetime]) -> None:
        self._outcomes = Outcomes(journal)
        self._claims = Claims(db)
        self._journal = journal
        self._clock = clock

    def observe(self, observe: Observe) -> Observe:
        """Tell those who wait for a payment, too."""

        def both(before: Payment, after: Payment) -> None:
            observe(before, after)
            self._outcomes.changed(before, after)

        return both

    def facilitator(self, relay: Relay, checkout: Checkout) -> Facilitator:
        """The verbs, over this relay."""
        return Facilitator(
            relay=relay,
            checkout=checkout,
            journal=self._journal,
            claims=self._claims,
            outcomes=self._outcomes,
            clock=self._clock,
        )

    def routes(self, doorman: Doorman, facilitator: Facilitator) -> X402Routes:
        """The HTTP face."""
        return X402Routes(doorman=doorman, facilitator=facilitator)

    async def clean_up(self) -> None:
        """Forget claims that ran out."""
        await self._claims.sweep(self._clock())
