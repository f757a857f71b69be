"""Assembly of who is let in: keys and what is open under them, sign-in, restored access, what is sold; their routes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from aiohttp import web

from relay.access import Signer
from relay.chain import Chain
from relay.challenge import Challenges
from relay.checkout import Checkout
from relay.money import ChainId
from relay.proof import Proofs
from relay.rates.book import Rates as Book
from relay.sealing import Keyring
from relay.selling import Selling
from relay.server.auth import Callers, Proxies
from relay.server.budgets import OwnBudgets
from relay.server.http import Doorman, Rates
from relay.server.keys import KeyRoutes
from relay.server.limits import rate
from relay.server.open_keys import OpenKeys
from relay.server.selling import SellingRoutes
from relay.server.sign_in import AccessRoutes, SignInRoutes
from relay.settings import Settings
from relay.store.audit import Audit
from relay.store.database import Database
from relay.store.idempotency import Idempotency
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.nonces import Nonces
from relay.store.resources import Resources

if TYPE_CHECKING:
    from relay.server.shared_budgets import SharedBudgets


class Doors:
    def __init__(
        self,
        db: Database,
        settings: Settings,
        *,
        keyring: Keyring,
        merchants: Merchants,
        refusals: Counter[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._merchants = merchants
        self._clock = clock
        self._keys, self._nonces, self._audit = Keys(db, clock), Nonces(db), Audit(db)
        self._resources = Resources(db)
        self.callers = Callers(keys=self._keys, merchants=merchants, networks=settings.networks, clock=clock)
        self.open_keys = OpenKeys(self._keys)
        self.proxies = Proxies(settings.server.trusted_proxies)
        self._idempotency = Idempotency(db, keyring)
        self._shared = None if settings.redis is None else _shared(settings.redis)
        options, each = settings.server, settings.server.requests_per_second
        self.doorman = Doorman(
            callers=self.callers,
            idempotency=self._idempotency,
            proxies=self.proxies,
            budgets=self._shared or OwnBudgets(),
            rates=Rates(
                address=rate(each),
                key=rate(options.key_requests_per_second or each),
                origin=rate(options.origin_requests_per_second or each),
            ),
            refusals=refusals,
            clock=clock,
        )

    def add_routes(
        self,
        app: web.Application,
        *,
        signer: Signer,
        chains: Mapping[ChainId, Chain],
        checkout: Checkout,
        invoices: Invoices,
        journal: Journal,
        rates: Book,
    ) -> None:
        """Hang the routes of keys, sign-in, access and selling below `app`."""
        doorman = self.doorman
        challenges = Challenges(signer.challenge_key, signer.issuer)
        proofs = Proofs(chains=chains, challenges=challenges, nonces=self._nonces, clock=self._clock)
        KeyRoutes(doorman=doorman, keys=self._keys, audit=self._audit, open_keys=self.open_keys).add_to(app)
        SignInRoutes(
            doorman=doorman, proofs=proofs, merchants=self._merchants, keys=self._keys, open_keys=self.open_keys
        ).add_to(app)
        AccessRoutes(
            doorman=doorman, proofs=proofs, checkout=checkout, invoices=invoices, journal=journal, clock=self._clock
        ).add_to(app)

        SellingRoutes(
            doorman=doorman,
            selling=Selling(chains, rates, signer),
            checkout=checkout,
            journal=journal,
            resources=self._resources,
            clock=self._clock,
        ).add_to(app)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._shared is not None:
            await self._shared.close()

    async def clean_up(self) -> None:
        """Forget old answers, ended sessions, spent nonces and what is not for sale any more."""
        await self._idempotency.sweep(self._clock())
        await self._nonces.sweep(self._clock())
        await self._keys.sweep()
        await self._resources.sweep(self._clock())


def _shared(url: str) -> SharedBudgets:
    from relay.server.shared_budgets import (
        SharedBudgets,  # only who has Redis pays for its client: a fifth of the start
    )

    return SharedBudgets(url)
