"""A newspaper that sells through a relay by one script and one tag, in a few routes as any site would write them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from aiohttp import ClientSession, web

from relay.access import verify
from relay.errors import Unauthorized
from tests.browser.processes import ROOT, Demo

SCRIPT = ROOT / "plugins" / "js" / "dist" / "relay.js"
PAID = "The rest, which was paid for"
WALLETS = """
for (const [name, account] of {wallets}) {{
  const open = async () => {{
    if (window.deny) throw {{ code: window.ends ?? 4001, message: "no" }};
    return RelayClient.developmentSigner(account);
  }};
  RelayClient.announceWallet(RelayClient.hederaWallet({{ name, networks: account ? ["hedera:devnet"] : [], open }}));
}}
"""
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>The paper</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark; font: 1.05rem/1.6 Georgia, serif }}
main {{ max-width: 38rem; margin: 2rem auto; padding: 0 1rem }}</style>
<script src="/relay.js" defer></script>
<script type="module">{wallets}</script></head>
<body><main><h1>An article worth its price</h1><p>The teaser, which everybody may read.</p>{tag}</main></body></html>"""


@dataclass
class Paper:
    """`price` is what an invoice asks; the page's own word for it is `label`. What was asked is in `asked`."""

    demo: Demo
    url: str = ""
    price: dict[str, Any] = field(default_factory=lambda: {"network": "hedera:devnet", "amount": "70000000"})
    label: str = "0.7 ℏ"
    free: int = 0
    down: bool = False
    now: datetime | None = None
    tag: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def secret(self) -> dict[str, Any]:
        return dict(json.loads((self.demo.data / "demo.json").read_text()))

    def page(self, request: web.Request) -> web.Response:
        asked = request.query
        names = [pair.split("=") for pair in asked.get("wallets", "Test Wallet=0.0.1001").split(",") if pair]
        more = f' theme="{asked["theme"]}"' if "theme" in asked else ""
        more += ' free-url="/free"' if self.free else ""
        more += f' merchant="{self.secret["merchant"]}"' if "merchant" in asked else ""
        more += f' redirect-declined="{asked["declined"]}"' if "declined" in asked else ""
        tag = self.tag or (
            f'<relay-paywall relay="{self.demo.url}" content-id="post-1" content-url="/content" invoice-url="/invoice" '
            f'price="{escape(self.label)}"{more}></relay-paywall>'
        )
        wallets = WALLETS.format(wallets=json.dumps(names))
        text = PAGE.format(tag=tag, wallets=wallets, language=asked.get("lang", "en"))
        return web.Response(text=text, content_type="text/html")

    async def content(self, request: web.Request) -> web.Response:
        self.asked.append("content")
        if self.down:
            return web.json_response({"code": "internal"}, status=500)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return web.json_response({"code": "payment_required", "freeLeft": self.free}, status=402)
        async with ClientSession() as http, http.get(f"{self.demo.url}/.well-known/jwks.json") as response:
            jwks = await response.json()
        here = {"issuer": self.demo.url, "audience": self.demo.url, "scope": "content:post-1"}
        try:
            verify(token, jwks, now=self.now or datetime.now().astimezone(), **here)
        except Unauthorized as error:
            return web.json_response({"code": "token_expired", "detail": error.message}, status=401)
        return web.json_response({"html": f"<h2>{PAID}</h2><p>Word by word.</p>"})

    async def free_article(self, request: web.Request) -> web.Response:
        self.free -= 1
        return web.json_response({"html": f"<h2>{PAID}</h2>"})

    async def invoice(self, request: web.Request) -> web.Response:
        self.asked.append("invoice")
        key = {"Authorization": f"Bearer {self.secret['apiKey']}"}
        wish = {**self.price, "contentId": "post-1"}
        async with ClientSession(headers=key) as http, http.post(f"{self.demo.url}/v1/invoices", json=wish) as response:
            return web.json_response(await response.json(), status=response.status)

    async def script(self, request: web.Request) -> web.Response:
        return web.Response(text=SCRIPT.read_text(), content_type="text/javascript")

    async def serve(self, request: web.Request) -> web.Response:
        return self.page(request)


@asynccontextmanager
async def printed(demo: Demo) -> AsyncIterator[Paper]:
    """The paper, at an origin of its own."""
    paper = Paper(demo)
    app = web.Application()
    app.router.add_get("/relay.js", paper.script)
    app.router.add_get("/content", paper.content)
    app.router.add_post("/free", paper.free_article)
    app.router.add_post("/invoice", paper.invoice)
    app.router.add_get("/{path:.*}", paper.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        paper.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield paper
    finally:
        await runner.cleanup()
