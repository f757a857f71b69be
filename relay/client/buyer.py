"""One request, paid for where it has to be: ask → read the terms → choose → sign once → ask again until it is answered.

What is asked again goes out with the same signature: a payment that may be on its way is never signed anew. A seller
whose last word is another 402 gets nothing more, and the caller is told why.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from relay.client.assets import Known, known_asset
from relay.client.limit import Limit
from relay.client.signing import AnyWallet, can_sign, read_wallets, sign
from relay.errors import InvalidRequest, RelayError, TooLarge, Unreachable
from relay.money import show_units
from relay.wire import x402, x402_reading, x402_v1

ASK_SECONDS = 120.0
PATIENCE_SECONDS = 300.0  # a pending payment is asked after for this long
MAX_BODY = 64 << 20
AGAIN = frozenset({425, 429, 502, 503, 504})  # says nothing about the payment: ask again
SHORTEST, LONGEST = 0.3, 10.0  # seconds between two asks
EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Offered:
    """What a seller asks, as we understand it; `shown` is for people."""

    wish: x402.PaymentRequirements
    known: Known
    wallet: AnyWallet
    version: int
    resource: x402.Resource

    @property
    def shown(self) -> str:
        return f"{show_units(self.wish.units, self.known.decimals)} {self.known.symbol}"


@dataclass(frozen=True, slots=True)
class Paid:
    """The receipt, as the seller gave it."""

    network: str
    asset: str
    amount: str
    pay_to: str
    shown: str
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered; `paid` is None where it cost nothing."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    paid: Paid | None = None
    access_token: str | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """`wallet` is a wallet or its file, or several. `approve` is asked before anything is signed, and may refuse."""

    def __init__(
        self,
        wallet: AnyWallet | str | Path | list[AnyWallet | str | Path],
        limit: Limit,
        *,
        network: str | None = None,
        approve: Callable[[Offered], bool] = lambda offered: True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._wallets = read_wallets(wallet)
        self._limit = limit
        self._network = network
        self._approve = approve
        self._patience_seconds = patience_seconds
        self._http: aiohttp.ClientSession | None = None
        self._tokens: dict[str, str] = {}  # by the URL they were sold with

    async def __aenter__(self) -> Client:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_SECONDS))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def get(self, url: str, **headers: str) -> Answer:
        """GET; see `request`."""
        return await self.request("GET", url, headers=headers)

    async def post(self, url: str, json: object = None, **headers: str) -> Answer:
        """POST JSON; see `request`."""
        sent = {"Content-Type": "application/json", **headers}
        return await self.request("POST", url, headers=sent, body=msgspec.json.encode(json))

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Ask, and pay if that is what it takes; any answer but a 402 is returned, whatever its status.

        Raises `InvalidRequest` (code `over_limit` or `cannot_pay`) before anything is signed, `RelayError` with the
        seller's reason when a payment was refused, `Unreachable` when nobody could say how it went.
        """
        sent = dict(headers or {})
        token = self._tokens.get(url) if not any(name.lower() == "authorization" for name in sent) else None
        shown = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = await self._ask(method, url, sent | shown, body)
        if answer.status != 402:
            return answer
        self._tokens.pop(url, None)
        offered = self.choose(answer)
        if not self._approve(offered):
            raise InvalidRequest("not approved, not signed, not paid", code="cannot_pay")
        self._limit.spend(offered.wish.units, offered.known)
        paying = {**sent, **_header(offered), "Idempotency-Key": secrets.token_urlsafe(24)}
        return await self._pay(method, url, paying, body, offered)

    def choose(self, refused: Answer) -> Offered:
        """The first way to pay that a wallet of ours can sign, for an asset we know, within the limit."""
        version, terms = read_terms(refused)
        reasons: list[str] = []
        for wish in terms.accepts:
            known = known_asset(wish.network, wish.asset)
            wallet = next((each for each in self._wallets if can_sign(each, wish)), None)
            if self._network not in (None, wish.network):
                reasons.append(f"{wish.network} is not the network that was asked for")
            elif wish.scheme != EXACT or known is None:
                reasons.append(f"{wish.scheme} of {wish.asset[:60]} on {wish.network} is not known here")
            elif wallet is None:
                reasons.append(f"no wallet here signs on {wish.network}")
            elif (refusal := self._limit.refusal(wish.units, known)) is not None:
                reasons.append(refusal)
            else:
                return Offered(wish, known, wallet, version, terms.resource)
        over = any("limit" in reason for reason in reasons)
        detail = "; ".join(dict.fromkeys(reasons)) or "it offers no way to pay"
        raise InvalidRequest(f"{refused.url} was not paid: {detail}", code="over_limit" if over else "cannot_pay")

    async def _pay(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, offered: Offered
    ) -> Answer:
        """Ask with the payment until the answer is one; nothing new is signed here."""
        waited, pause = 0.0, SHORTEST
        while True:
            try:
                answer = await self._ask(method, url, headers, body)
                receipt = _receipt(answer)
                if answer.status == 402 and receipt.get("errorReason") != "settlement_pending":
                    raise _refusal(answer, receipt)
                if answer.status not in AGAIN and answer.status != 402:
                    return self._bought(url, answer, receipt, offered)
                said = answer.headers.get("Retry-After", "")
                pause = max(pause, float(said)) if said.isdigit() and len(said) < 4 else pause
            except Unreachable:
                pass  # it may have been paid for
            if waited >= self._patience_seconds:
                raise Unreachable(
                    f"{url} does not say how the payment went; it may still be settled, look before paying"
                )
            await asyncio.sleep(min(pause, LONGEST))
            waited, pause = waited + min(pause, LONGEST), min(2 * pause, LONGEST)

    def _bought(self, url: str, answer: Answer, receipt: Mapping[str, Any], offered: Offered) -> Answer:
        extra = receipt.get("extra")
        token = extra.get("accessToken") if isinstance(extra, Mapping) else None
        if isinstance(token, str):
            self._tokens[url] = token
        if receipt.get("success") is not True:
            return answer
        wish, transaction = offered.wish, str(receipt.get("transaction", ""))
        paid = Paid(wish.network, wish.asset, wish.amount, wish.pay_to, offered.shown, transaction)
        return replace(answer, paid=paid, access_token=token if isinstance(token, str) else None)

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        if self._http is None:
            raise InvalidRequest("use the client as `async with Client(…) as client:`")
        try:
            async with self._http.request(method, url, headers=headers, data=body, allow_redirects=False) as response:
                raw = bytearray()
                async for piece in response.content.iter_any():
                    raw += piece
                    if len(raw) > MAX_BODY:
                        raise TooLarge(f"{url} answers more than {MAX_BODY >> 20} MiB")
                return Answer(response.status, response.headers, bytes(raw), url)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{url} does not answer: {type(error).__name__}") from None
        except ValueError:
            raise InvalidRequest(f"{url[:200]!r} is no URL") from None


