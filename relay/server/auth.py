"""Who is on the other end: nobody in particular (a wallet, a page), or a merchant who showed a key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web

from relay.environment import Environment, environment_of
from relay.errors import Forbidden, Unauthorized
from relay.key import Key
from relay.merchant import Merchant
from relay.money import ChainId
from relay.store.keys import Keys
from relay.store.merchants import Merchants


@dataclass(frozen=True, slots=True)
class Caller:
    """A merchant as the shown key lets him be: `merchant` knows the key's environment, `key` what it may."""

    merchant: Merchant
    key: Key
    environment: Environment


@dataclass(frozen=True, slots=True)
class Session:
    """One connection or request. `caller` is None for wallets and pages."""

    address: str
    caller: Caller | None = None


class Callers:
    """Reads keys. One without an environment is live where the relay has a live network, else test."""

    def __init__(
        self, *, keys: Keys, merchants: Merchants, networks: Collection[ChainId], clock: Callable[[], datetime]
    ) -> None:
        self._keys = keys
        self._merchants = merchants
        self._here = {environment_of(chain) for chain in networks}
        self._clock = clock
        self.default = Environment.LIVE if Environment.LIVE in self._here else Environment.TEST

    async def of_key(self, text: object, origin: str | None) -> Caller:
        """Whoever shows this key; raises `Unauthorized` for none of ours, `Forbidden` for one that is out of place."""
        if not isinstance(text, str) or not 10 <= len(text) <= 200:
            raise Unauthorized("the API key is malformed; it looks like sk_…")
        key = await self._keys.find(text)
        merchant = None if key is None else await self._merchants.get(key.merchant)
        if key is None or merchant is None or key.revoked is not None:
            raise Unauthorized("the API key is not known or was revoked")
        if not key.alive(self._clock()):
            raise Unauthorized("the API key has expired")
        environment = key.environment or self.default
        if environment not in self._here:
            raise Forbidden(f"this is a {environment} key, and this relay has no {environment} network")
        key.require_origin(origin)
        return Caller(merchant.within(environment), key, environment)

    async def of_request(self, request: web.Request) -> Caller:
        """Whoever sent `Authorization: Bearer sk_…`."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorized("this route needs Authorization: Bearer sk_…")
        return await self.of_key(text.strip(), request.headers.get("Origin"))


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
