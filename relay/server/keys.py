"""Routes of a merchant's keys and of what was administered. A key is shown once, by the answer that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from relay.audit import entry_json
from relay.errors import Forbidden, InvalidRequest, NotFound
from relay.key import MAX_NAME, Key, Kind, read_origins, read_scopes
from relay.server.auth import Caller
from relay.server.http import Doorman, read_body, respond
from relay.server.open_keys import OpenKeys
from relay.server.openapi import operation
from relay.store.audit import Audit
from relay.store.keys import Keys, Made
from relay.wire import account_answers, api, queries
from relay.wire.events import timestamp

OVERLAP = timedelta(days=1)
MAX_SECONDS = 10 * 365 * 24 * 3600


class KeyRoutes:
    """`/v1/keys` and `/v1/audit`."""

    def __init__(self, *, doorman: Doorman, keys: Keys, audit: Audit, open_keys: OpenKeys) -> None:
        self._doorman = doorman
        self._keys = keys
        self._audit = audit
        self._open_keys = open_keys

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/v1/keys", self.list)
        app.router.add_post("/v1/keys", self.create)
        app.router.add_get("/v1/keys/{id}", self.read)
        app.router.add_post("/v1/keys/{id}/rotate", self.rotate)
        app.router.add_post("/v1/keys/{id}/revoke", self.revoke)
        app.router.add_get("/v1/audit", self.audit)

    @operation("API keys", query=queries.ListKeys, answers={200: account_answers.Keys})
    async def list(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        asked = queries.read_query(request.query, queries.ListKeys)
        limit = asked.limit
        found = await self._keys.of(caller.merchant.id, after=asked.after, limit=limit + 1)
        shown = found[:limit]
        data = [key_json(key, caller) for key in shown if _sees(caller, key)]
        more = len(found) > limit
        return respond(200, {"data": data, "hasMore": more, "next": shown[-1].id if more else None})

    @operation("Make a key; shown this once", body=api.CreateKey, answers={201: account_answers.MadeKey}, once=True)
    async def create(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        wish = api.decode(await read_body(request), api.CreateKey)
        page = wish.publishable
        scopes = read_scopes(wish.scopes, wish.role, page=page)
        origins = read_origins(wish.origins, page=page)
        lifetime = None if wish.expires_in is None else _seconds(wish.expires_in, "expiresIn", 1)
        if len(wish.name) > MAX_NAME or not (wish.name.isprintable()):
            raise InvalidRequest(f"name: at most {MAX_NAME} printable characters")
        _refuse_more_than_own(caller, scopes)

        async def act() -> tuple[int, Mapping[str, object]]:
            made = await self._keys.add(
                caller.merchant.id,
                wish.name,
                environment=caller.environment,
                kind=Kind.PUBLISHABLE if page else Kind.SECRET,
                scopes=scopes,
                origins=origins,
                lifetime=lifetime,
                by=caller.key.id,
            )
            return 201, _made_json(made, caller)

        return await self._doorman.once(request, caller.merchant.id, act)

    @operation("An API key", answers={200: account_answers.Key})
    async def read(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        return respond(200, key_json(await self._find(request, caller), caller))

    @operation(
        "Put a new key in the place of an old one",
        body=api.RotateKey,
        body_required=False,
        answers={201: account_answers.MadeKey},
        once=True,
    )
    async def rotate(self, request: web.Request) -> web.Response:
        """A new key in the place of an old one, which goes on working for `overlapSeconds`."""
        caller = await self._doorman.caller(request)
        body = await read_body(request)
        wish = api.decode(body, api.RotateKey) if body else api.RotateKey()
        overlap = OVERLAP if wish.overlap_seconds is None else _seconds(wish.overlap_seconds, "overlapSeconds", 0)

        async def act() -> tuple[int, Mapping[str, object]]:
            old = await self._find(request, caller)
            _refuse_more_than_own(caller, old.scopes)
            made = await self._keys.rotate(
                caller.merchant.id, old.id, overlap, environment=caller.environment, by=caller.key.id
            )
            if made is None:
                raise NotFound("there is no such key, or it has ended; make a new one")
            return 201, {**_made_json(made, caller), "replaces": old.id}

        return await self._doorman.once(request, caller.merchant.id, act)

    @operation("End a key, and what is open under it", answers={200: account_answers.Key}, once=True)
    async def revoke(self, request: web.Request) -> web.Response:
        """End a key at once, and what is open under it."""
        caller = await self._doorman.caller(request)

        async def act() -> tuple[int, Mapping[str, object]]:
            key = await self._find(request, caller)
            await self._keys.revoke(caller.merchant.id, key.id, by=caller.key.id)
            await self._open_keys.close_dead()  # other processes find out in their next round
            return 200, key_json(await self._find(request, caller), caller)

        return await self._doorman.once(request, caller.merchant.id, act)

    @operation("What was administered", query=queries.ListEvents, answers={200: account_answers.Entries})
    async def audit(self, request: web.Request) -> web.Response:
        merchant = await self._doorman.merchant(request)
        asked = queries.read_query(request.query, queries.ListEvents)
        after, limit = asked.after, asked.limit
        found = await self._audit.entries(after, limit + 1, merchant=merchant.id)
        shown = found[:limit]
        data = [entry_json(entry) for entry in shown]
        return respond(200, {"data": data, "hasMore": len(found) > limit, "next": shown[-1].seq if shown else after})

    async def _find(self, request: web.Request, caller: Caller) -> Key:
        key = await self._keys.get(caller.merchant.id, request.match_info["id"])
        if key is None or not _sees(caller, key):
            raise NotFound("there is no such key")
        return key


def key_json(key: Key, caller: Caller) -> dict[str, object]:
    """A key as its merchant reads it, without what would open anything."""
    times = {"expiresAt": key.expires, "lastUsedAt": key.last_used, "revokedAt": key.revoked}
    return {
        "id": key.id,
        "name": key.name,
        "kind": key.kind.name.lower(),
        "environment": key.environment or caller.environment,
        "scopes": ["*"] if key.scopes is None else sorted(key.scopes),
        "origins": list(key.origins),
        "createdAt": timestamp(key.created),
        **{name: None if at is None else timestamp(at) for name, at in times.items()},
    }


def _made_json(made: Made, caller: Caller) -> dict[str, object]:
    return {**key_json(made.key, caller), "key": made.text}


def _sees(caller: Caller, key: Key) -> bool:
    return key.environment in (None, caller.environment)


def _refuse_more_than_own(caller: Caller, scopes: frozenset[str] | None) -> None:
    if scopes is None and caller.key.scopes is not None:
        raise Forbidden("that key may everything, and yours may not: a key makes no key that may more than itself")
    for scope in sorted(scopes or ()):
        caller.key.require(scope)


def _seconds(seconds: int, field: str, least: int) -> timedelta:
    if not least <= seconds <= MAX_SECONDS:
        raise InvalidRequest(f"{field}: from {least} to {MAX_SECONDS} seconds")
    return timedelta(seconds=seconds)
