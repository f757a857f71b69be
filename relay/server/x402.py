"""x402's facilitator over HTTP: any resource server's facilitator URL may be this relay's `/x402`.

A no of the protocol is an answer: 200 with `isValid: false` or `success: false`, because SDKs take any other status for
a broken facilitator. 400 is for what is no call at all, 409 for a request's name used twice; 429 and 503 are said only
before anything is sent. All of them have the members of the answer in them, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec
from aiohttp import web

from relay.errors import InvalidRequest, NotFound, RelayError
from relay.facilitator import Facilitator
from relay.merchant import Merchant
from relay.money import ChainId
from relay.server.http import JSON, Doorman, read_body, respond
from relay.server.openapi import Auth, operation
from relay.settlement import Invalid, Request, Settled, settle_response, settlement_json, verify_response
from relay.wire import answers, x402_reading
from relay.wire.x402 import SettleResponse, Supported, VerifyResponse
from relay.wire.x402_reasons import IDENTIFIER_CONFLICT
from relay.wire.x402_v1 import named

PROBLEM = "application/problem+json"  # what is refused before anybody knows that it is a call
MAX_NAME = 200  # characters of an Idempotency-Key


@dataclass(frozen=True, slots=True)
class _Asker:
    merchant: Merchant | None
    request: Request | None

    @property
    def id(self) -> str | None:
        return None if self.merchant is None else self.merchant.id

    def require(self, network: str) -> None:
        if self.merchant is not None:
            self.merchant.require_network(ChainId.parse(network))


class X402Routes:
    """Anyone may ask about payments to this relay's merchants; a key answers for payees that nobody here knows."""

    def __init__(self, *, doorman: Doorman, facilitator: Facilitator, said: Counter[tuple[str, str]]) -> None:
        self._doorman = doorman
        self._facilitator = facilitator
        self._said = said

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/x402/verify", self.verify)
        app.router.add_post("/x402/settle", self.settle)
        app.router.add_get("/x402/supported", self.supported)
        app.router.add_get("/x402/settlements/{id}", self.settlement)

    @operation(
        "Whether a payment would go through",
        body=answers.X402Call,
        answers={200: VerifyResponse, 400: (VerifyResponse, PROBLEM)},
        auth=Auth.PERHAPS,
    )
    async def verify(self, request: web.Request) -> web.Response:
        asker, body = await self._asker(request), await read_body(request)
        try:
            call = x402_reading.read_call(body)
        except InvalidRequest as error:
            return _json(verify_response(_invalid(error)), 400)
        try:
            payload, asked = call.parts()
            asker.require(payload.network)
            found = await self._facilitator.verify(payload, asked, merchant=asker.id, request=asker.request)
        except InvalidRequest as error:
            return _json(verify_response(_invalid(error)))
        except RelayError as error:
            error.extensions = {"isValid": False, "invalidReason": error.code}
            raise
        said = verify_response(found)
        self._said["verify", said.invalid_reason or "valid"] += 1
        return _json(said)

    @operation(
        "Carry a payment out, and wait for the ledger",
        body=answers.X402Call,
        answers={200: SettleResponse, 400: (SettleResponse, PROBLEM), 409: SettleResponse},
        auth=Auth.PERHAPS,
        once=True,
    )
    async def settle(self, request: web.Request) -> web.StreamResponse:
        """Safe to repeat. One caller gets `success`; under an `Idempotency-Key` the same request gets it again."""
        asker, body = await self._asker(request), await read_body(request)
        network = ""
        try:
            call = x402_reading.read_call(body)
        except InvalidRequest as error:
            return _json(settle_response(_invalid(error), network), 400)
        try:
            payload, asked = call.parts()
            network = named(ChainId.parse(payload.network), payload.version)
            asker.require(payload.network)
            found = await self._facilitator.settle(
                payload, asked, merchant=asker.id, request=asker.request, listens=lambda: _listens(request)
            )
        except InvalidRequest as error:
            return _json(settle_response(_invalid(error), network))
        except RelayError as error:
            error.extensions = {"success": False, "transaction": "", "network": network, "errorReason": error.code}
            raise
        said = settle_response(found, network)
        self._said["settle", said.error_reason or "success"] += 1
        response = _json(said, 409 if said.error_reason == IDENTIFIER_CONFLICT else 200)
        if isinstance(found, Settled) and asker.request is None:
            await self._deliver(request, response, found)
        return response

    @operation("What this facilitator takes", answers={200: Supported}, auth=Auth.ANYONE)
    async def supported(self, request: web.Request) -> web.Response:
        return _json(self._facilitator.supported())

    @operation(
        "What became of a settlement, by its payment or its transaction",
        answers={200: answers.Settlement},
        auth=Auth.ANYONE,
    )
    async def settlement(self, request: web.Request) -> web.Response:
        """For anyone who knows its name: it tells what the ledger tells, and why a payment is none."""
        found = await self._facilitator.settlement(request.match_info["id"])
        if found is None:
            raise NotFound("there is no such settlement")
        return respond(200, settlement_json(*found))

    async def _deliver(self, request: web.Request, response: web.Response, settled: Settled) -> None:
        """Write the answer; where the asker is gone, nothing was given for the payment, and he may ask again."""
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            await self._facilitator.release(settled)

    async def _asker(self, request: web.Request) -> _Asker:
        merchant, scope = None, f"address {self._doorman.address(request)}"
        if "Authorization" in request.headers:
            merchant = await self._doorman.merchant(request)
            scope = merchant.id
        name = request.headers.get("Idempotency-Key")
        if name is not None and not 1 <= len(name) <= MAX_NAME:
            raise InvalidRequest(f"Idempotency-Key: from 1 to {MAX_NAME} characters")
        return _Asker(merchant, None if name is None else Request(scope, name))


def _invalid(error: RelayError) -> Invalid:
    return Invalid(error.x402 or "invalid_payload", error.message)


def _listens(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _json(value: msgspec.Struct, status: int = 200) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type=JSON)
