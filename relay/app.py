"""Assembly: the one place that makes the parts and says who knows whom. Read top to bottom; nothing here decides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from relay.abilities import Node
from relay.access import Signer
from relay.background import open_background
from relay.chain_modules import open_chains
from relay.channels.feed import Feeds
from relay.channels.room import Rooms
from relay.checkout import Checkout
from relay.doors import Doors
from relay.errors import Misconfigured
from relay.facilitator import Facilitator
from relay.metrics import Metrics
from relay.money import ChainId
from relay.news import open_streams
from relay.outgoing import open_outgoing
from relay.rates.book import Rates
from relay.relay import Relay
from relay.server.gate import UNJOINED, Gate, socket_server
from relay.server.http import MAX_BODY_BYTES
from relay.server.invoices import InvoiceRoutes
from relay.server.limits import Count, rate
from relay.server.listings import ListingRoutes, Listings
from relay.server.networks import NetworkRoutes
from relay.server.open_keys import ROUND_SECONDS
from relay.server.openapi import Described
from relay.server.pages import PageRoutes
from relay.server.payments import PaymentRoutes
from relay.server.reports import ReportRoutes
from relay.server.revocations import Revocations
from relay.server.socket import Sockets
from relay.server.subscriptions import Subscriptions
from relay.settings import Settings
from relay.store.cursors import Cursors
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.listed import Listed
from relay.store.merchants import Merchants
from relay.store.migrate import require_current, require_known
from relay.store.sends import SentByUs
from relay.store.worths import Worths
from relay.stream import Streams
from relay.terms import Terms
from relay.vitals import Vitals, beat, open_observers
from relay.worker import every, follow, watch
from relay.worth import SECONDS as WORTH_SECONDS
from relay.worth import note
from relay.x402 import X402

log = logging.getLogger(__name__)

SLOW_READER_CHECK_SECONDS = 1.0
ENDED_SECONDS = 1.0  # how late the end of an invoice may be told
CLEAN_UP_SECONDS = 600.0


def utc_now() -> datetime:
    """The clock of a running relay; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """A relay that takes payments. `extend` hangs more routes below it (the demo site)."""

    url: str
    relay: Relay
    checkout: Checkout
    merchants: Merchants
    invoices: Invoices
    payments: PaymentRoutes
    signer: Signer
    revocations: Revocations
    facilitator: Facilitator


Extend = Callable[[App, web.Application], None]


