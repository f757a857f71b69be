"""The pay page, `/i/{id}`: for people the page in static/pay/, for programs the invoice as JSON.

Whoever has an invoice's link may see it and follow it: the page is given a key that opens the invoice's news without
its access token. A merchant's own site may show the page in a frame, nobody else's.
"""

from __future__ import annotations

import io
from datetime import UTC, timedelta
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from relay.abilities import AssetKind
from relay.access import Signer
from relay.checkout import Checkout
from relay.errors import NotFound
from relay.invoice import Invoice, InvoiceId
from relay.merchant import Merchant
from relay.money import show_units
from relay.server.http import respond
from relay.server.openapi import Auth, operation
from relay.store.invoices import Invoices
from relay.store.merchants import Merchants
from relay.wire import answers

KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
ASSETS_KEPT = timedelta(minutes=5)  # an upgrade of the relay reaches open browsers within this
QR_SCALE, QR_BORDER = 5, 2


class PageRoutes:
    """The page, what it is made of, and its address as a QR code."""

    def __init__(self, *, checkout: Checkout, invoices: Invoices, merchants: Merchants, signer: Signer) -> None:
        self._checkout = checkout
        self._invoices = invoices
        self._merchants = merchants
        self._signer = signer
        self._static = Path(str(resources.files("relay.server").joinpath("static")))
        self._page = Template((self._static / "pay" / "index.html").read_text("utf-8"))
        self._missing = (self._static / "pay" / "missing.html").read_text("utf-8")

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/i/{id}", self.page)
        app.router.add_get("/i/{id}/qr.svg", self.qr)
        app.router.add_get("/relay.js", self.script)
        app.router.add_get("/i/assets/{path:.+}", self.asset)

    @operation("An invoice's page", answers={200: (answers.Invoice, "text/html")}, auth=Auth.ANYONE)
    async def page(self, request: web.Request) -> web.Response:
        """What a person sees; a program that does not ask for HTML gets the invoice."""
        accept = request.headers.get("Accept", "")
        person = "text/html" in accept and "application/json" not in accept
        try:
            found = await self._find(request)
        except NotFound:
            if not person:
                raise
            headers = {"Content-Security-Policy": policy(None), "Cache-Control": "no-store"}
            return web.Response(status=404, text=self._missing, content_type="text/html", headers=headers)
        invoice = await self._checkout.shown(found)
        shown = self._checkout.describe(invoice, secret=False)
        if not person:
            return respond(200, shown)
        merchant = await self._merchants.get(invoice.merchant)
        origin = None if merchant is None else merchant.origin
        page = {"invoice": shown, "key": self._signer.page_key(invoice.id), "origin": origin}
        text = self._page.substitute(
            id=escape(invoice.id),
            merchant=escape(merchant.name if merchant is not None else invoice.merchant),
            page=_inert(msgspec.json.encode(page).decode()),
            plain=_plain(
                invoice, str(shown["status"]), int(str(shown["remaining"])), self._checkout.kind(invoice.offers[0])
            ),
        )
        headers = {"Content-Security-Policy": policy(merchant), "Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    @operation("The page's address as a QR code", answers={200: "image/svg+xml"}, auth=Auth.ANYONE)
    async def qr(self, request: web.Request) -> web.Response:
        """The address of the page, for the camera of a phone: its wallet's browser goes on from there."""
        import segno  # only who shows a code pays for it

        invoice = await self._find(request)
        picture = io.BytesIO()
        url = str(self._checkout.describe(invoice, secret=False)["url"])
        segno.make(url, error="m", micro=False).save(picture, kind="svg", scale=QR_SCALE, border=QR_BORDER)
        headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "default-src 'none'"}
        return web.Response(body=picture.getvalue(), content_type="image/svg+xml", headers=headers)

    @operation("What the page is made of", answers={200: ("text/javascript", "text/css")}, auth=Auth.ANYONE)
    async def asset(self, request: web.Request) -> web.Response:
        """A script or style of the page, or of the client below client/."""
        path = request.match_info["path"]
        base = self._static if path.startswith("client/") else self._static / "pay"
        found = base / path
        kind = KINDS.get(found.suffix)
        if kind is None or ".." in Path(path).parts or not found.is_file():
            raise NotFound(f"there is no /i/assets/{path[:100]}")
        headers = {"Cache-Control": f"public, max-age={int(ASSETS_KEPT.total_seconds())}"}
        return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8", headers=headers)

    @operation("The client and its elements, for a script tag", answers={200: ("text/javascript",)}, auth=Auth.ANYONE)
    async def script(self, request: web.Request) -> web.Response:
        """What a site includes to sell with one tag; also on npm, and to be served by the site itself."""
        body = (self._static / "client" / "dist" / "relay.js").read_bytes()
        headers = {
            "Cache-Control": f"public, max-age={int(ASSETS_KEPT.total_seconds())}",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return web.Response(body=body, content_type="text/javascript", charset="utf-8", headers=headers)

    async def _find(self, request: web.Request) -> Invoice:
        invoice = await self._invoices.get(InvoiceId(request.match_info["id"]))
        if invoice is None:
            raise NotFound("there is no such invoice", code="invoice_not_found")
        return invoice


def policy(merchant: Merchant | None) -> str:
    """The page's Content-Security-Policy: nothing from elsewhere, framed by the merchant's site only."""
    ancestors = "'none'" if merchant is None or not merchant.origin else _origin(merchant.origin)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )


def _origin(text: str) -> str:
    """Scheme, host and port only: what a header may hold, whatever was registered."""
    parts = urlsplit(text)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc.isascii() and ";" not in parts.netloc else "'none'"


def _inert(json: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _plain(invoice: Invoice, status: str, left: int, kind: AssetKind | None) -> str:
    """The essentials without JavaScript, of the first way to pay."""
    offer = invoice.offers[0]

    def amount(units: int) -> str:
        return f"{units} of {offer.asset}" if kind is None else f"{show_units(units, kind.decimals)} {kind.symbol}"

    payees = ", ".join(share.account for share in offer.pay_to)
    if len(offer.pay_to) > 1:
        payees = ", ".join(f"{amount(share.amount)} to {share.account}" for share in offer.pay_to)
    rows = {
        "Status": status,
        "Amount": amount(left or offer.amount),
        "To": payees,
        "Memo, to be sent along": invoice.memo,
        "Network": str(offer.chain),
        "Pay until": f"{invoice.expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items()) + "</dl>"