def read_terms(refused: Answer) -> tuple[int, x402.PaymentRequired]:
    """What a 402 asks, in its version; raises `InvalidRequest` when it is none of x402's."""
    said = refused.headers.get(x402.REQUIRED_HEADER)
    try:
        return x402_reading.read_required(x402_reading.unheader(said) if said else refused.body)
    except InvalidRequest as error:
        host = urlsplit(refused.url).netloc
        raise InvalidRequest(f"{host} asks for a payment in words nobody here knows: {error.message}") from None


def _header(offered: Offered) -> dict[str, str]:
    payload = x402.PaymentPayload(
        version=offered.version,
        scheme=EXACT,
        network=offered.wish.network,
        payload=msgspec.Raw(msgspec.json.encode(sign(offered.wallet, offered.wish))),
        accepted=offered.wish,
        resource=offered.resource,
    )
    if offered.version == 1:
        return {x402.SIGNATURE_HEADER_V1: x402.header(x402_v1.paid(payload))}
    return {x402.SIGNATURE_HEADER: x402.header(x402.paid(payload))}


def _receipt(answer: Answer) -> Mapping[str, Any]:
    text = answer.headers.get(x402.RESPONSE_HEADER) or answer.headers.get(x402.RESPONSE_HEADER_V1) or ""
    try:
        return msgspec.json.decode(x402_reading.unheader(text), type=dict[str, Any])
    except (InvalidRequest, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _refusal(answer: Answer, receipt: Mapping[str, Any]) -> RelayError:
    try:
        told = read_terms(answer)[1].error or ""
    except InvalidRequest:
        told = ""
    reason = str(receipt.get("errorReason") or told or "payment_refused")
    return RelayError(f"{answer.url} refused the payment: {told or reason}", code=reason[:100])
