"""The HTTP face: who asks, how often he may, what a refusal looks like; the routes themselves are in the files beside.

Refusals are RFC 9457 problems with a stable `code`. Answers carry `Access-Control-Allow-Origin: *`: merchants
authenticate by a header a foreign page does not have, never by a cookie, so any page may read what is public anyway.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.errors import Conflict, Forbidden, InvalidRequest, RateLimited, RelayError
from relay.merchant import Merchant
from relay.server.auth import Caller, Callers, Proxies
from relay.server.budgets import Budget, Budgets
from relay.server.limits import Rate
from relay.store.columns import Page
from relay.store.idempotency import Different, Done, Fresh, Idempotency, Running
from relay.wire import api, transfers

log = logging.getLogger(__name__)

BODY_SECONDS = 15.0  # the largest body over a poor line is here in less
MAX_BODY_BYTES = 3 * transfers.MAX_RAW_BYTES
JSON = "application/json"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Link",
    "Access-Control-Max-Age": "86400",
}
GUARDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

BUDGET = web.RequestKey("budget", Budget)  # the tightest budget a request was taken from
_KEY_KIND = re.compile(r"\b(?:sk|pk|ses)_(?:live|test)_")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one client of each kind may ask."""

    address: Rate
    key: Rate
    origin: Rate  # of one publishable key: only there is an Origin part of who asks


