"""Routes of invoices: made, read, listed and cancelled by their merchant; read by whoever has the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web

from relay.assign import assign
from relay.channel import Event
from relay.checkout import Checkout
from relay.egress import Egress
from relay.errors import Conflict, Forbidden, InvalidRequest, NotFound
from relay.invoice import Invoice, InvoiceId
from relay.key import Key, read_origin
from relay.merchant import Merchant
from relay.payment import PaymentId
from relay.server.http import Doorman, read_body, respond, respond_page
from relay.server.listings import Listings
from relay.server.openapi import Auth, operation
from relay.server.payments import payment_json
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.wire import answers, api, queries

PAGE_FIELDS = frozenset({"network", "asset", "amount", "price", "alternatives", "expiresIn", "redirectUrl", "metadata"})


class InvoiceRoutes:
    """`POST /v1/invoices` and its family."""

    def __init__(
        self,
        *,
        doorman: Doorman,
        checkout: Checkout,
        invoices: Invoices,
        journal: Journal,
        egress: Egress,
        listings: Listings,
        announce: Callable[[Event], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._doorman = doorman
        self._checkout = checkout
        self._invoices = invoices
        self._journal = journal
        self._egress = egress
        self._listings = listings
        self._announce = announce
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/invoices", self.create)
        app.router.add_get("/v1/invoices", self.list)
        app.router.add_get("/v1/invoices/{id}", self.read)
        app.router.add_post("/v1/invoices/{id}/cancel", self.cancel)
        app.router.add_post("/v1/invoices/{id}/quote", self.quote)
        app.router.add_post("/v1/payments/{id}/assign", self.assign)

    @operation("Make an invoice", body=api.CreateInvoice, answers={201: answers.Invoice}, once=True)
    async def create(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request, pages=True)
        merchant, body = caller.merchant, await read_body(request)
        wish = api.decode(body, api.CreateInvoice)
        if wish.listing is not None:
            if api.decode(body, dict).keys() != {"listing"}:
                raise InvalidRequest("listing: it says all there is to say; nothing goes beside it")
            wish = await self._listings.read(wish.listing, caller)
        elif caller.key.is_page:
            _refuse_beyond_a_page(caller.key, body, wish)

        async def act() -> tuple[int, Mapping[str, object]]:
            if wish.webhook_url is not None:
                await self._egress.permit(wish.webhook_url)
            invoice = await self._checkout.create(merchant, wish)
            shown = self._checkout.describe(invoice, secret=True)
            return 201, {**shown, **self._checkout.webhook_secret(invoice)}

        holder = merchant.id if not caller.key.is_page else f"page of {merchant.id}"
        return await self._doorman.once(request, holder, act)

    @operation("An invoice", answers={200: answers.Invoice}, auth=Auth.PERHAPS)
    async def read(self, request: web.Request) -> web.Response:
        """The merchant sees his invoice whole; anyone else who has the unguessable id sees what a payer needs."""
        secret = await self._is_the_merchants(request)
        return respond(200, self._checkout.describe(await self._shown(request), secret=secret))

    @operation("Invoices, newest first", query=queries.ListInvoices, answers={200: answers.Invoices})
    async def list(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.ListInvoices)
        page = await self._invoices.list(
            merchant.id,
            status=asked.status,
            content=asked.content,
            customer=asked.customer,
            order=asked.order,
            transaction=asked.transaction,
            since=None if asked.since is None else api.read_time(asked.since, "since"),
            until=None if asked.until is None else api.read_time(asked.until, "until"),
            after=asked.after,
            limit=asked.limit,
        )
        return respond_page(
            page,
            lambda invoice: self._checkout.describe(invoice, secret=True),
            lambda invoice: all(merchant.sees(offer.chain) for offer in invoice.offers),
        )

    @operation("Cancel an invoice nobody began to pay", answers={200: answers.Invoice}, once=True)
    async def cancel(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)

        async def act() -> tuple[int, Mapping[str, object]]:
            invoice = await self._find(request)
            _require_own(merchant, invoice)
            cancelled = await self._checkout.cancel(merchant.id, invoice.id)
            if cancelled is None:
                status = invoice.status_at(self._clock())
                raise Conflict(f"only an invoice nobody has begun to pay can be cancelled; this one is {status}")
            self._announce(cancelled[1])
            return 200, self._checkout.describe(cancelled[0], secret=True)

        return await self._doorman.once(request, merchant.id, act)

    @operation(
        "A fresh quote, where the last one is over", answers={200: answers.Invoice}, auth=Auth.PERHAPS, once=True
    )
    async def quote(self, request: web.Request) -> web.Response:
        """Also done by reading; this one says `rate_unavailable` where there is none."""
        secret = await self._is_the_merchants(request)
        invoice = await self._find(request)

        async def act() -> tuple[int, Mapping[str, object]]:
            return 200, self._checkout.describe(await self._checkout.fresh(invoice), secret=secret)

        holder = invoice.merchant if secret else f"address {self._doorman.address(request)}"
        return await self._doorman.once(request, holder, act)

    @operation(
        "Say which invoice money was for that came for none",
        body=api.AssignPayment,
        answers={200: answers.Payment},
        once=True,
        problems=(404, 409, 503),
    )
    async def assign(self, request: web.Request) -> web.Response:
        """It counts like late money, and is told by another `payment.settled`. Safe to repeat."""
        caller = await self._doorman.caller(request)
        merchant, wish = caller.merchant, api.decode(await read_body(request), api.AssignPayment)

        async def act() -> tuple[int, Mapping[str, object]]:
            payment = await self._journal.payment(PaymentId(request.match_info["id"]), merchant=merchant.id)
            if payment is None or not merchant.sees(payment.signed.chain):
                raise NotFound("there is no such payment")
            invoice = await self._invoices.get(InvoiceId(wish.invoice), merchant=merchant.id)
            if invoice is None:
                raise NotFound("there is no such invoice", code="invoice_not_found")
            _require_own(merchant, invoice)
            payment, event = await assign(
                self._journal, self._checkout, payment, invoice, by=caller.key.id, now=self._clock()
            )
            if event is not None:
                self._announce(event)
            return 200, payment_json(payment)

        return await self._doorman.once(request, merchant.id, act)

    async def _is_the_merchants(self, request: web.Request) -> bool:
        """Whether its own merchant's server asks for an invoice; another merchant's finds none."""
        if "Authorization" not in request.headers:
            return False
        caller = await self._doorman.reader(request)
        if caller.key.is_page:
            return False
        _require_own(caller.merchant, await self._find(request))
        return True

    async def _shown(self, request: web.Request) -> Invoice:
        return await self._checkout.shown(await self._find(request))

    async def _find(self, request: web.Request) -> Invoice:
        invoice = await self._invoices.get(InvoiceId(request.match_info["id"]))
        if invoice is None:
            raise NotFound("there is no such invoice", code="invoice_not_found")
        return invoice


def _require_own(merchant: Merchant, invoice: Invoice) -> None:
    if invoice.merchant != merchant.id or not all(merchant.sees(offer.chain) for offer in invoice.offers):
        raise NotFound("there is no such invoice", code="invoice_not_found")


def _refuse_beyond_a_page(key: Key, body: bytes, wish: api.CreateInvoice) -> None:
    """What a visitor may decide: how much he gives, not what that opens nor whom it pays."""
    beyond = api.decode(body, dict).keys() - PAGE_FIELDS
    if beyond:
        raise Forbidden(f"{sorted(beyond)[0]}: not with a publishable key; it may set {', '.join(sorted(PAGE_FIELDS))}")
    if any(offer.pay_to is not None for offer in wish.alternatives or ()):
        raise Forbidden("payTo: not with a publishable key")
    if wish.redirect_url is not None and _origin_of(wish.redirect_url) not in key.origins:
        raise Forbidden(f"redirectUrl: with this key, a page of {', '.join(key.origins)}")


def _origin_of(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        return read_origin(f"{parts.scheme}://{parts.netloc}")
    except (ValueError, InvalidRequest):
        return None
