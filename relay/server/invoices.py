"""Routes of invoices: made, read, listed and cancelled by their merchant; read by whoever has the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from relay.checkout import Checkout
from relay.errors import Conflict, InvalidRequest, NotFound
from relay.invoice import Invoice, InvoiceId, InvoiceStatus
from relay.server.http import Doorman, known_filters, query_int, read_body, respond, respond_page
from relay.store.invoices import Invoices
from relay.wire import api


class InvoiceRoutes:
    """`POST /v1/invoices` and its family."""

    def __init__(
        self, *, doorman: Doorman, checkout: Checkout, invoices: Invoices, clock: Callable[[], datetime]
    ) -> None:
        self._doorman = doorman
        self._checkout = checkout
        self._invoices = invoices
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/invoices", self.create)
        app.router.add_get("/v1/invoices", self.list)
        app.router.add_get("/v1/invoices/{id}", self.read)
        app.router.add_post("/v1/invoices/{id}/cancel", self.cancel)

    async def create(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        wish = api.decode(await read_body(request), api.CreateInvoice)

        async def act() -> tuple[int, Mapping[str, object]]:
            return 201, self._checkout.describe(await self._checkout.create(merchant, wish), secret=True)

        return await self._doorman.once(request, merchant.id, act)

    async def read(self, request: web.Request) -> web.Response:
        """The merchant sees his invoice whole; anyone else who has the unguessable id sees what a payer needs."""
        if "Authorization" not in request.headers:
            return respond(200, self._checkout.describe(await self._find(request), secret=False))
        merchant = await self._doorman.merchant(request)
        invoice = await self._find(request)
        if invoice.merchant != merchant.id:
            raise NotFound("there is no such invoice", code="invoice_not_found")
        return respond(200, self._checkout.describe(invoice, secret=True))

    async def list(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        query = request.query
        known_filters(request, "status", "content", "since", "until")
        if "status" in query and query["status"] not in set(InvoiceStatus):
            raise InvalidRequest(f"status: one of {', '.join(InvoiceStatus)}")
        page = await self._invoices.list(
            merchant.id,
            status=InvoiceStatus(query["status"]) if "status" in query else None,
            content=query.get("content"),
            since=api.read_time(query["since"], "since") if "since" in query else None,
            until=api.read_time(query["until"], "until") if "until" in query else None,
            after=query.get("after"),
            limit=query_int(request, "limit", 50, 500),
        )
        return respond_page(page, lambda invoice: self._checkout.describe(invoice, secret=True))

    async def cancel(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)

        async def act() -> tuple[int, Mapping[str, object]]:
            invoice = await self._find(request)
            if invoice.merchant != merchant.id:
                raise NotFound("there is no such invoice", code="invoice_not_found")
            cancelled = await self._invoices.cancel(merchant.id, invoice.id)
            if cancelled is None:
                status = invoice.status_at(self._clock())
                raise Conflict(f"only an invoice nobody has begun to pay can be cancelled; this one is {status}")
            return 200, self._checkout.describe(cancelled, secret=True)

        return await self._doorman.once(request, merchant.id, act)

    async def _find(self, request: web.Request) -> Invoice:
        invoice = await self._invoices.get(InvoiceId(request.match_info["id"]))
        if invoice is None:
            raise NotFound("there is no such invoice", code="invoice_not_found")
        return invoice
