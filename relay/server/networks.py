"""Routes that describe the relay itself: its networks and their health, its keys, whether it is alive and ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiohttp import web

from relay.abilities import AssetKind, Describes
from relay.access import Signer
from relay.chain import SIGNED, Chain
from relay.money import Asset, ChainId
from relay.rate import Quote
from relay.server.http import JSON, respond
from relay.server.openapi import Auth, operation
from relay.wire import answers
from relay.wire.events import timestamp
from relay.wire.invoices import asset_extra

ONLY_SLOWER = frozenset({"redis"})  # without it the news of payments is late, and none is refused

Check = Callable[[], Awaitable[None]]
Worth = Callable[[ChainId, Asset], Awaitable[Quote | None]]


class NetworkRoutes:
    """`ready` are checks by name (database, Redis); each raises when its system is away."""

    def __init__(
        self,
        *,
        chains: Mapping[ChainId, Chain],
        signer: Signer,
        ready: Mapping[str, Check],
        worth: Worth,
        clock: Callable[[], datetime],
    ) -> None:
        self._chains = chains
        self._signer = signer
        self._ready = ready
        self._worth = worth
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/v1/networks", self.networks)
        app.router.add_get("/.well-known/jwks.json", self.jwks)
        app.router.add_get("/healthz", self.alive)
        app.router.add_get("/readyz", self.ready)

    @operation("Chains, nodes, assets, finality, server time", answers={200: answers.Networks}, auth=Auth.ANYONE)
    async def networks(self, request: web.Request) -> web.Response:
        data = await asyncio.gather(*(self._describe(chain) for chain in self._chains.values()))
        return respond(200, {"data": data, "hasMore": False, "next": None, "time": timestamp(self._clock())})

    async def _describe(self, chain: Chain) -> dict[str, object]:
        kinds = chain.assets() if isinstance(chain, Describes) else ()
        worths = await asyncio.gather(*(self._worth(chain.id, kind.asset) for kind in kinds))
        return describe(chain, dict(zip((kind.asset for kind in kinds), worths, strict=True)))

    @operation("Keys of access tokens and signed invoices", answers={200: JSON}, auth=Auth.ANYONE)
    async def jwks(self, request: web.Request) -> web.Response:
        response = respond(200, self._signer.jwks)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    @operation("Whether the process is alive", answers={200: answers.Alive}, auth=Auth.ANYONE)
    async def alive(self, request: web.Request) -> web.Response:
        return respond(200, {"status": "alive"})

    @operation(
        "Whether a payment could be taken now",
        answers={200: answers.Ready, 503: answers.Ready},
        auth=Auth.ANYONE,
    )
    async def ready(self, request: web.Request) -> web.Response:
        """200 when a payment could be taken, `degraded` when not as on a good day; else 503. Names what is away."""
        states: dict[str, object] = {}
        for name, check in self._ready.items():
            try:
                await check()
                states[name] = "ok"
            except Exception as error:  # whatever it is, it is the answer
                states[name] = type(error).__name__
        away = {name for name, state in states.items() if state != "ok"}
        served = {str(chain.id): _serves(chain) for chain in self._chains.values()}
        states |= {name: "ok" if well else "no healthy node" for name, well in served.items()}
        if away - ONLY_SLOWER or not any(served.values()):
            return respond(503, {"status": "not ready", "checks": states})
        status = "ready" if not away and all(served.values()) else "degraded"
        return respond(200, {"status": status, "checks": states})


def _serves(chain: Chain) -> bool:
    return not isinstance(chain, Describes) or any(node.healthy for node in chain.nodes())


def describe(chain: Chain, worths: Mapping[Asset, Quote | None]) -> dict[str, object]:
    """One network as wallets need it: nodes to sign for, healthy first, the assets it takes and what they are worth."""
    body: dict[str, object] = {"network": str(chain.id), "schemes": [SIGNED]}
    if isinstance(chain, Describes):
        nodes = chain.nodes()
        body["healthy"] = any(node.healthy for node in nodes)
        body["nodes"] = [
            {"address": node.address, "account": node.account, "healthy": node.healthy, "detail": node.detail}
            for node in nodes
        ]
        kinds = chain.assets()
        body["schemes"] = sorted({scheme for kind in kinds for scheme in kind.schemes})
        body["assets"] = [_asset(kind, worths.get(kind.asset)) for kind in kinds]
        body["finality"] = chain.finality()
    return body


def _asset(kind: AssetKind, worth: Quote | None) -> dict[str, object]:
    body = {"asset": kind.asset, "symbol": kind.symbol, "decimals": kind.decimals, "schemes": kind.schemes}
    extra = asset_extra(kind)
    body |= {"extra": extra} if extra else {}
    if worth is not None:
        shown = {"currency": worth.pair.currency, "rate": format(worth.value, "f"), "at": timestamp(worth.at)}
        body |= {"worth": shown}
    return body
