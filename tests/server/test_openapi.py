"""OpenAPI: every route is described, and what is described is what a relay does."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from aiohttp import web

from relay.app import open_relay
from relay.devnet.network import DevNode
from relay.server.openapi import document, operation_of
from relay.settings import ServerOptions, Settings
from relay.store.database import open_database
from relay.store.migrate import migrate
from tests.servers.relay_process import SIGNING_KEY

NOT_OURS = {"/socket.io/"}
NOT_ONCE = {"/v1/auth/signout": "it ends the session that asks: said again, 401 is the truth"}


@pytest_asyncio.fixture
async def routes(sqlite_url: str, devnet: DevNode) -> AsyncIterator[web.Application]:
    """The application of a relay in this process."""
    async with open_database(sqlite_url) as db:
        await migrate(db)
    settings = Settings(
        public_url="http://127.0.0.1:1",
        signing_key=SIGNING_KEY,
        database=sqlite_url,
        server=ServerOptions(port=0),
        chains={"hedera:devnet": {"nodes": dict(devnet.network)}},
    )
    apps: list[web.Application] = []
    async with open_relay(settings, extend=lambda app, web_app: apps.append(web_app)):
        yield apps[0]


async def test_every_route_is_described_and_nothing_else(routes: web.Application) -> None:
    served = {
        (route.method, route.resource.canonical)
        for route in routes.router.routes()
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical not in NOT_OURS
    }
    undescribed = {
        f"{route.method} {route.resource.canonical}"
        for route in routes.router.routes()
        if route.resource is not None
        and route.resource.canonical not in NOT_OURS
        and operation_of(route.handler) is None
    }
    assert not undescribed, f"give these an @operation (relay/server/openapi.py): {undescribed}"
    described: Any = document(routes, url="http://127.0.0.1:1")["paths"]
    assert served == {(method.upper(), path) for path, methods in described.items() for method in methods}


async def test_operations_have_names_of_their_own(routes: web.Application) -> None:
    described: Any = document(routes, url="http://127.0.0.1:1")["paths"]
    names = [each["operationId"] for methods in described.values() for each in methods.values()]
    assert len(names) == len(set(names))


async def test_every_post_of_the_api_honours_an_idempotency_key_or_is_listed_with_a_reason(
    routes: web.Application,
) -> None:
    posts = {
        route.resource.canonical: route.handler
        for route in routes.router.routes()
        if route.method == "POST" and route.resource is not None and route.resource.canonical.startswith("/v1/")
    }
    described = {path for path, handler in posts.items() if (told := operation_of(handler)) is not None and told.once}
    asking = {path for path, handler in posts.items() if "once" in inspect.unwrap(handler).__code__.co_names}
    assert described == asking, "what is described as once asks the doorman, and the other way round"
    assert posts.keys() - described == NOT_ONCE.keys()
