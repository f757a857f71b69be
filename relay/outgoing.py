"""Assembly of the webhook side: endpoints and outbox, the guard on calls, the loop that makes them, the routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relay.access import Signer
from relay.channels.webhook import Webhooks
from relay.desk import Patience
from relay.egress import Egress
from relay.sealing import Keyring
from relay.server.http import Doorman
from relay.server.webhooks import WebhookRoutes
from relay.settings import WebhookOptions
from relay.store.database import Database
from relay.store.deliveries import Deliveries
from relay.store.endpoints import Endpoints
from relay.store.journal import Journal
from relay.stream import Streams
from relay.tell import Teller


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the rest of a relay needs of it."""

    egress: Egress
    endpoints: Endpoints
    deliveries: Deliveries
    teller: Teller
    log_days: int
    clock: Callable[[], datetime]

    async def forget(self) -> None:
        """Drop the delivery log's oldest lines."""
        await self.deliveries.forget(self.clock() - timedelta(days=self.log_days))

    def routes(self, doorman: Doorman, journal: Journal, streams: Streams) -> WebhookRoutes:
        """The HTTP face."""
        return WebhookRoutes(
            doorman=doorman,
            endpoints=self.endpoints,
            deliveries=self.deliveries,
            journal=journal,
            egress=self.egress,
            announce=streams.announce,
            wake=lambda merchant: self.teller.wake(merchant, sure=True),
            clock=self.clock,
        )


@asynccontextmanager
async def open_outgoing(
    options: WebhookOptions,
    *,
    db: Database,
    keyring: Keyring,
    signer: Signer,
    streams: Streams,
    spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    clock: Callable[[], datetime],
) -> AsyncIterator[Outgoing]:
    """Everything but the loop, which begins with `teller.run`; leaving lets go of what it held."""
    egress = Egress(options.policy)
    endpoints = Endpoints(db, keyring, signer.webhook_keys)
    deliveries = Deliveries(db, endpoints)
    calls = Webhooks(egress, clock)
    teller = Teller(
        deliveries=deliveries,
        post=calls.post,
        announce=streams.announce,
        hear=streams.attend,
        spawn=spawn,
        clock=clock,
        patience=Patience(
            retry_seconds=options.retry_seconds,
            disable_after=timedelta(seconds=options.disable_after_seconds),
            concurrency=options.concurrency,
        ),
    )
    try:
        yield Outgoing(egress, endpoints, deliveries, teller, options.log_days, clock)
    finally:
        await teller.leave()
        await calls.close()
        await egress.close()
