"""Routes of webhook endpoints: made, changed, tested and rotated by their merchant, with their log and redelivery."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web

from relay.audit import Act, act
from relay.channel import Event
from relay.egress import Egress
from relay.errors import Conflict, InvalidRequest, NotFound
from relay.ids import new_id
from relay.merchant import Merchant
from relay.server.auth import Caller
from relay.server.http import Doorman, read_body, respond, respond_page
from relay.server.openapi import operation
from relay.store.deliveries import Deliveries
from relay.store.endpoints import Endpoints
from relay.store.journal import Journal
from relay.webhook import KEY_BYTES, Endpoint, EndpointId, Keys
from relay.wire import account_answers, api, queries
from relay.wire.endpoints import (
    MAX_OVERLAP_SECONDS,
    CreateEndpoint,
    Redeliver,
    Rotate,
    UpdateEndpoint,
    delivery_json,
    endpoint_json,
    read_description,
    read_patterns,
    read_profile,
    updated,
)
from relay.wire.events import webhook_event

PAGE = 500
MAX_REDELIVERED = 5_000  # events one request looks at; its answer says where the next one goes on
MAX_SEQ = 2**63 - 1


class WebhookRoutes:
    """`/v1/webhooks` and its family. `wake` is told whose outbox was filled here, `announce` of a test's event."""

    def __init__(
        self,
        *,
        doorman: Doorman,
        endpoints: Endpoints,
        deliveries: Deliveries,
        journal: Journal,
        egress: Egress,
        announce: Callable[[Event], None],
        wake: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._doorman = doorman
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._journal = journal
        self._egress = egress
        self._announce = announce
        self._wake = wake
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/webhooks", self.create)
        app.router.add_get("/v1/webhooks", self.list)
        app.router.add_get("/v1/webhooks/{id}", self.read)
        app.router.add_patch("/v1/webhooks/{id}", self.update)
        app.router.add_delete("/v1/webhooks/{id}", self.delete)
        app.router.add_post("/v1/webhooks/{id}/rotate", self.rotate)
        app.router.add_post("/v1/webhooks/{id}/test", self.test)
        app.router.add_get("/v1/webhooks/{id}/deliveries", self.deliveries)
        app.router.add_post("/v1/webhooks/{id}/redeliver", self.redeliver)

    @operation("Add a webhook endpoint", body=CreateEndpoint, answers={201: account_answers.Endpoint}, once=True)
    async def create(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        merchant = caller.merchant

        async def once() -> tuple[int, Mapping[str, object]]:
            wish = api.decode(await read_body(request), CreateEndpoint)
            now = self._clock()
            endpoint = Endpoint(
                id=EndpointId(new_id("we", now)),
                merchant=merchant.id,
                url=wish.url,
                events=read_patterns(wish.events),
                profile=read_profile(wish.profile),
                created=now,
                description=read_description(wish.description),
                environment=merchant.environment,
            )
            await self._egress.permit(endpoint.url)
            keys = _new_keys(now)
            await self._endpoints.add(endpoint, keys, _done(caller, "added", endpoint, now))
            self._wake(merchant.id)
            return 201, endpoint_json(endpoint, [keys], secret=True)

        return await self._doorman.once(request, merchant.id, once)

    @operation("Webhook endpoints", query=queries.ListEndpoints, answers={200: account_answers.Endpoints})
    async def list(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.ListEndpoints)
        page = await self._endpoints.list(merchant, invoice=asked.invoice, after=asked.after, limit=asked.limit)
        now = self._clock()
        keys = {endpoint.id: await self._endpoints.keys(endpoint, now) for endpoint in page.items}
        return respond_page(page, lambda endpoint: endpoint_json(endpoint, keys[endpoint.id]))

    @operation("A webhook endpoint", answers={200: account_answers.Endpoint})
    async def read(self, request: web.Request) -> web.Response:
        endpoint = await self._find(request, await self._doorman.merchant(request))
        return respond(200, endpoint_json(endpoint, await self._endpoints.keys(endpoint, self._clock())))

    @operation("Change an endpoint", body=UpdateEndpoint, answers={200: account_answers.Endpoint})
    async def update(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        endpoint = await self._find(request, caller.merchant)
        now = self._clock()
        after = updated(endpoint, api.decode(await read_body(request), UpdateEndpoint), now)
        if after.url != endpoint.url:
            await self._egress.permit(after.url)
        await self._endpoints.update(after, _done(caller, "changed", after, now))
        return respond(200, endpoint_json(after, await self._endpoints.keys(after, now)))

    @operation("Delete an endpoint", answers={200: account_answers.Deleted})
    async def delete(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        endpoint = await self._find(request, caller.merchant)
        await self._endpoints.delete(endpoint, _done(caller, "deleted", endpoint, self._clock()))
        return respond(200, {"id": endpoint.id, "deleted": True})

    @operation(
        "New keys; the old ones sign along for a while",
        body=Rotate,
        body_required=False,
        answers={200: account_answers.Endpoint},
        once=True,
    )
    async def rotate(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        merchant = caller.merchant

        async def once() -> tuple[int, Mapping[str, object]]:
            endpoint = await self._find(request, merchant)
            if endpoint.invoice is not None:
                raise Conflict("an invoice's own URL has its merchant's keys, which do not change")
            wish = api.decode(await read_body(request) or b"{}", Rotate)
            if not 0 <= wish.overlap_seconds <= MAX_OVERLAP_SECONDS:
                raise InvalidRequest(f"overlapSeconds: from 0 to {MAX_OVERLAP_SECONDS}")
            now = self._clock()
            until, done = now + timedelta(seconds=wish.overlap_seconds), _done(caller, "rotated", endpoint, now)
            await self._endpoints.rotate(endpoint, _new_keys(now), until, done)
            return 200, endpoint_json(endpoint, await self._endpoints.keys(endpoint, now), secret=True)

        return await self._doorman.once(request, merchant.id, once)

    @operation("Send a test event", answers={202: account_answers.Told}, once=True)
    async def test(self, request: web.Request) -> web.Response:
        """An event of its own, `webhook.test`, told to this endpoint alone; the log says how it went."""
        merchant = await self._doorman.merchant(request)

        async def once() -> tuple[int, Mapping[str, object]]:
            endpoint = await self._find(request, merchant)
            if endpoint.disabled is not None:
                raise Conflict("the endpoint is disabled; enable it first")
            now = self._clock()
            id = new_id("evt", now)
            event = await self._endpoints.tell(
                endpoint, lambda seq: webhook_event(endpoint, "test", id=id, seq=seq, time=now, reason=None)
            )
            self._announce(event)
            self._wake(merchant.id)
            return 202, {"event": event.id, "seq": event.seq}

        return await self._doorman.once(request, merchant.id, once)

    @operation("An endpoint's delivery log", query=queries.ListDeliveries, answers={200: account_answers.Deliveries})
    async def deliveries(self, request: web.Request) -> web.Response:
        endpoint = await self._find(request, await self._doorman.merchant(request))
        asked = queries.read_query(request.query, queries.ListDeliveries)
        page = await self._deliveries.log(endpoint, state=asked.status, before=asked.after, limit=asked.limit)
        return respond_page(page, delivery_json)

    @operation("Deliver an event, or a range, again", body=Redeliver, answers={202: account_answers.Queued}, once=True)
    async def redeliver(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        merchant = caller.merchant

        async def once() -> tuple[int, Mapping[str, object]]:
            endpoint = await self._find(request, merchant)
            if endpoint.disabled is not None:
                raise Conflict("the endpoint is disabled; enable it first")
            wish = api.decode(await read_body(request), Redeliver)
            queued, next = await self._again(endpoint, wish, _done(caller, "redelivered", endpoint, self._clock()))
            self._wake(merchant.id)
            return 202, {"queued": queued, "hasMore": next is not None, "next": next}

        return await self._doorman.once(request, merchant.id, once)

    async def _again(self, endpoint: Endpoint, wish: Redeliver, done: Act) -> tuple[int, int | None]:
        """How many deliveries were queued, and the `after` to go on with where there may be more."""
        now = self._clock()
        if sum(given is not None for given in (wish.event, wish.after, wish.since)) != 1:
            raise InvalidRequest("give one of event, after (with upTo) or since (with until)")
        if wish.event is not None:
            event = await self._journal.event(endpoint.merchant, wish.event)
            if event is None:
                raise NotFound("there is no such event")
            return await self._deliveries.again(endpoint, [event], now, done), None
        if not 0 <= (wish.after or 0) <= (MAX_SEQ if wish.up_to is None else wish.up_to) <= MAX_SEQ:
            raise InvalidRequest("after, upTo: numbers of events, after not past upTo")
        until = None if wish.until is None else api.read_time(wish.until, "until")
        after = wish.after or 0
        if wish.since is not None:
            after = await self._journal.seq_before(endpoint.merchant, api.read_time(wish.since, "since"))
        queued = 0
        for _ in range(MAX_REDELIVERED // PAGE):
            page = await self._journal.events(endpoint.merchant, after, PAGE)
            chosen = [
                event
                for event in page
                if (wish.up_to is None or event.seq <= wish.up_to) and (until is None or event.time < until)
            ]
            queued += await self._deliveries.again(endpoint, chosen, now, done)
            if len(page) < PAGE or len(chosen) < len(page):
                return queued, None
            after = page[-1].seq
        return queued, after

    async def _find(self, request: web.Request, merchant: Merchant) -> Endpoint:
        endpoint = await self._endpoints.get(merchant, request.match_info["id"])
        if endpoint is None:
            raise NotFound("there is no such webhook endpoint")
        return endpoint


def _new_keys(now: datetime) -> Keys:
    return Keys(new_id("wk", now), secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES))


def _done(caller: Caller, what: str, endpoint: Endpoint, now: datetime) -> Act:
    """For the audit log: of the URL only the host, the rest may be a secret of the receiver's."""
    host = urlsplit(endpoint.url).hostname or ""
    state = {"disabled": "yes"} if endpoint.disabled is not None else {}
    return act(caller.key.id, f"webhook.{what}", endpoint.merchant, endpoint.id, now, {"host": host, **state})
