"""The paywall in front of an ASGI application: FastAPI, Starlette, Django, and what else speaks ASGI 3.

    app = Protected(app, Paywall(PriceList.of(["/reports/*=$0.05"]), "https://pay.example.com", key))

Behind a proxy of yours, let the server take its word for clients' addresses (uvicorn: `--proxy-headers`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from relay.errors import TooLarge
from relay.paywall.paywall import Paywall
from relay.paywall.request import Asked, Headers, Served, collect

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MESSAGES = 8  # pieces of an answer the application may be ahead of its reader
POLICY_VIOLATION = 1008  # RFC 6455


class Protected:
    def __init__(self, app: App, paywall: Paywall) -> None:
        self._app = app
        self._paywall = paywall
        self._lingering: set[asyncio.Future[None]] = set()  # applications that still work after their answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, self._closing(receive), send)
        elif not self._paywall.concerns(scope.get("method", "GET"), quote(scope["path"])):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "websockets are not sold here"})
        else:
            await self._sell(scope, receive, send)

    async def _sell(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = _Body(receive, self._paywall.bounds.body_bytes)

        async def serve(extra: Headers | None) -> Served:
            return await self._run({**scope, "extensions": {}}, given.again, held=extra is None)

        served = await self._paywall.answer(_asked(scope, given.whole, self._paywall.public_url), serve)
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in served.headers]
        await send({"type": "http.response.start", "status": served.status, "headers": headers})
        if served.rest is not None:
            await send({"type": "http.response.body", "body": served.body, "more_body": True})
            async for chunk in served.rest:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        body = served.body if served.rest is None else b""
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _run(self, scope: Scope, receive: Receive, *, held: bool) -> Served:
        """Run the application until its answer is whole, or too long to wait for."""
        said: asyncio.Queue[Message] = asyncio.Queue(MESSAGES)
        running = asyncio.ensure_future(self._app(scope, receive, said.put))
        self._lingering.add(running)
        running.add_done_callback(self._ended)
        start = await _next(said, running)
        while start is not None and start["type"] != "http.response.start":
            start = await _next(said, running)
        if start is None:
            raise RuntimeError("the application ended without an answer")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start.get("headers", ())]
        chunks = _chunks(said, running)
        return await collect(start["status"], headers, chunks, most=self._paywall.bounds.answer_bytes, held=held)

    def _ended(self, running: asyncio.Future[None]) -> None:
        self._lingering.discard(running)
        if not running.cancelled() and (error := running.exception()) is not None:
            log.error("an application behind the paywall broke", exc_info=error)

    def _closing(self, receive: Receive) -> Receive:
        async def heard() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._paywall.close()
            return message

        return heard


class _Body:
    """A request's body, read once by us where there is a payment, and given to the application as if it were fresh."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._known: bytes | None = None
        self._given = False

    async def whole(self) -> bytes:
        body, more = bytearray(), True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError("the visitor went away")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._most:
                raise TooLarge(f"a paid request has at most {self._most} bytes")
        self._known = bytes(body)
        return self._known

    async def again(self) -> Message:
        if self._known is None or self._given:
            return await self._receive()
        self._given = True
        return {"type": "http.request", "body": self._known, "more_body": False}


async def _next(said: asyncio.Queue[Message], running: asyncio.Future[None]) -> Message | None:
    """What the application sends next; None when it has ended. Raises what it raised."""
    if said.empty() and not running.done():
        waiting = asyncio.create_task(said.get())
        either: set[asyncio.Future[Any]] = {waiting, running}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not waiting.done():
                waiting.cancel()
        if waiting.done() and not waiting.cancelled():
            return waiting.result()
    if not said.empty():
        return said.get_nowait()
    running.result()
    return None


async def _chunks(said: asyncio.Queue[Message], running: asyncio.Future[None]) -> AsyncIterator[bytes]:
    more = True
    try:
        while more and (message := await _next(said, running)) is not None:
            if message["type"] == "http.response.body":
                more = message.get("more_body", False)
                yield message.get("body", b"")
    finally:
        if more:  # nobody wants the rest
            running.cancel()


def _asked(scope: Scope, body: Callable[[], Awaitable[bytes]], public_url: str | None) -> Asked:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        known, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[known] = f"{headers[known]}, {text}" if known in headers else text
    server = scope.get("server") or ("localhost", None)
    site = public_url or f"{scope.get('scheme', 'http')}://{headers.get('host') or f'{server[0]}:{server[1]}'}"
    path, query = quote(scope["path"]), scope.get("query_string", b"").decode("latin-1")
    return Asked(
        method=scope["method"],
        url=site.rstrip("/") + path + (f"?{query}" if query else ""),
        path=path,
        query=query,
        headers=headers,
        client=str((scope.get("client") or ("",))[0]),
        body=body,
    )
