"""The paywall in front of an aiohttp application.

    paywall = Paywall(PriceList.of(["/reports/*=$0.05"]), "https://pay.example.com", key)
    protect(app, paywall)

A handler that sends its answer itself (`StreamResponse.prepare`) would send it before it is paid for: it needs a rule
with `flow=upfront`; with any other the connection is closed before its first byte.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from relay.errors import TooLarge
from relay.paywall.paywall import Paywall
from relay.paywall.request import Asked, Headers, Served

log = logging.getLogger(__name__)

_HELD = web.RequestKey("relay.paywall.held", bool)
_EXTRA = web.RequestKey("relay.paywall.extra", list[tuple[str, str]])


def protect(
    app: web.Application,
    paywall: Paywall,
    *,
    client: Callable[[web.Request], str] = lambda request: request.remote or "",
) -> None:
    """Put prices before an application. `client` tells a visitor's address, where a proxy of yours stands before it."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not paywall.concerns(request.method, request.rel_url.raw_path):
            return await handler(request)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            raise web.HTTPForbidden(text="websockets are not sold here")

        async def serve(extra: Headers | None) -> Served:
            request[_HELD] = extra is None
            request[_EXTRA] = list(extra or ())
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = error
            finally:
                request[_HELD], request[_EXTRA] = False, []
            return _served(response)

        return _response(await paywall.answer(asked_of(request, client(request), paywall), serve))

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        if request.get(_HELD):  # while its handler runs
            log.error(
                "a handler streams what is not paid for yet; its rule needs flow upfront", extra={"route": request.path}
            )
            if request.transport is not None:
                request.transport.abort()  # aiohttp has begun this answer, and can send no other
            raise RuntimeError("this handler streams, and needs flow upfront")
        for name, value in request.get(_EXTRA, []):
            response.headers.setdefault(name, value)

    async def close(_: web.Application) -> None:
        await paywall.close()

    app.middlewares.insert(0, guard)
    app.on_response_prepare.append(prepare)
    app.on_cleanup.append(close)


def asked_of(request: web.Request, client: str, paywall: Paywall) -> Asked:
    """A request as the paywall reads it."""

    async def body() -> bytes:
        if (request.content_length or 0) > paywall.bounds.body_bytes:
            raise TooLarge(f"a paid request has at most {paywall.bounds.body_bytes} bytes")
        return await request.read()  # bounded by the application's `client_max_size`

    url = request.rel_url
    return Asked(
        method=request.method,
        url=f"{(paywall.public_url or f'{request.scheme}://{request.host}').rstrip('/')}{url.raw_path_qs}",
        path=url.raw_path,
        query=url.raw_query_string,
        headers={name.lower(): value for name, value in request.headers.items()},
        client=client,
        body=body,
    )


def _served(response: web.StreamResponse) -> Served:
    body = response.body if isinstance(response, web.Response) else None
    if response.prepared or not (body is None or isinstance(body, bytes)) or not isinstance(response, web.Response):
        return Served(response.status, list(response.headers.items()), native=response)
    headers = list(response.headers.items())
    headers += [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
    return Served(response.status, headers, body or b"")


def _response(served: Served) -> web.StreamResponse:
    if isinstance(served.native, web.StreamResponse):  # such as a file
        if not served.native.prepared:
            served.native.headers.clear()
            served.native.headers.extend(served.headers)
        return served.native
    response = web.Response(status=served.status, body=served.body)
    response.headers.clear()
    response.headers.extend(served.headers)
    return response


async def send(request: web.Request, served: Served) -> web.StreamResponse:
    """Send an answer that comes in pieces."""
    if served.rest is None:
        return _response(served)
    response = web.StreamResponse(status=served.status)
    response.headers.extend(served.headers)
    try:
        await response.prepare(request)
        await response.write(served.body)
        async for chunk in served.rest:
            await response.write(chunk)
        await response.write_eof()
    finally:
        await _close(served.rest)
    return response


async def _close(chunks: AsyncIterator[bytes]) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()
