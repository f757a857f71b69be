"""Routes for whoever sells by x402: what a price is today, an access token for who paid, and what buyers discover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from relay.checkout import Checkout
from relay.errors import Conflict, Forbidden, InvalidRequest, NotFound
from relay.merchant import Merchant
from relay.payment import Payment, PaymentId, Status
from relay.selling import Selling
from relay.server.http import Doorman, read_body, respond, respond_page
from relay.server.openapi import Auth, operation
from relay.store.journal import Journal
from relay.store.resources import Listing, Resources, listing_id
from relay.wire import account_answers, api, queries, selling
from relay.wire.events import timestamp
from relay.wire.selling import Catalogue
from relay.wire.x402 import PaymentRequirements

HTTP = "http"  # the one type of thing sold here


class SellingRoutes:
    """`discovery` is served twice: where people look for it, and where SDKs do, below the facilitator's URL."""

    def __init__(
        self,
        *,
        doorman: Doorman,
        selling: Selling,
        checkout: Checkout,
        journal: Journal,
        resources: Resources,
        clock: Callable[[], datetime],
    ) -> None:
        self._doorman = doorman
        self._selling = selling
        self._checkout = checkout
        self._journal = journal
        self._resources = resources
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/v1/offers", self.offers)
        app.router.add_post("/v1/access/grant", self.grant)
        app.router.add_post("/v1/resources", self.list)
        app.router.add_get("/v1/resources", self.own)
        app.router.add_delete("/v1/resources/{id}", self.remove)
        app.router.add_get("/discovery/resources", self.discover)
        app.router.add_get("/x402/discovery/resources", self.discover_below_facilitator)

    @operation("What a price is today", query=selling.AskOffers, answers={200: selling.Offers})
    async def offers(self, request: web.Request) -> web.Response:
        """The ways to pay a price of this merchant's price list."""
        merchant = await self._merchant(request, "payments:read")
        asked = queries.read_query(request.query, selling.AskOffers)
        return respond(200, await self._selling.offers(merchant, asked.price))

    @operation(
        "An access token for whoever paid",
        body=selling.Grant,
        answers={200: selling.Granted},
        once=True,
        problems=(404, 409),
    )
    async def grant(self, request: web.Request) -> web.Response:
        """The merchant says what a settled payment of his opens. One that was for something opens that alone."""
        merchant = await self._merchant(request, "invoices:write")
        wish = api.decode(await read_body(request), selling.Grant)

        async def act() -> tuple[int, Mapping[str, object]]:
            payment = await self._journal.payment(PaymentId(wish.payment))
            if payment is None or payment.merchant != merchant.id or not merchant.sees(payment.signed.chain):
                raise NotFound("there is no such payment")
            _require_opens(payment, wish.content_id)
            token = self._checkout.grant(merchant, payment, wish.content_id)
            return 200, {"accessToken": token, "payment": payment.id, "contentId": wish.content_id}

        return await self._doorman.once(request, merchant.id, act)

    @operation("List something for sale", body=selling.ListResource, answers={201: selling.OwnResource}, once=True)
    async def list(self, request: web.Request) -> web.Response:
        """Listed for a week, or until it is listed again. Only what is on the merchant's own site."""
        merchant = await self._merchant(request, "invoices:write")
        wish = api.decode(await read_body(request), selling.ListResource)

        async def act() -> tuple[int, Mapping[str, object]]:
            wish.require_printable()
            _require_own_site(merchant, wish.url)
            offers = await self._selling.offers(merchant, wish.price)
            ways = msgspec.convert(offers["accepts"], list[PaymentRequirements])
            if not ways:
                raise InvalidRequest("price: x402 buyers can pay it on no network of this merchant")
            now, id = self._clock(), listing_id(merchant.id, wish.method, wish.url)
            body = api.encode(_item(wish, ways)).decode()
            found = Listing(id, merchant.id, wish.url, wish.method, wish.price, HTTP, body, now, now)
            await self._resources.put(found, ways)
            return 201, _own(found)

        return await self._doorman.once(request, merchant.id, act)

    @operation("What is listed, newest first", query=queries.Paged, answers={200: selling.OwnResources})
    async def own(self, request: web.Request) -> web.Response:
        merchant = await self._merchant(request, "invoices:read")
        asked = queries.read_query(request.query, queries.Paged)
        return respond_page(await self._resources.of(merchant.id, after=asked.after, limit=asked.limit), _own)

    @operation("Take a listing down", answers={200: account_answers.Deleted})
    async def remove(self, request: web.Request) -> web.Response:
        merchant = await self._merchant(request, "invoices:write")
        id = request.match_info["id"]
        if not await self._resources.remove(merchant.id, id):
            raise NotFound("there is no such listing")
        return respond(200, {"id": id, "deleted": True})

    @operation("What is for sale here", query=selling.Discover, answers={200: Catalogue}, auth=Auth.ANYONE)
    async def discover(self, request: web.Request) -> web.Response:
        """As x402's Bazaar answers, of this relay's merchants."""
        asked = queries.read_query(request.query, selling.Discover)
        found, total = await self._resources.find(
            self._clock(),
            kind=asked.type,
            pay_to=asked.pay_to,
            scheme=asked.scheme,
            network=asked.network,
            limit=asked.limit,
            offset=asked.offset,
        )
        items = [{**msgspec.json.decode(each.body), "lastUpdated": timestamp(each.updated)} for each in found]
        if asked.extensions is not None:
            items = [item for item in items if asked.extensions in item["extensions"]]
        pagination = {"limit": asked.limit, "offset": asked.offset, "total": total}
        return respond(200, {"x402Version": 2, "items": items, "pagination": pagination})

    @operation("The same, for x402's SDKs", query=selling.Discover, answers={200: Catalogue}, auth=Auth.ANYONE)
    async def discover_below_facilitator(self, request: web.Request) -> web.Response:
        return await self.discover(request)

    async def _merchant(self, request: web.Request, scope: str) -> Merchant:
        """Whoever shows a secret key that may do such things."""
        caller = await self._doorman.holder(request)
        caller.key.require(scope)
        if caller.key.is_page:
            raise Forbidden("a publishable key sells nothing; this route needs a secret key")
        return caller.merchant


