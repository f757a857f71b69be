"""Assembly of x402: the facilitator, and who waits for what it sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from relay.checkout import Checkout
from relay.claimant import Claimants
from relay.errors import Misconfigured
from relay.facilitator import Facilitator, Open
from relay.metrics import Metrics
from relay.outcomes import Outcomes
from relay.payment import Payment
from relay.recording import Observe
from relay.relay import Relay
from relay.server.http import Doorman
from relay.server.x402 import X402Routes
from relay.settings import X402Options
from relay.store.claims import Claims
from relay.store.database import Database
from relay.store.journal import Journal
from relay.store.merchants import Merchants


class X402:
    """`observe` wraps who is told of each change of a payment, and belongs into the `Relay`."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        options: X402Options,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._options = options
        self._outcomes = Outcomes(journal)
        self._claims = Claims(db)
        self._journal = journal
        self._clock = clock

    async def check(self, merchants: Merchants) -> None:
        """Raise `Misconfigured` where the options name a merchant that there is not."""
        opened = self._options.open_to
        if opened is not None and await merchants.get(opened) is None:
            raise Misconfigured(f"x402.open_to: there is no merchant {opened}; add him with `relay merchant add`")

    def observe(self, observe: Observe) -> Observe:
        """Tell those who wait for a payment, too."""

        def both(before: Payment, after: Payment) -> None:
            observe(before, after)
            self._outcomes.changed(before, after)

        return both

    def facilitator(self, relay: Relay, checkout: Checkout) -> Facilitator:
        """The verbs, over this relay."""
        options = self._options
        return Facilitator(
            opened=None if options.open_to is None else Open(options.open_to, options.open_per_hour),
            wait_seconds=options.wait_seconds,
            relay=relay,
            checkout=checkout,
            journal=self._journal,
            claimants=Claimants(self._claims, self._clock),
            outcomes=self._outcomes,
            clock=self._clock,
        )

    def routes(self, doorman: Doorman, facilitator: Facilitator, metrics: Metrics) -> X402Routes:
        """The HTTP face."""
        return X402Routes(doorman=doorman, facilitator=facilitator, said=metrics.x402)

    def stop(self) -> None:
        """Answer whoever waits for the ledger: the payment is on its way, and the next process knows of it."""
        self._outcomes.stop()

    async def clean_up(self) -> None:
        """Forget claims that ran out."""
        await self._claims.sweep(self._clock())
