"""Routes of payments and events: the HTTP twin of CRYPTOTRANSFER, what became of it, replay and live stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence

from aiohttp import web

from relay.chain import Chain
from relay.channel import Event, Topic
from relay.channels.feed import Feed, Feeds, read
from relay.errors import InvalidRequest, NotFound, RelayError
from relay.invoice import InvoiceId
from relay.merchant import Merchant
from relay.money import ChainId
from relay.payment import Payment, PaymentId, Status
from relay.recording import Answer
from relay.relay import Relay
from relay.server.answers import answer_json
from relay.server.http import Doorman, read_body, respond, respond_page
from relay.server.limits import Count
from relay.server.open_keys import OpenKeys
from relay.server.openapi import Auth, operation
from relay.server.readers import SLOW_READER_SECONDS
from relay.server.spelling import account_spelled, transaction_spelled
from relay.store.journal import Journal
from relay.stream import Streams
from relay.wire import answers, api, events, queries, transfers

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0  # below the idle time-out of common proxies (30 to 60 s)
LOOK_SECONDS = 1.0  # how long a reader that left may keep its place


class PaymentRoutes:
    """`/v1/payments`, `/v1/events` and the original's `/check/`."""

    def __init__(
        self,
        *,
        doorman: Doorman,
        relay: Relay,
        journal: Journal,
        streams: Streams,
        feeds: Feeds,
        open_keys: OpenKeys,
        reading: Count,
        default: ChainId,
    ) -> None:
        self._doorman = doorman
        self._relay = relay
        self._journal = journal
        self._streams = streams
        self._feeds = feeds
        self._open_keys = open_keys
        self._reading = reading
        self._default = default

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/payments", self.create)
        app.router.add_get("/v1/payments", self.list)
        app.router.add_get("/v1/payments/{id}", self.read)
        app.router.add_get("/v1/events", self.events)
        app.router.add_get("/v1/events/stream", self.stream)
        for path in ("/check", "/check/"):
            app.router.add_get(path, self.check)

    @operation(
        "Relay a signed transfer; safe to repeat",
        body=api.CreatePayment,
        answers={200: answers.Sent},
        auth=Auth.PERHAPS,
        once=True,
        problems=(404,),
    )
    async def create(self, request: web.Request) -> web.Response:
        """Needs no key: like a socket's, the bytes are relayed because of whom they pay. Safe to repeat."""
        wish = api.decode(await read_body(request), api.CreatePayment)
        fields: dict[str, object] = {"network": wish.network, "transaction": wish.transaction, "scheme": wish.scheme}
        signed, _ = transfers.read_transfer(fields, self._default)
        invoice = None if wish.invoice is None else InvoiceId(wish.invoice)

        async def act() -> tuple[int, Mapping[str, object]]:
            try:
                answer = await self._relay.transfer(signed, invoice=invoice)
            except RelayError as error:
                error.extensions = events.refusal(error)
                raise
            if answer.payment.status is Status.REJECTED:
                raise _refused(answer)
            return 200, answer_json(answer)

        return await self._doorman.once(request, await self._doorman.scope(request), act)

    def _chains(self, network: str | None) -> Collection[Chain]:
        """Those that a filter may mean: the one it names, else all, the default first."""
        if network is not None:
            return [self._relay.chain(ChainId.parse(network))]
        return sorted(self._relay.chains.values(), key=lambda chain: chain.id != self._default)

    @operation("A payment", answers={200: answers.Payment})
    async def read(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        payment = await self._journal.payment(PaymentId(request.match_info["id"]))
        if payment is None or payment.merchant != merchant.id or not merchant.sees(payment.signed.chain):
            raise NotFound("there is no such payment")
        return respond(200, payment_json(payment))

    @operation("Payments, newest first", query=queries.ListPayments, answers={200: answers.Payments})
    async def list(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.ListPayments)
        chains = self._chains(asked.network)
        page = await self._journal.payments(
            merchant.id,
            status=asked.status,
            network=None if asked.network is None else ChainId.parse(asked.network),
            payer=None if asked.payer is None else account_spelled(asked.payer, chains),
            transaction=None if asked.transaction is None else transaction_spelled(asked.transaction, chains),
            content=asked.content,
            invoice=asked.invoice,
            since=None if asked.since is None else api.read_time(asked.since, "since"),
            until=None if asked.until is None else api.read_time(asked.until, "until"),
            after=asked.after,
            limit=asked.limit,
        )
        return respond_page(page, payment_json, lambda payment: merchant.sees(payment.signed.chain))

    @operation("Replay events", query=queries.ListEvents, answers={200: answers.Events})
    async def events(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.ListEvents)
        after, limit = asked.after, asked.limit
        page = await self._journal.events(merchant.id, after, limit + 1)
        shown = page[:limit]
        return respond(
            200,
            {
                "data": [events.as_json(event) for event in shown if _heard(merchant, event)],
                "hasMore": len(page) > limit,
                "next": shown[-1].seq if shown else after,
            },
        )

    @operation(
        "Events as they come, resumed by Last-Event-ID",
        query=queries.StreamEvents,
        answers={200: "text/event-stream"},
    )
    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `id` is the seq, so a browser's own reconnection resumes without a gap."""
        caller = await self._doorman.caller(request)

        async def close() -> None:  # too late for an answer: the reader comes back, and is refused
            if request.transport is not None:
                request.transport.abort()

        mark = object()  # a request cannot be a key of a dict
        self._open_keys.enter(caller.key, mark, close)
        try:
            return await self.serve_stream(request, caller.merchant)
        finally:
            self._open_keys.leave(caller.key, mark)

    async def serve_stream(self, request: web.Request, merchant: Merchant) -> web.StreamResponse:
        """Stream a merchant's events to a reader that was already let in; one too many is refused."""
        self._reading.enter(merchant.id)
        try:
            return await self._send_events(request, merchant)
        finally:
            self._reading.leave(merchant.id)

    async def _send_events(self, request: web.Request, merchant: Merchant) -> web.StreamResponse:
        last = request.headers.get("Last-Event-ID") or request.query.get("after")
        if last is not None and not (last.isascii() and last.isdigit() and len(last) <= 19 and int(last) < 1 << 63):
            raise InvalidRequest("Last-Event-ID: the id of the last event you have")
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
                "Access-Control-Allow-Origin": "*",
            }
        )
        await response.prepare(request)
        feed = Feed()

        async def write(text: bytes) -> None:
            async with asyncio.timeout(SLOW_READER_SECONDS):
                await response.write(text)

        async def send(event: Event) -> None:
            if _heard(merchant, event):
                await write(b"id: %d\ndata: %b\n\n" % (event.seq, event.body))

        async def enter(missed: Sequence[Event]) -> None:
            for event in missed:
                await feed.deliver(event)
            self._feeds.add(merchant.id, feed)

        try:
            await write(b"retry: 1000\n\n")
            await self._streams.join(Topic(merchant.id), None if last is None else int(last), send, enter)
            quiet = 0.0
            async for event in read(feed, LOOK_SECONDS):
                if request.transport is None:
                    break
                if event is not None:
                    quiet = 0.0
                    await send(event)
                elif (quiet := quiet + LOOK_SECONDS) >= HEARTBEAT_SECONDS:
                    quiet = 0.0
                    await write(b":\n\n")
        except ConnectionError:
            pass  # the reader left; it comes back with its cursor
        except (RelayError, TimeoutError) as error:  # too late for an answer: hang up, it comes back likewise
            log.info("a stream of events is cut off", extra={"error": type(error).__name__})
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._feeds.remove(merchant.id, feed)
        return response

    @operation("Was this memo paid to this account", query=queries.CheckMemo, answers={200: answers.Check})
    async def check(self, request: web.Request) -> web.Response:
        """The original's question "was this memo paid to this account": only settled payments count as yes."""
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.CheckMemo)
        receiver = account_spelled(asked.receiver_id, self._chains(None))
        found = await self._journal.payments(merchant.id, memo=asked.memo_id, status=Status.SETTLED, limit=100)
        return respond(
            200,
            {
                "response": [
                    {"sender": payment.payer, "nodeprecheck": payment.precheck, **payment_json(payment)}
                    for payment in found.items
                    if merchant.sees(payment.signed.chain)
                    and any(share.account == receiver for share in payment.pay_to)
                ]
            },
        )


def _heard(merchant: Merchant, event: Event) -> bool:
    network = events.network(event)
    return network is None or merchant.sees(network)


def _refused(answer: Answer) -> RelayError:
    """A node's refusal as a problem; 503 where the same bytes may do later."""
    payment = answer.payment
    error = RelayError(payment.error or "the node refused the transfer", code=payment.reason or "node_refused")
    error.status = 503 if payment.reason == "node_unreachable" else 422
    error.extensions = answer_json(answer)
    return error


def payment_json(payment: Payment) -> Mapping[str, object]:
    """A payment as its merchant reads it."""
    return {
        "id": payment.id,
        **events.payment_fields(payment),
        "createdAt": events.timestamp(payment.created),
        "updatedAt": events.timestamp(payment.updated),
    }
