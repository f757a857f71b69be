"""The demo's merchant: a blog that sells one article through this relay. What a real site would write itself.

The rest of the article never leaves the server before it is paid: `rest` answers only to an access token, which it
checks offline, with the public keys and nothing else, as any site can. `make demo` serves it at /demo/.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from relay.access import Signer, verify
from relay.checkout import Checkout
from relay.errors import NotFound, RelayError, Unauthorized
from relay.merchant import Merchant
from relay.money import show_units
from relay.server.http import problem, respond
from relay.server.payments import PaymentRoutes
from relay.server.revocations import Revocations
from relay.wire import api

CONTENT = "post-1"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


Balance = Callable[[str], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay for the article, and which development accounts can."""

    network: str
    asset: str
    units: int
    symbol: str
    decimals: int
    accounts: tuple[str, ...]
    rpc: str | None = None  # for a wallet that has to be told of the network
    balance: Balance | None = None  # what an account holds of it, where wallets cannot ask the relay

    @property
    def json(self) -> dict[str, object]:
        price = f"{show_units(self.units, self.decimals)} {'ℏ' if self.symbol == 'HBAR' else self.symbol}"
        kind = {"asset": self.asset, "symbol": self.symbol, "decimals": self.decimals}
        where = {"network": self.network, "accounts": self.accounts, "rpc": self.rpc}
        return where | kind | {"amount": str(self.units), "shown": price}


class DemoSite:
    """Routes below /demo/. The first of `ways` is what the page offers unless its visitor chooses."""

    def __init__(
        self,
        *,
        root: Path,
        merchant: Merchant,
        ways: Sequence[Way],
        checkout: Checkout,
        payments: PaymentRoutes,
        signer: Signer,
        revocations: Revocations,
    ) -> None:
        self._pages = root / "browser_demo"
        self._client = root / "plugins" / "js"
        self._merchant = merchant
        self._ways = ways
        self._checkout = checkout
        self._payments = payments
        self._signer = signer
        self._revocations = revocations

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.home)
        app.router.add_get("/demo", self.home)
        app.router.add_get("/demo/api/config", self.config)
        app.router.add_post("/demo/api/invoice", self.invoice)
        app.router.add_get("/demo/api/article", self.article)
        app.router.add_get("/demo/api/article/rest", self.rest)
        app.router.add_get("/demo/api/balances/{network}/{account}", self.balance)
        app.router.add_get("/demo/api/events", self.events)
        app.router.add_get("/demo/{path:.*}", self.file)

    async def home(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/demo/")

    async def config(self, request: web.Request) -> web.Response:
        return respond(
            200,
            {
                "network": self._ways[0].network,
                "ways": [way.json for way in self._ways],
                "merchant": self._merchant.id,
                "merchantName": self._merchant.name,
                "contentId": CONTENT,
                "accounts": self._ways[0].accounts,
                "issuer": self._signer.issuer,
                "audience": self._merchant.origin,
            },
        )

    async def invoice(self, request: web.Request) -> web.Response:
        """A fresh invoice for a visitor; a real site calls `POST /v1/invoices` with its key here."""
        offers = [api.OfferRequest(network=way.network, asset=way.asset, amount=str(way.units)) for way in self._ways]
        wish = api.CreateInvoice(alternatives=offers, content_id=CONTENT)
        invoice = await self._checkout.create(self._merchant, wish)
        return respond(201, self._checkout.describe(invoice, secret=True))

    async def article(self, request: web.Request) -> web.Response:
        """What everyone may read."""
        meta = api.decode((self._pages / "article" / "meta.json").read_bytes(), dict)
        teaser = (self._pages / "article" / "teaser.html").read_text()
        return respond(200, {**meta, "teaserHtml": teaser, "price": self._ways[0].json, "contentId": CONTENT})

    async def balance(self, request: web.Request) -> web.Response:
        """What a development account holds."""
        network, account = request.match_info["network"], request.match_info["account"]
        for way in self._ways:
            if way.network == network and account in way.accounts and way.balance is not None:
                return respond(200, {"asset": way.asset, "balance": str(await way.balance(account))})
        raise NotFound("no development account of that name on a network whose balances are asked for here")

    async def rest(self, request: web.Request) -> web.Response:
        """What only a reader who paid may read."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise Unauthorized("the rest of the article needs an access token")
            verify(
                token,
                self._signer.jwks,
                issuer=self._signer.issuer,
                audience=self._merchant.origin or self._signer.issuer,
                scope=f"content:{CONTENT}",
                now=datetime.now().astimezone(),
                revoked=await self._revocations.payments(),
            )
        except Unauthorized as error:
            response = problem(error)
        else:
            response = respond(200, {"html": (self._pages / "article" / "rest.html").read_text()})
        response.headers["Cache-Control"] = "private, no-store"
        response.headers["Vary"] = "Authorization"
        return response

    async def events(self, request: web.Request) -> web.StreamResponse:
        """The merchant's own back office: his stream, without giving his key to a browser."""
        return await self._payments.serve_stream(request, self._merchant)

    async def file(self, request: web.Request) -> web.Response:
        """A page or script of the demo, or the client below client/. Never the article."""
        path = request.match_info["path"] or "index.html"
        base, inside = (
            (self._client, path.removeprefix("client/")) if path.startswith("client/") else (self._pages, path)
        )
        found = (base / inside).resolve()
        kind = KINDS.get(found.suffix)
        hidden = found.is_relative_to(self._pages / "article")
        if kind is None or hidden or not found.is_relative_to(base) or not found.is_file():
            raise NotFound(f"there is no /demo/{path[:100]}")
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        if path == "index.html":
            headers["Link"] = '</demo/api/invoice>; rel="payment"'  # where a wallet without a browser asks what to pay
        return web.Response(body=found.read_bytes(), content_type=kind, charset="utf-8", headers=headers)


def require_pages(root: Path) -> None:
    """The demo's pages are in the repository, not in the installed package."""
    if not (root / "browser_demo" / "index.html").is_file():
        raise RelayError("relay demo runs from a clone of the repository: browser_demo/ is not beside the package")