@asynccontextmanager
async def open_relay(
    settings: Settings,
    *,
    extend: Extend | None = None,
    clock: Callable[[], datetime] = utc_now,
    numbers: Path | None = None,
) -> AsyncIterator[App]:
    """Run a relay until the block ends; leaving it drains: no new work, what is being sent is answered, then close.

    `numbers` is where a worker, one of several behind one port, leaves its metrics for the others.
    """
    keyring = settings.keyring()
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(settings.database))
        await require_current(db)
        background = await stack.enter_async_context(open_background())
        spawn, carry = background.spawn, background.carry

        signer, metrics = Signer(settings.seed, settings.issuer), Metrics()
        journal, invoices, merchants = Journal(db), Invoices(db, clock), Merchants(db, clock)
        sio = socket_server(direct=settings.server.direct_sockets)
        feeds, rooms = Feeds(), Rooms(sio)

        streams, peers = open_streams(
            settings, journal, rooms, feeds, metrics, spawn, lambda event: outgoing.teller.wake(event.merchant), clock
        )
        if peers is not None:
            stack.push_async_callback(peers.close)
        outgoing = await stack.enter_async_context(
            open_outgoing(
                settings.webhooks, db=db, keyring=keyring, signer=signer, streams=streams, spawn=spawn, clock=clock
            )
        )

        heralds: list[Sockets] = []  # none while the chains open

        def report(chain: ChainId, node: Node) -> None:
            for herald in heralds:
                spawn(herald.network_status(chain, node))

        chains = await open_chains(stack, settings.chains, clock, report, SentByUs(db))
        rates = Rates(settings.rates, clock)
        stack.push_async_callback(rates.close)
        x402 = X402(db, journal, settings.x402, clock=clock)
        await x402.check(merchants)
        checkout = Checkout(
            invoices=invoices,
            merchants=merchants,
            signer=signer,
            chains=chains,
            token_lifetime=timedelta(seconds=settings.access_token_seconds),
            clock=clock,
            rates=rates,
        )
        relay = Relay(
            chains=chains,
            journal=journal,
            checkout=checkout,
            announce=streams.announce,
            observe=x402.observe(await stack.enter_async_context(open_observers(metrics, settings.otlp_url))),
            spawn=carry,
            clock=clock,
            underway=settings.server.transfers_underway,
        )
        facilitator = x402.facilitator(relay, checkout)
        default_chain, options = next(iter(chains)), settings.server
        doors = Doors(db, settings, keyring=keyring, merchants=merchants, refusals=metrics.refusals, clock=clock)
        stack.push_async_callback(doors.close)
        most = options.connections_per_address
        gate = Gate(sio=sio, proxies=doors.proxies, transports=Count(most + UNJOINED, "transports from one address"))
        subscriptions = Subscriptions(
            streams=streams, invoices=invoices, signer=signer, most=options.subscriptions_per_socket
        )
        sockets = Sockets(
            sio=sio,
            relay=relay,
            callers=doors.callers,
            open_keys=doors.open_keys,
            subscriptions=subscriptions,
            default_chain=default_chain,
            requests=rate(options.requests_per_second),
            connections=Count(most, "connections from one address"),
            pending=Count(options.pending_per_socket, "requests of one socket"),
            refusals=metrics.refusals,
            spawn=carry,
        )
        heralds.append(sockets)
        gate.take_transfers(sockets.transfers.take)
        web_app = web.Application(middlewares=[doors.doorman.middleware()], client_max_size=MAX_BODY_BYTES)
        payments = PaymentRoutes(
            doorman=doors.doorman,
            relay=relay,
            journal=journal,
            streams=streams,
            feeds=feeds,
            open_keys=doors.open_keys,
            reading=Count(options.event_streams, "event streams of one merchant"),
            default=default_chain,
        )
        payments.add_to(web_app)
        worths, terms = Worths(db), Terms(chains, rates, clock)
        ReportRoutes(doorman=doors.doorman, invoices=invoices, journal=journal, worths=worths, clock=clock).add_to(
            web_app
        )
        listings = Listings(signer=signer, listed=Listed(db), clock=clock)
        ListingRoutes(doorman=doors.doorman, checkout=checkout, listings=listings, clock=clock).add_to(web_app)
        InvoiceRoutes(
            doorman=doors.doorman,
            checkout=checkout,
            invoices=invoices,
            journal=journal,
            egress=outgoing.egress,
            listings=listings,
            announce=streams.announce,
            clock=clock,
        ).add_to(web_app)
        outgoing.routes(doors.doorman, journal, streams).add_to(web_app)
        x402.routes(doors.doorman, facilitator, metrics).add_to(web_app)
        PageRoutes(checkout=checkout, invoices=invoices, merchants=merchants, signer=signer).add_to(web_app)
        doors.add_routes(
            web_app,
            signer=signer,
            chains=chains,
            checkout=checkout,
            invoices=invoices,
            journal=journal,
            rates=rates,
        )
        ready = {"database": lambda: require_known(db)} | ({"redis": peers.ping} if peers is not None else {})
        revocations = Revocations(
            journal=journal,
            signer=signer,
            lifetime=timedelta(seconds=settings.access_token_seconds),
            clock=clock,
        )
        revocations.add_to(web_app)
        NetworkRoutes(chains=chains, signer=signer, ready=ready, worth=terms.worth, clock=clock).add_to(web_app)
        vitals = Vitals(metrics, db, outgoing.deliveries, chains, sockets, clock)
        scraped = vitals.add_route(web_app, options.metrics_token, numbers)
        Described(url=settings.issuer).add_to(web_app)
        sio.attach(web_app)
        app = App(settings.issuer, relay, checkout, merchants, invoices, payments, signer, revocations, facilitator)
        if extend is not None:
            extend(app, web_app)
        runner = web.AppRunner(web_app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, options.host, options.port, reuse_port=numbers is not None or None, backlog=4096)
        try:
            await site.start()
        except OSError as error:
            raise Misconfigured(
                f"cannot listen on {options.host}:{options.port}: {(error.strerror or '').rpartition(': ')[2]}"
            ) from None
        spawn(follow(relay, journal, clock))
        for chain in chains.values():
            spawn(watch(relay, chain, journal, Cursors(db), merchants, clock))
        spawn(outgoing.teller.run())
        spawn(beat(metrics, scraped))
        spawn(streams.sweep(settings.sweep_seconds))
        spawn(every(SLOW_READER_CHECK_SECONDS, sockets.drop_slow_readers))
        spawn(every(WORTH_SECONDS, lambda: note(worths, terms, rates.currency, clock)))
        spawn(every(ENDED_SECONDS, lambda: _tell_ends(checkout, streams)))
        spawn(every(ROUND_SECONDS, doors.open_keys.close_dead))
        spawn(every(CLEAN_UP_SECONDS, doors.clean_up))
        spawn(every(CLEAN_UP_SECONDS, x402.clean_up))
        spawn(every(CLEAN_UP_SECONDS, outgoing.forget))
        try:
            yield app
        finally:
            await site.stop()
            x402.stop()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(options.drain_seconds):
                    await relay.drain()
                    await sockets.drain()
                    await outgoing.teller.drain()
            await background.end()
            sockets.hang_up()
            await sio.shutdown()


async def _tell_ends(checkout: Checkout, streams: Streams) -> None:
    for event in await checkout.end():
        streams.announce(event)
