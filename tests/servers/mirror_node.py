"""A mirror node that serves what it is told: paths to JSON values, bodies or statuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class MirrorNode:
    """`pages[path with query]` is what a GET answers: a JSON value, raw bytes, or a number for a bare status."""

    def __init__(self) -> None:
        self.pages: dict[str, object] = {}
        self.seen: list[str] = []
        self.url = ""

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request.path_qs)
        page = self.pages.get(request.path_qs, 404)
        if isinstance(page, int):
            return web.Response(status=page, headers={"Location": "/elsewhere"})
        if isinstance(page, bytes):
            return web.Response(body=page)
        return web.json_response(page)


@asynccontextmanager
async def mirror_node() -> AsyncIterator[MirrorNode]:
    """Run one on a free port."""
    mirror = MirrorNode()
    app = web.Application()
    app.router.add_get("/{path:.*}", mirror._get)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    mirror.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield mirror
    finally:
        await runner.cleanup()
