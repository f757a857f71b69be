"""Who is on the other end: nobody in particular (a wallet, a page), or a merchant who showed a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

from relay.errors import Unauthorized
from relay.merchant import Merchant
from relay.store.merchants import Merchants


@dataclass(frozen=True, slots=True)
class Session:
    """One connection or request. `merchant` is None for wallets and pages."""

    address: str
    merchant: Merchant | None = None


async def merchant_of_key(merchants: Merchants, key: object) -> Merchant:
    """The merchant a secret key belongs to; raises `Unauthorized` for anything else."""
    if not isinstance(key, str) or not 10 <= len(key) <= 200:
        raise Unauthorized("the API key is malformed; it looks like sk_…")
    merchant = await merchants.merchant_of_key(key)
    if merchant is None:
        raise Unauthorized("the API key is not known or was revoked")
    return merchant


async def merchant_of_header(merchants: Merchants, authorization: str | None) -> Merchant:
    """The merchant of an `Authorization: Bearer sk_…` header."""
    if authorization is None:
        raise Unauthorized("this route needs Authorization: Bearer sk_…")
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("this route needs Authorization: Bearer sk_…")
    return await merchant_of_key(merchants, key.strip())


class Proxies:
    """Whose word about a client's address we take: nobody's, unless the operator names his proxies."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = [ip_network(text) for text in trusted]

    def client_of(self, request: web.Request) -> str:
        """The address to hold to account for a request. A proxy may add its word as a header line of its own."""
        return self.client(request.remote or "", ",".join(request.headers.getall("X-Forwarded-For", [])))

    def client(self, peer: str, forwarded_for: str | None) -> str:
        """The address to hold to account: the last one in X-Forwarded-For that is not a proxy of ours."""
        hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
        client = peer
        while hops and self._is_trusted(client):
            client = hops.pop()
        return client

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:  # a dual-stack listener's spelling
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._trusted)
