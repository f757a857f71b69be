"""Routes of figures: totals of a merchant's invoices, and all of them as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from aiohttp import web

from relay import report
from relay.errors import InvalidRequest
from relay.invoice import Invoice
from relay.merchant import Merchant
from relay.server.http import Doorman, respond
from relay.server.openapi import operation
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.worths import Worths
from relay.wire import answers, api, queries

PAGE = 500
MOST = 100_000  # invoices in one report; a second or two of reading


class ReportRoutes:
    def __init__(
        self,
        *,
        doorman: Doorman,
        invoices: Invoices,
        journal: Journal,
        worths: Worths,
        clock: Callable[[], datetime],
    ) -> None:
        self._doorman = doorman
        self._invoices = invoices
        self._journal = journal
        self._worths = worths
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Before the routes of single invoices: `totals` and `export` are no ids."""
        app.router.add_get("/v1/invoices/totals", self.totals)
        app.router.add_get("/v1/invoices/export", self.export)

    @operation("Totals by status, asset and currency", query=queries.Span, answers={200: answers.Totals})
    async def totals(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        totals = report.Totals()
        async for page in self._pages(merchant, request):
            totals.add(page, self._clock())
        return respond(200, totals.as_json())

    @operation("Invoices as CSV, newest first", query=queries.Span, answers={200: "text/csv"})
    async def export(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        table = bytearray(report.head())
        async for page in self._pages(merchant, request):
            payments = await self._journal.payments_by_id([each.payment for each in page if each.payment])
            worths = await self._worths.of([each.id for each in page])
            table += report.rows(page, payments, worths, self._clock())
        headers = {"Content-Disposition": 'attachment; filename="invoices.csv"'}
        return web.Response(body=bytes(table), content_type="text/csv", charset="utf-8", headers=headers)

    async def _pages(self, merchant: Merchant, request: web.Request) -> AsyncIterator[Sequence[Invoice]]:
        asked = queries.read_query(request.query, queries.Span)
        since = None if asked.since is None else api.read_time(asked.since, "since")
        until = None if asked.until is None else api.read_time(asked.until, "until")
        after: str | None = None
        for _ in range(MOST // PAGE):
            page = await self._invoices.list(merchant.id, since=since, until=until, after=after, limit=PAGE)
            yield [each for each in page.items if all(merchant.sees(offer.chain) for offer in each.offers)]
            if page.next is None:
                return
            after = page.next
        raise InvalidRequest(f"more than {MOST} invoices: narrow it with since and until")
