"""A relay as a paywall knows it: a server that can be told how to answer, and counts what it was asked."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from relay.access import Signer
from relay.paywall import Paywall, PriceList
from relay.paywall.aiohttp import protect

OFFER = {
    "scheme": "exact",
    "network": "eip155:84532",
    "amount": "10000",
    "asset": "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
    "payTo": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
    "maxTimeoutSeconds": 120,
    "extra": {"name": "USDC", "version": "2"},
}
SETTLED = {"success": True, "transaction": "0xab", "network": "eip155:84532", "payer": "0x1", "extra": {"payment": "p"}}
AUDIENCE = "https://shop.example"
PENDING = {"success": False, "errorReason": "settlement_pending", "transaction": "0xab", "network": "eip155:84532"}
_nonces = itertools.count()


@dataclass
class Till:
    """What it says next is in `verdicts` and `settlements`; the last one repeats. One may wait for an event."""

    url: str = ""
    verdicts: list[Any] = field(default_factory=lambda: [{"isValid": True}])
    settlements: list[Any] = field(default_factory=lambda: [SETTLED])
    asked: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # the Idempotency-Keys of settlements
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)

    @property
    def signer(self) -> Signer:
        return Signer(b"\x11" * 32, self.url)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/offers", self.offers)
        app.router.add_post("/x402/verify", self.verify)
        app.router.add_post("/x402/settle", self.settle)
        app.router.add_post("/v1/invoices", self.make_invoice)
        app.router.add_get("/v1/invoices/{id}", self.read_invoice)
        app.router.add_post("/v1/access/grant", self.grant)
        app.router.add_get("/.well-known/jwks.json", self.keys)
        app.router.add_get("/.well-known/revoked.jwt", self.taken_back)
        return app

    async def make_invoice(self, request: web.Request) -> web.Response:
        wish, id = await request.json(), f"inv_{len(self.invoices)}"
        made = {"id": id, "secret": f"ivs_of_{id}", "url": f"{self.url}/i/{id}", "status": "created", "payment": None}
        self.invoices[id] = {**wish, **made}
        return web.json_response(self.invoices[id], status=201)

    async def read_invoice(self, request: web.Request) -> web.Response:
        found = self.invoices.get(request.match_info["id"])
        return web.json_response(found or {}, status=200 if found else 404)

    async def grant(self, request: web.Request) -> web.Response:
        wish = await request.json()
        token = self.signer.access_token(
            audience=AUDIENCE,
            merchant="shop",
            payer="0x1",
            content=wish["contentId"],
            invoice="",
            payment=wish["payment"],
            now=datetime.now(UTC),
            lifetime=timedelta(hours=1),
        )
        return web.json_response({"accessToken": token})

    async def keys(self, request: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response(self.signer.jwks)

    async def taken_back(self, request: web.Request) -> web.Response:
        exp = int(datetime.now(UTC).timestamp()) + 60
        return web.Response(text=self.signer.sign({"iss": self.url, "exp": exp, "revoked": self.revoked}))

    async def offers(self, request: web.Request) -> web.Response:
        self.asked.append("offers")
        hbar = {
            **OFFER,
            "network": "hedera:testnet",
            "asset": "0.0.0",
            "payTo": "0.0.2001",
            "extra": {"feePayer": "0.0.7"},
        }
        told = {"issuer": self.url, "audience": AUDIENCE, "shown": "0.01 USDC or 0.1 HBAR"}
        return web.json_response({"accepts": [OFFER, hbar], "alternatives": [], "expiresIn": 300, **told})

    async def verify(self, request: web.Request) -> web.Response:
        self.asked.append("verify")
        said = _next(self.verdicts)
        return web.json_response({}, status=said) if isinstance(said, int) else web.json_response(said)

    async def settle(self, request: web.Request) -> web.Response:
        self.asked.append("settle")
        self.names.append(request.headers.get("Idempotency-Key"))
        said = _next(self.settlements)
        if isinstance(said, asyncio.Event):
            await said.wait()
            said = SETTLED
        if isinstance(said, int):
            return web.json_response({"success": False, "transaction": "", "network": ""}, status=said)
        return web.json_response(said)


def _next(said: list[Any]) -> Any:
    return said.pop(0) if len(said) > 1 else said[0]


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """An application on a port of its own; its URL."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Shop:
    """A small application behind a paywall. `handle` is what its one priced handler does."""

    till: Till
    url: str = ""
    runs: int = 0
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def priced(self, request: web.Request) -> web.StreamResponse:
        self.runs += 1
        if self.handle is not None:
            return await self.handle(request)
        return web.json_response({"secret": 42, "run": self.runs})


@asynccontextmanager
async def open_shop(*lines: str, prices: PriceList | None = None, **options: Any) -> AsyncIterator[Shop]:
    till = Till()
    async with serving(till.application()) as till.url:
        shop, app = Shop(till), web.Application()
        app.router.add_route("*", "/sold/{name}", shop.priced)
        app.router.add_get("/free", _free)
        paywall = Paywall(prices or PriceList.of(lines or ["/sold/*=$0.01"]), till.url, "sk_test_key", **options)
        protect(app, paywall)
        async with serving(app) as shop.url:
            yield shop


async def _free(request: web.Request) -> web.Response:
    return web.Response(text="free")


def payment(**changed: Any) -> str:
    """A PAYMENT-SIGNATURE as a buyer sends it, for the first offer; each with a nonce of its own."""
    nonce = changed.pop("nonce", f"0x{next(_nonces):064x}")
    authorization = {"from": "0xf39F", "to": OFFER["payTo"], "value": OFFER["amount"], "nonce": nonce}
    body = {
        "x402Version": 2,
        "accepted": OFFER,
        "payload": {"authorization": authorization, "signature": "0x00"},
        **changed,
    }
    return base64.b64encode(json.dumps(body).encode()).decode()


@dataclass
class Got:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> Any:
        return json.loads(base64.b64decode(self.headers[name]))


async def served(url: str, payment: str, *, method: str = "GET") -> Got:
    """The answer to who comes again for as long as he is told to."""
    async with asyncio.timeout(40):
        while (got := await get(url, method=method, PAYMENT_SIGNATURE=payment)).status == 503:
            pass
    return got


async def get(url: str, *, method: str = "GET", data: Any = None, **headers: str) -> Got:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, data=data, headers=sent, allow_redirects=False) as response,
    ):
        return Got(response.status, response.headers, await response.read())
