"""How answers pass the paywall in each framework: long ones, streams, files, websockets, and those that break off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from relay.paywall import Bounds, Flow, Paywall, PriceList, Rule
from relay.paywall.asgi import Protected
from relay.paywall.proxy import Proxy
from tests.paywall.sites import asgi
from tests.paywall.till import Till, get, open_shop, payment, served, serving

SMALL = Bounds(answer_bytes=1000)
UPFRONT = PriceList([Rule("/sold/*", "$0.01", flow=Flow.UPFRONT)])
LONG = b"0123456789" * 1000


async def pieces(pause: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    for at in range(0, len(LONG), 500):
        yield LONG[at : at + 500]
        if pause is not None:
            await pause.wait()


async def test_an_answer_too_long_to_keep_is_made_again_for_a_get_and_not_for_a_post() -> None:
    async with proxied(handler=long_answer, bounds=SMALL) as site:
        paid = payment()
        for _ in range(2):
            assert (await get(f"{site.url}/sold/a", PAYMENT_SIGNATURE=paid)).body == LONG
        assert (len(site.seen), site.till.asked.count("settle")) == (2, 1)

        paid = payment()
        assert (await get(f"{site.url}/sold/a", method="POST", PAYMENT_SIGNATURE=paid)).body == LONG
        again = await get(f"{site.url}/sold/a", method="POST", PAYMENT_SIGNATURE=paid)
        assert (again.status, again.json["error"], len(site.seen)) == (409, "already_answered", 3)


async def test_a_long_answer_nobody_got_while_it_was_settled_is_made_again_whatever_the_method() -> None:
    async with proxied(handler=long_answer, bounds=Bounds(answer_bytes=1000, hold_seconds=1)) as site:
        site.till.settlements, paid = [done := asyncio.Event()], payment()
        assert (await get(f"{site.url}/sold/a", method="POST", PAYMENT_SIGNATURE=paid)).status == 503
        done.set()
        assert (await served(f"{site.url}/sold/a", paid, method="POST")).body == LONG
        assert site.till.asked.count("settle") == 1


async def test_a_long_answer_is_held_until_it_is_paid_for() -> None:
    async with proxied(handler=long_answer, bounds=SMALL) as site:
        site.till.settlements = [
            {"success": False, "errorReason": "transaction_failed", "transaction": "", "network": ""}
        ]
        got = await get(f"{site.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert got.status == 402 and b"01234" not in got.body


async def test_a_handler_that_streams_by_itself_needs_flow_upfront() -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = Events()
        await response.prepare(request)
        async for piece in pieces():
            await response.write(piece)
        return response

    class Events(web.StreamResponse):
        """As libraries for server-sent events have it."""

    async with open_shop() as shop:
        shop.handle = stream
        with pytest.raises(aiohttp.ClientError):
            await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert "settle" not in shop.till.asked
    async with open_shop(prices=UPFRONT) as shop:
        shop.handle = stream
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert (got.status, got.body) == (200, LONG)
        assert got.header("PAYMENT-RESPONSE")["success"] is True


async def test_a_file_is_sent_once_it_is_paid_for(tmp_path: Path) -> None:
    (tmp_path / "book.pdf").write_bytes(LONG)

    async def file(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(tmp_path / "book.pdf")

    async with open_shop() as shop:
        shop.handle = file
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert (got.status, got.body) == (200, LONG)
        assert got.header("PAYMENT-RESPONSE")["success"] is True
        assert got.headers["Cache-Control"].startswith("private")


async def test_an_asgi_stream_that_is_paid_upfront_arrives_as_it_is_made() -> None:
    app, pause = FastAPI(), asyncio.Event()

    @app.get("/sold/a")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces(pause))

    async with (
        asyncio.timeout(30),
        standing(app, prices=UPFRONT) as (url, _),
        aiohttp.ClientSession() as http,
        http.get(f"{url}/sold/a", headers={"PAYMENT-SIGNATURE": payment()}) as response,
    ):
        assert await response.content.readexactly(500) == LONG[:500]
        pause.set()
        assert await response.read() == LONG[500:]


async def test_an_asgi_answer_longer_than_is_kept_streams_on_after_it_is_paid_for() -> None:
    app = FastAPI()

    @app.get("/sold/a")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces())

    async with standing(app, bounds=SMALL) as (url, till):
        assert (await get(f"{url}/sold/a", PAYMENT_SIGNATURE=payment())).body == LONG
        assert till.asked == ["offers", "verify", "settle"]


async def test_an_asgi_application_that_breaks_costs_nothing() -> None:
    app = FastAPI()

    @app.get("/sold/a")
    async def broken() -> None:
        raise RuntimeError("bug")

    async with standing(app) as (url, till):
        assert (await get(f"{url}/sold/a", PAYMENT_SIGNATURE=payment())).status == 500
        assert "settle" not in till.asked


async def test_a_websocket_is_not_a_way_around_the_price() -> None:
    app, opened = FastAPI(), []

    @app.websocket("/sold/a")
    async def talk(socket: WebSocket) -> None:
        opened.append(socket)

    till, sent = Till(), []
    wall = Protected(app, Paywall(PriceList.of(["$0.01"]), "http://127.0.0.1:1", "sk"))

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await wall({"type": "websocket", "path": "/sold/a", "headers": []}, receive, send)  # type: ignore[arg-type]
    assert (sent, opened, till.asked) == (["websocket.close"], [], [])


# --- the proxy ---


class Site:
    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.till = Till()
        self.url = ""


async def long_answer(request: web.Request) -> web.StreamResponse:
    return web.Response(body=LONG)


@asynccontextmanager
async def proxied(handler: Any = long_answer, **options: Any) -> AsyncIterator[Site]:
    site, upstream = Site(), web.Application()

    async def handle(request: web.Request) -> web.StreamResponse:
        site.seen.append(request)
        return await handler(request)  # type: ignore[no-any-return]

    upstream.router.add_route("*", "/{path:.*}", handle)
    async with serving(site.till.application()) as relay, serving(upstream) as behind:
        site.till.url = relay
        paywall = Paywall(PriceList.of(["/sold/*=$0.01"]), relay, "sk", **options)
        async with serving(Proxy(behind, paywall).application()) as site.url:
            yield site


@asynccontextmanager
async def standing(
    app: FastAPI, *, prices: PriceList | None = None, bounds: Bounds | None = None
) -> AsyncIterator[tuple[str, Till]]:
    till = Till()
    async with serving(till.application()) as till.url:
        paywall = Paywall(prices or PriceList.of(["/sold/*=$0.01"]), till.url, "sk", bounds=bounds)
        async with asgi(Protected(app, paywall)) as url:
            yield url, till


async def test_the_site_behind_sees_its_visitors_and_none_of_our_secrets() -> None:
    async with proxied() as site:
        await get(
            f"{site.url}/sold/a?q=%20",
            PAYMENT_SIGNATURE=payment(),
            Connection="close, X-Hop",
            X_Hop="1",
            X_Forwarded_For="6.6.6.6",
            X_HTTP_Method_Override="DELETE",
            Cookie="a=b; paywall_access_1=secret; c=d",
        )
        [seen] = site.seen
        assert seen.rel_url.raw_path_qs == "/sold/a?q=%20"
        assert seen.headers["Cookie"] == "a=b; c=d"
        assert seen.headers["X-Forwarded-For"] == "127.0.0.1"
        assert seen.headers["X-Forwarded-Host"] == site.url.removeprefix("http://")
        for gone in ("PAYMENT-SIGNATURE", "X-Hop", "X-HTTP-Method-Override"):
            assert gone not in seen.headers


async def test_bodies_stream_both_ways_where_nothing_is_sold() -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Set-Cookie": "x=y", "Content-Encoding": "identity"})
        await response.prepare(request)
        async for piece in request.content.iter_any():
            await response.write(piece)
        return response

    async with proxied(echo) as site, aiohttp.ClientSession() as http, asyncio.timeout(30):
        more = asyncio.Event()

        async def trickle() -> AsyncIterator[bytes]:
            yield b"first"
            await more.wait()
            yield b"last"

        async with http.post(f"{site.url}/free", data=trickle()) as response:
            assert await response.content.readexactly(5) == b"first"
            more.set()
            assert await response.read() == b"last"
            assert response.headers["Set-Cookie"] == "x=y"


@pytest.mark.parametrize("path", ["/free/../sold/a", "/free/%2e%2e/sold/a", "/free%2fsold", "/free\\..\\sold/a"])
async def test_a_path_that_two_servers_could_read_differently_goes_no_further(path: str) -> None:
    async with proxied() as site:
        host, port = site.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert status.split()[1] in (b"400", b"402")
        assert site.seen == []


async def test_a_site_that_is_away_or_breaks_off_costs_nothing() -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.close()
        return response

    async with proxied(breaks) as site:
        got = await get(f"{site.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert (got.status, "settle" in site.till.asked) == (502, False)


async def test_redirects_lead_here_and_websockets_nowhere() -> None:
    async def away(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"http://{request.host}/login?next=1")

    async with proxied(away) as site:
        assert (await get(f"{site.url}/free")).headers["Location"] == "/login?next=1"
        got = await get(f"{site.url}/free", Upgrade="websocket", Connection="Upgrade")
        assert got.status == 501 and len(site.seen) == 1
