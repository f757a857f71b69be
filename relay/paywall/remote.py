"""The relay, asked over HTTP with the merchant's key: what is for sale costs what, is this payment good, settle it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from relay.errors import Misconfigured, RateLimited, RelayError, Unreachable
from relay.paywall.payment import Presented
from relay.paywall.sales import Outcome, Refused, Settled
from relay.wire import x402, x402_v1

ASK_SECONDS = 15.0
SETTLE_SECONDS = 90.0  # what the SDKs grant; the relay answers `settlement_pending` long before
MAX_ANSWER_BYTES = 1 << 20
CONNECTIONS = 1_000
VERDICTS = (400, 409)  # refusals that x402's calls answer with all members of an answer
PENDING = "settlement_pending"

Json = Mapping[str, Any]


class _Offers(msgspec.Struct, frozen=True, rename="camel"):
    accepts: tuple[x402.PaymentRequirements, ...]
    issuer: str
    audience: str
    shown: str
    expires_in: float
    alternatives: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """The ways to pay a price, the first one preferred, for `seconds`; and whose access tokens open what is sold."""

    accepts: tuple[x402.PaymentRequirements, ...]
    issuer: str
    audience: str
    shown: str  # for people: `0.01 USDC or 0.14 HBAR`
    seconds: float
    alternatives: tuple[Json, ...]  # the ways to pay by an invoice: all of these, and what needs no x402


class Remote:
    """Every call is bounded in time and size, and raises `Unreachable` when the relay gives no answer we can use."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._http: aiohttp.ClientSession | None = None

    @property
    def url(self) -> str:
        return self._url

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def offers(self, price: str) -> Offers:
        """What a price is on each network the merchant is paid on; raises `Misconfigured` when it is on none."""
        told = msgspec.convert(await self._json("GET", "/v1/offers", query={"price": price}), _Offers)
        return Offers(told.accepts, told.issuer, told.audience, told.shown, told.expires_in, told.alternatives)

    async def verify(self, presented: Presented, offer: x402.PaymentRequirements, request: str) -> Refused | None:
        """Why a payment is no good for the request of that name; None for one that is, or was settled for it before."""
        answer = await self._x402("/x402/verify", presented, offer, request, ASK_SECONDS)
        if answer.get("isValid") is True:
            return None
        reason = str(answer.get("invalidReason") or "unexpected_verify_error")
        return Refused(reason, str(answer.get("invalidMessage") or ""))

    async def settle(self, presented: Presented, offer: x402.PaymentRequirements, request: str) -> Outcome | None:
        """How it went; None while nobody can tell. `request` names who may hear of a payment again, and nobody else."""
        receipt = await self._x402("/x402/settle", presented, offer, request, SETTLE_SECONDS)
        if receipt.get("success") is True:
            return Settled(receipt)
        reason = str(receipt.get("errorReason") or "unexpected_settle_error")
        if reason == PENDING:
            return None
        return Refused(reason, str(receipt.get("errorMessage") or ""), receipt)

    async def keys(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        return await self._json("GET", "/.well-known/jwks.json")

    async def revoked(self) -> str:
        return (await self._bytes("GET", "/.well-known/revoked.jwt")).decode()

    async def invoice(self, wish: Json) -> Json:
        return await self._json("POST", "/v1/invoices", body=wish)

    async def read_invoice(self, id: str) -> Json:
        return await self._json("GET", f"/v1/invoices/{id}")

    async def grant(self, payment: str, content: str) -> str:
        """An access token for content of this merchant, to whoever made a settled payment."""
        answer = await self._json("POST", "/v1/access/grant", body={"payment": payment, "contentId": content})
        return str(answer["accessToken"])

    async def publish(self, resources: Collection[Json]) -> None:
        """List what is sold in the relay's discovery."""
        for resource in resources:
            await self._json("POST", "/v1/resources", body=resource)

    async def _x402(
        self, path: str, presented: Presented, offer: x402.PaymentRequirements, request: str, wait: float
    ) -> Json:
        version = presented.payload.version
        resource = presented.payload.resource or x402.Resource(url="/")
        terms = offer if version == 2 else x402_v1.requirements(offer, resource)
        call = {
            "x402Version": version,
            "paymentPayload": msgspec.Raw(presented.body),
            "paymentRequirements": terms,
        }
        return await self._json("POST", path, body=call, request=request, wait=wait)

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        request: str | None = None,
        wait: float = ASK_SECONDS,
    ) -> dict[str, Any]:
        raw = await self._bytes(method, path, query, body, request, wait)
        try:
            return msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreachable(f"the relay at {self._url} answered {path} with something else than JSON") from None

    async def _bytes(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        request: str | None = None,
        wait: float = ASK_SECONDS,
    ) -> bytes:
        """An answer's body; refusals raise, but for x402's verdicts, which come with any status."""
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))
        sent = self._headers | ({} if request is None else {"Idempotency-Key": request})
        data = None if body is None else msgspec.json.encode(body)
        call = self._http.request(
            method, self._url + path, params=query, data=data, headers=sent, allow_redirects=False
        )
        try:
            async with asyncio.timeout(wait), call as response:
                raw = await response.content.read(MAX_ANSWER_BYTES)
                while len(raw) < MAX_ANSWER_BYTES and (more := await response.content.read(MAX_ANSWER_BYTES)):
                    raw += more
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"the relay at {self._url} does not answer: {type(error).__name__}") from None
        if response.status < 400 or (request is not None and response.status in VERDICTS):
            return raw
        raise _problem(response.status, raw, f"{self._url}{path}")


def _problem(status: int, raw: bytes, where: str) -> RelayError:
    try:
        told = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = {}
    detail = f"{where} answered {status}: {str(told.get('detail') or told.get('code') or '')[:300]}"
    if status == 429:
        return RateLimited(detail)
    if status >= 500:
        return Unreachable(detail)
    return Misconfigured(detail)