def _require_opens(payment: Payment, content: str) -> None:
    if payment.status is not Status.SETTLED:
        raise Conflict(f"the payment is {payment.status}: only a settled one opens anything")
    if payment.content not in (None, content):
        raise Conflict("the payment was for other content, and opens that alone")


def _require_own_site(merchant: Merchant, url: str) -> None:
    """Nobody lists what somebody else sells: the host is the merchant's own, or below it."""
    try:
        host, own = urlsplit(url).hostname or "", urlsplit(merchant.origin or "").hostname or ""
        good = urlsplit(url).scheme in ("http", "https") and bool(own)
    except ValueError:
        good, host, own = False, "", ""
    if not good or not (host == own or host.endswith(f".{own}")):
        raise InvalidRequest(f"url: a page of {own or 'the site the operator registers for this merchant'}")


def _item(wish: selling.ListResource, ways: list[PaymentRequirements]) -> dict[str, object]:
    shown = {
        "description": wish.description,
        "mimeType": wish.mime_type,
        "serviceName": wish.service_name,
        "tags": wish.tags,
        "iconUrl": wish.icon_url,
    }
    return {
        "resource": wish.url,
        "type": HTTP,
        "x402Version": 2,
        "accepts": ways,
        **{name: value for name, value in shown.items() if value is not None},
        "extensions": {"bazaar": {"info": {"input": {"type": HTTP, "method": wish.method}}}},
    }


def _own(listing: Listing) -> dict[str, object]:
    return {
        "id": listing.id,
        "url": listing.url,
        "method": listing.method,
        "price": listing.price,
        "updatedAt": timestamp(listing.updated),
    }
