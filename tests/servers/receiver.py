"""A merchant's webhook receiver: a real HTTP server on a port of its own, told how to answer."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

SECONDS = 30.0
Answer = Callable[[web.Request], web.StreamResponse | None]


@dataclass
class Call:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    when: datetime

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


@dataclass
class Receiver:
    """`status` is what it answers, or `statuses` by path; `hold` keeps every caller waiting; `body` may be huge."""

    url: str = ""
    status: int = 200
    statuses: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    calls: list[Call] = field(default_factory=list)
    hold: asyncio.Event | None = None
    waiting: int = 0
    most_waiting: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        async with self._changed:
            self.calls.append(
                Call(request.path_qs, headers, body, asyncio.get_running_loop().time(), datetime.now(UTC))
            )
            self._changed.notify_all()
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            if self.hold is not None:
                await self.hold.wait()
        finally:
            self.waiting -= 1
        status = self.statuses.get(request.path, self.status)
        return web.Response(status=status, body=self.body, headers=self.headers)

    def of(self, path: str) -> list[Call]:
        """The calls to one path, in order."""
        return [call for call in self.calls if call.path == path]

    async def until(self, enough: Callable[[list[Call]], bool], seconds: float = SECONDS) -> list[Call]:
        """Wait until `enough` is true of the calls."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: enough(self.calls))
        except TimeoutError:
            raise AssertionError(f"not called so in {seconds} s; {len(self.calls)} calls: {self.calls[-5:]}") from None
        return self.calls


@asynccontextmanager
async def receiver(
    *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run one until the block ends."""
    here = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", here.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port, ssl_context=tls)
    await site.start()
    here.url = f"{'http' if tls is None else 'https'}://{host}:{runner.addresses[0][1]}"
    try:
        yield here
    finally:
        if here.hold is not None:
            here.hold.set()
        await runner.cleanup()
