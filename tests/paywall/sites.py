"""The same small shop in everything it may be made with: aiohttp, FastAPI, Django, anything at all behind the proxy.

Each sells `/report` for a cent, has `/free` and counts in `runs` how often its handler ran.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from aiohttp import web
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from relay.paywall import Paywall
from relay.paywall.aiohttp import protect
from relay.paywall.asgi import Protected
from relay.paywall.proxy import Proxy
from tests.paywall.till import serving

WORTH_IT = "worth it"
Site = Callable[[Paywall, list[str]], Any]


@asynccontextmanager
async def aiohttp_site(paywall: Paywall, runs: list[str], told: list[int] | None = None) -> AsyncIterator[str]:
    """`told`: the status of every answer, as it goes out."""

    async def note(request: web.Request, answer: web.StreamResponse) -> None:
        if told is not None:
            told.append(answer.status)

    app = web.Application()
    app.on_response_prepare.append(note)
    _routes(app, runs)
    protect(app, paywall)
    async with serving(app) as url:
        yield url


@asynccontextmanager
async def fastapi_site(paywall: Paywall, runs: list[str]) -> AsyncIterator[str]:
    app = FastAPI()

    @app.api_route("/report", methods=["GET", "POST"])
    async def report(request: Request) -> PlainTextResponse:
        runs.append((await request.body()).decode())
        return PlainTextResponse(WORTH_IT)

    @app.get("/free")
    async def free() -> PlainTextResponse:
        return PlainTextResponse("free")

    async with asgi(Protected(app, paywall)) as url:
        yield url


@asynccontextmanager
async def django_site(paywall: Paywall, runs: list[str]) -> AsyncIterator[str]:
    def report(request: HttpRequest) -> HttpResponse:
        runs.append(request.body.decode())
        return HttpResponse(WORTH_IT, content_type="text/plain")

    def free(request: HttpRequest) -> HttpResponse:
        return HttpResponse("free", content_type="text/plain")

    urls = type("urls", (), {"urlpatterns": [path("report", report), path("free", free)]})
    if not settings.configured:
        settings.configure(DEBUG=True, ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=urls, SECRET_KEY="tests", USE_TZ=True)
    settings.ROOT_URLCONF = urls
    async with asgi(Protected(get_asgi_application(), paywall), lifespan="off") as url:
        yield url
    await paywall.close()  # Django is told of no end


@asynccontextmanager
async def proxied_site(paywall: Paywall, runs: list[str]) -> AsyncIterator[str]:
    plain = web.Application()
    _routes(plain, runs)
    async with serving(plain) as upstream, serving(Proxy(upstream, paywall).application()) as url:
        yield url


SITES: dict[str, Site] = {
    "aiohttp": aiohttp_site,
    "fastapi": fastapi_site,
    "django": django_site,
    "proxy": proxied_site,
}


@asynccontextmanager
async def asgi(app: Any, lifespan: str = "on") -> AsyncIterator[str]:
    """An ASGI application under uvicorn, on a port of its own; its URL."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan=lifespan, log_level="warning", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listening]))  # without its signal handlers
    try:
        while not server.started:
            assert not serving.done(), "uvicorn ended at once"
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def _routes(app: web.Application, runs: list[str]) -> None:
    async def report(request: web.Request) -> web.Response:
        runs.append(await request.text())
        return web.Response(text=WORTH_IT)

    async def free(request: web.Request) -> web.Response:
        return web.Response(text="free")

    app.router.add_get("/report", report)
    app.router.add_post("/report", report)
    app.router.add_get("/free", free)
