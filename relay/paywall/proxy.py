"""`relay paywall` inside: a reverse proxy that puts any website or API behind a price list.

What is free streams through in both directions. Of what is sold, answers up to `answer_bytes` are whole before money
moves; longer ones are paid for at that point and stream on. Websockets are refused: nothing here could price them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from relay.errors import Misconfigured
from relay.paywall import answers
from relay.paywall.aiohttp import asked_of, send
from relay.paywall.paywall import Paywall
from relay.paywall.request import Headers, Served, collect
from relay.wire import x402

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 300.0  # between two pieces of an upstream answer
CONNECTIONS = 500
CHUNK = 64 * 1024
HOP_BY_HOP = frozenset(  # RFC 9110 7.6.1, and what proxies have always dropped
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
OURS = frozenset(  # told by us alone
    {
        *("host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-http-method-override"),
        *(x402.SIGNATURE_HEADER.lower(), x402.SIGNATURE_HEADER_V1.lower()),
    }
)
COOKIES = "paywall_"


class Proxy:
    """One upstream site."""

    def __init__(
        self,
        upstream: str,
        paywall: Paywall,
        *,
        client: Callable[[web.Request], str] = lambda request: request.remote or "",
    ) -> None:
        parts = urlsplit(upstream)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise Misconfigured(f"--upstream: {upstream[:100]!r} is no URL such as http://127.0.0.1:8000")
        self._upstream = upstream.rstrip("/")
        self._paywall = paywall
        self._client = client
        self._http: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        app = web.Application(client_max_size=self._paywall.bounds.body_bytes)
        app.router.add_route("*", "/{path:.*}", self.handle)
        app.cleanup_ctx.append(self._open)
        return app

    async def _open(self, _: web.Application) -> AsyncIterator[None]:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        yield
        await self._http.close()
        await self._paywall.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if (why := _unclear(request)) is not None:
            return await send(request, answers.refused(400, "bad_request", why))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await send(request, answers.refused(501, "no_websockets", "websockets do not pass this paywall"))

        async def serve(extra: Headers | None) -> Served:
            return await self._fetch(request, held=extra is None)

        asked = asked_of(request, self._client(request), self._paywall)
        served = await self._paywall.answer(asked, serve)
        return await send(request, served)

    async def _fetch(self, request: web.Request, *, held: bool) -> Served:
        """The upstream's answer; 502 when it gives none."""
        assert self._http is not None, "the proxy is not open"  # noqa: S101  # aiohttp opens it before it serves
        body: object = None
        if request.body_exists:
            paying = any(name in request.headers for name in (x402.SIGNATURE_HEADER, x402.SIGNATURE_HEADER_V1))
            body = await request.read() if paying else request.content.iter_any()
        url = URL(self._upstream + request.rel_url.raw_path_qs, encoded=True)
        try:
            response = await self._http.request(
                request.method, url, headers=self._sent(request), data=body, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, OSError):
            return answers.refused(502, "bad_gateway", "the site behind this paywall does not answer")
        headers = [(name, self._located(name, value)) for name, value in _passed(response.headers, HOP_BY_HOP)]
        most = self._paywall.bounds.answer_bytes
        try:
            return await collect(response.status, headers, _pieces(response), most=most, held=held)
        except (aiohttp.ClientError, TimeoutError, OSError):
            response.close()
            return answers.refused(502, "bad_gateway", "the site behind this paywall broke off")

    def _sent(self, request: web.Request) -> CIMultiDict[str]:
        sent = CIMultiDict(_passed(request.headers, HOP_BY_HOP | OURS))
        if "Cookie" in sent:
            kept = [part for part in sent["Cookie"].split(";") if not part.strip().startswith(COOKIES)]
            del sent["Cookie"]
            if kept:
                sent["Cookie"] = ";".join(kept).strip()
        sent["X-Forwarded-For"] = self._client(request)
        public = urlsplit(self._paywall.public_url or f"{request.scheme}://{request.host}")
        sent["X-Forwarded-Host"], sent["X-Forwarded-Proto"] = public.netloc, public.scheme
        return sent

    def _located(self, name: str, value: str) -> str:
        """A redirect to the upstream itself is one to us."""
        if name.lower() == "location" and (value + "/").startswith(self._upstream + "/"):
            return value.removeprefix(self._upstream) or "/"
        return value


def _passed(headers: Mapping[str, str], dropped: frozenset[str]) -> list[tuple[str, str]]:
    pairs = list(headers.items())
    named = {word.strip().lower() for name, value in pairs if name.lower() == "connection" for word in value.split(",")}
    return [(name, value) for name, value in pairs if name.lower() not in dropped | named]


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in response.content.iter_chunked(CHUNK):
            yield piece
    finally:
        response.close()


def _unclear(request: web.Request) -> str | None:
    """Why a path could be one page to us and another to the site behind; None for a plain one."""
    raw = request.rel_url.raw_path
    path = unquote(raw)
    if "%2f" in raw.lower() or "\\" in path or "\0" in path or {".", ".."} & set(path.split("/")):
        return "a path has no dot segments, no backslashes and no encoded slashes"
    return None
