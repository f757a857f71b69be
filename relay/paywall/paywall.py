"""START HERE: one request at the paywall, from the price list to what its sender is given. Knows no web framework.

    answer()      free? → paid before? → within the free quota? → 402, or
    Till.sell()   reserve the payment → verify → handler → settle    (till.py)

Three things hold whatever happens. The handler runs once for a payment, however many copies of it arrive. What was
settled is given to the request that paid for it, also when its first answer was lost. And an outcome nobody knows is
never a 402: that would make a buyer sign, and pay, again; it is a 503 that asks for the same payment header.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from relay.errors import InvalidRequest, RelayError
from relay.paywall import answers
from relay.paywall.door import Door
from relay.paywall.payment import read_payment
from relay.paywall.prices import SAFE, Access, PriceList, Rule
from relay.paywall.quota import Quota
from relay.paywall.remote import Remote
from relay.paywall.request import Asked, Headers, Serve, Served
from relay.paywall.terms import Terms
from relay.paywall.till import Bounds, Purchase, Till
from relay.paywall.tokens import Tokens, content_of

log = logging.getLogger(__name__)


class Paywall:
    """`Paywall(prices, relay_url, key)`; an adapter calls `answer` for every request and `close` at the end.

    `public_url` is what visitors call the site by, where a proxy that speaks TLS stands before it.
    """

    def __init__(
        self,
        prices: PriceList,
        relay: str,
        key: str,
        *,
        public_url: str | None = None,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.prices = prices
        self.public_url = public_url
        self.bounds = bounds or Bounds()
        self.remote = Remote(relay, key)
        self._terms = Terms(self.remote, clock)
        self._tokens = Tokens(self.remote, clock)
        self._door = Door(prices, self._terms, self.remote, clock)
        self._quota = Quota(clock)
        self._till = Till(self.remote, self._terms, self.bounds, clock)

    async def close(self) -> None:
        await self.remote.close()

    def concerns(self, method: str, path: str) -> bool:
        """Whether a request has to go through `answer` at all."""
        rule = self._rule(method, path)
        return rule is not None or path.startswith(answers.DOOR + "/")

    async def answer(self, asked: Asked, serve: Serve) -> Served:
        """What a request is given. `serve` runs the handler behind the paywall; it is called at most once.

        Raises what the handler raises, and nothing else.
        """
        serve = _told_apart(serve)
        try:
            if asked.path.startswith(answers.DOOR + "/"):
                return await self._door.enter(asked)
            rule = self._rule(asked.method, asked.path)
            if rule is None:
                return await serve(())
            if asked.method == "OPTIONS":
                served = await serve(())
                return answers.preflight(served) if "access-control-request-method" in asked.headers else served
            return await self._priced(asked, rule, serve)
        except _Broken as broken:
            raise broken.error from None
        except InvalidRequest as error:
            return answers.refused(error.status, "invalid_payment", error.message)
        except RelayError as error:
            log.warning("a paid request must wait", extra={"detail": error.message})
            return answers.try_again("payments cannot be taken right now; nothing was charged")

    def _rule(self, method: str, path: str) -> Rule | None:
        return self.prices.find("GET" if method == "OPTIONS" else method, path) or (
            self.prices.find("POST", path) if method == "OPTIONS" else None
        )

    async def _priced(self, asked: Asked, rule: Rule, serve: Serve) -> Served:
        presented = read_payment(asked.headers)
        offers = await self._terms.of(rule.price)
        if rule.access is not Access.NONE and asked.method in SAFE:
            content = content_of(rule, asked.path, asked.query)
            if await self._tokens.open(asked, offers, content):
                return answers.with_cors(answers.private(await serve(())))
            if asked.wants_page and presented is None and (way := await self._door.claim(asked, rule)) is not None:
                return way
        if presented is None:
            quota = f"{rule.path} {asked.client}"
            if self._quota.take(quota, rule.free, rule.free_seconds):
                return answers.with_cors(answers.private(await serve(())))
            return answers.payment_required(asked, rule, offers)
        offer = presented.answers(await self._terms.taken(rule.price))
        if offer is None:
            return answers.payment_required(asked, rule, offers, "No matching payment requirements")
        return await self._till.sell(Purchase(asked, rule, presented, offer, serve))


class _Broken(Exception):
    """What a handler raised: none of our own errors, whatever its class."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def _told_apart(serve: Serve) -> Serve:
    async def run(extra: Headers | None) -> Served:
        try:
            return await serve(extra)
        except Exception as error:
            raise _Broken(error) from error

    return run