class Doorman:
    """What every route needs of a request: its sender's address, merchant and budget."""

    def __init__(
        self,
        *,
        callers: Callers,
        idempotency: Idempotency,
        proxies: Proxies,
        budgets: Budgets,
        rates: Rates,
        refusals: Counter[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._callers = callers
        self._idempotency = idempotency
        self._proxies = proxies
        self._budgets = budgets
        self._rates = rates
        self._refusals = refusals
        self._clock = clock

    def address(self, request: web.Request) -> str:
        """The client's address, behind the operator's own proxies."""
        return self._proxies.client_of(request)

    async def merchant(self, request: web.Request) -> Merchant:
        """The merchant whose key the request shows, if that key may do what this route does; see `scope_of`."""
        return (await self.caller(request)).merchant

    async def caller(self, request: web.Request, *, pages: bool = False) -> Caller:
        """The same with the key. With `pages`, a publishable key will do; the route sees to what a page may not."""
        caller = await self.holder(request)
        if caller.key.is_page and not pages:
            raise Forbidden("a publishable key is for making invoices from a page; this route needs a secret key")
        caller.key.require(scope_of(request))
        return caller

    async def reader(self, request: web.Request) -> Caller:
        """The same for what anyone may read: a publishable key needs no scope, and gets no more than anyone."""
        caller = await self.holder(request)
        if not caller.key.is_page:
            caller.key.require(scope_of(request))
        return caller

    async def holder(self, request: web.Request) -> Caller:
        """Whoever shows a key, whatever it may; his budget pays for the request."""
        caller = await self._callers.of_request(request)
        name = f"key {caller.merchant.id} {caller.key.id}"
        await self._take(request, name, self._rates.key)
        if caller.key.is_page:
            await self._take(request, f"{name} {request.headers.get('Origin')}", self._rates.origin)
        return caller

    async def charge(self, request: web.Request, requests: float) -> None:
        """Take what costs us more than one request from the client's budget; raises `RateLimited`."""
        rate = self._rates.address
        await self._take(request, f"address {self.address(request)}", rate, min(requests - 1, rate.burst))

    async def _take(self, request: web.Request, client: str, rate: Rate, cost: float = 1.0) -> None:
        budget = await self._budgets.take(client, rate, cost)
        known = request.get(BUDGET)
        if known is None or budget.wait or budget.left < known.left:
            request[BUDGET] = budget  # the tightest one is the one to tell of
        budget.require()

    async def scope(self, request: web.Request) -> str:
        """Whose idempotency keys a request's key is among: the merchant's, or those of its address."""
        if "Authorization" in request.headers:
            caller = await self.reader(request)
            if not caller.key.is_page:
                return caller.merchant.id
        return f"address {self.address(request)}"

    async def once(
        self, request: web.Request, scope: str, act: Callable[[], Awaitable[tuple[int, Mapping[str, object]]]]
    ) -> web.Response:
        """Run `act`, or, under an `Idempotency-Key` seen before, return what it answered then.

        Another body under the same key is 422, one still running 409 (contract.md). Refusals are not remembered: they
        changed nothing, and the next attempt may be right.
        """
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return respond(*await act())
        if not 1 <= len(key) <= 200:
            raise InvalidRequest("Idempotency-Key: from 1 to 200 characters")
        head = f"{request.method} {request.path}{_kind_of_caller(request)}\n"
        digest = hashlib.sha256(head.encode() + await read_body(request)).hexdigest()
        match await self._idempotency.begin(scope, key, digest, self._clock()):
            case Done(status, body):
                return web.Response(status=status, body=body, content_type=JSON)
            case Running():
                raise Conflict("a request with this Idempotency-Key is still running; ask again in a moment")
            case Different():
                problem = InvalidRequest("this Idempotency-Key was used for another request")
                problem.status = 422
                raise problem
            case Fresh() as fresh:
                return await self._first_time(fresh, act)

    async def _first_time(
        self, fresh: Fresh, act: Callable[[], Awaitable[tuple[int, Mapping[str, object]]]]
    ) -> web.Response:
        try:
            status, value = await act()
        except BaseException:
            await self._idempotency.abandon(fresh)
            raise
        body = api.encode(value)
        await self._idempotency.finish(fresh, status, body, self._clock())
        return web.Response(status=status, body=body, content_type=JSON)

    def middleware(self) -> Middleware:
        """Budget before, headers after, problems instead of tracebacks."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.method == "OPTIONS":
                return web.Response(status=204, headers=CORS)
            response = await self._answer(request, handler)
            if not response.prepared:
                response.headers.update({name: value for name, value in GUARDS.items() if name not in response.headers})
                response.headers.update({name: value for name, value in CORS.items() if name not in response.headers})
            return response

        return guard

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/socket.io/"):
            return await handler(request)
        try:
            await self._take(request, f"address {self.address(request)}", self._rates.address)
            response = await handler(request)
        except RelayError as error:
            self._refusals[error.code] += 1
            response = problem(error)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = problem_of_status(error)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
        except Exception:
            log.exception("a request broke", extra={"route": request.path})
            response = problem(RelayError("something broke on our side; it is in the relay's log"))
        budget = request.get(BUDGET)
        if not response.prepared and budget is not None:
            response.headers["RateLimit-Limit"] = str(budget.limit)
            response.headers["RateLimit-Remaining"] = str(budget.left)
            response.headers["RateLimit-Reset"] = str(budget.reset)
        return response


def scope_of(request: web.Request) -> str:
    """The scope a route needs: its noun, read or written. `GET /v1/invoices/{id}` is `invoices:read`.

    Derived, so that no route can be forgotten: one whose noun no scope names is open to unlimited keys only.
    """
    resource = request.match_info.route.resource
    path = request.path if resource is None else resource.canonical
    noun = "payments" if path.startswith(("/check", "/x402/")) else path.removeprefix("/v1/").partition("/")[0]
    return f"{noun}:{'read' if request.method in ('GET', 'HEAD') else 'write'}"


def _kind_of_caller(request: web.Request) -> str:
    """What sets apart the answers that keys of one merchant may see: `sk_test_`; nothing for `sk_`, as ever."""
    found = _KEY_KIND.search(request.headers.get("Authorization", ""))
    return f" {found[0]}" if found else ""


def respond(status: int, value: Mapping[str, object]) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, body=api.encode(value), content_type=JSON)


def respond_page(
    page: Page[T], show: Callable[[T], Mapping[str, object]], seen: Callable[[T], bool] = lambda item: True
) -> web.Response:
    """A piece of a list; `next` is what the client gives back as `after`. What is not `seen` is left out of it."""
    return respond(
        200,
        {
            "data": [show(item) for item in page.items if seen(item)],
            "hasMore": page.next is not None,
            "next": page.next,
        },
    )


def problem(error: RelayError) -> web.Response:
    """RFC 9457: `type` is about:blank, `code` is ours and stable, `detail` says what to do."""
    body = {"type": "about:blank", "title": error.code, "status": error.status, "code": error.code}
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    if error.status == 503:
        headers["Retry-After"] = "2"
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=error.status,
        body=api.encode({**error.extensions, **body, "detail": error.message}),
        content_type="application/problem+json",
        headers=headers,
    )


def problem_of_status(refused: web.HTTPException) -> web.Response:
    """What aiohttp itself refuses (no such route, wrong method, too large), in our form."""
    match refused:
        case web.HTTPNotFound():
            code, says = "not_found", "there is no such route; /openapi.json has them all"
        case web.HTTPMethodNotAllowed():
            code, says = "method_not_allowed", f"this route takes {', '.join(sorted(refused.allowed_methods))}"
        case web.HTTPRequestEntityTooLarge():
            code, says = "too_large", f"a body has at most {MAX_BODY_BYTES:,} bytes"
        case _:
            code, says = "invalid_request", refused.reason
    error = RelayError(says, code=code)
    error.status = refused.status
    return problem(error)


async def read_body(request: web.Request, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body; aiohttp refuses one over `MAX_BODY_BYTES`, and one that trickles in holds no place for long."""
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        problem = InvalidRequest(f"the body did not arrive within {seconds:g} s")
        problem.status = 408
        raise problem from None
