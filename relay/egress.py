"""Calls to addresses that strangers chose: where they may lead, decided on the address that is connected to.

A merchant's URL is judged twice. `permit` reads it when it is registered and looks its host up, so that a mistake is
told at once. What protects us comes later, at every connection: the connector's own look-up refuses an answer with any
address that is not public, and the socket is made for one of those very addresses, so a name that changed its mind in
between (DNS rebinding) gains nothing. Redirects are never followed, no proxy of the environment is used, TLS verified.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from relay.errors import InvalidRequest

MAX_URL = 2_000  # characters
PORTS = (80, 443, 8080, 8443)  # what a public web server listens on; an internal service behind a public name does not
RESOLVE_SECONDS = 5.0
RESOLVERS = 32  # threads: a name server that is silent must not keep other look-ups waiting

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; one cloud's metadata service is at .192
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, retired
)
_NEVER_V6 = tuple(
    map(
        IPv6Network,
        (
            "::/96",  # IPv4-compatible, retired
            "64:ff9b:1::/48",  # NAT64 of somebody's own network
            "100::/64",  # discard
            "2001:db8::/32",  # documentation
            "3fff::/20",
            "5f00::/16",  # segment routing
            "fec0::/10",  # site-local, retired
        ),
    )
)

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]  # a host's addresses as text; raises OSError


class Refused(OSError):
    """A connection we do not make. An OSError, as any other that could not be made."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`allow_private` is for development: loopback and private networks, any port, and http without TLS."""

    allow_private: bool = False
    ports: Collection[int] = PORTS

    def allows(self, address: Address) -> bool:
        """Whether a connection may be made to this address."""
        if isinstance(address, IPv6Address):
            inner = _inner(address)
            if inner is not None:
                return self.allows(inner)
            if address.is_loopback and self.allow_private:
                return True
            if any(address in network for network in _NEVER_V6):
                return False
        if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
            return False  # link-local has the clouds' metadata services: not in development either
        if any(address in network for network in _NEVER_V4):
            return False
        return address.is_global or (self.allow_private and (address.is_loopback or address.is_private))


def read_url(text: str, policy: Policy) -> SplitResult:
    """A URL we may call, as far as its text tells; raises `InvalidRequest` saying what is wrong with it.

    Hosts are written one way only: a name in ASCII, or an address in its usual form. What browsers and C libraries
    also understand (`127.1`, `0x7f.1`, `2130706433`, full-width digits, a trailing dot) nobody writes in good faith.
    """
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or set(text) & set(' "<>\\^`{|}'):
        raise InvalidRequest(f"url: at most {MAX_URL} printable ASCII characters; write a name in its xn-- form")
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise InvalidRequest("url: not a URL") from None
    if url.scheme != "https" and not (url.scheme == "http" and policy.allow_private):
        raise InvalidRequest(
            "url: expected http://… or https://…" if policy.allow_private else "url: expected https://…"
        )
    if "@" in url.netloc:
        raise InvalidRequest("url: no user or password in it; what is sent is signed")
    if url.fragment:
        raise InvalidRequest("url: no #fragment; it is never sent")
    address = _literal(host)
    if address is None and not _HOST.fullmatch(host):
        raise InvalidRequest("url: the host is neither a name nor an address in its usual form")
    if address is not None and not policy.allows(address):
        raise InvalidRequest("url: the address is not a public one")
    if not policy.allow_private and port not in (None, *policy.ports):
        raise InvalidRequest(f"url: the port is none of {', '.join(map(str, policy.ports))}")
    return url


class Egress:
    """Who connects to strangers. `resolve` and `tls` are parameters for those who run their own names."""

    def __init__(
        self,
        policy: Policy,
        *,
        resolve: Resolve | None = None,
        resolve_seconds: float = RESOLVE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.policy = policy
        self._resolve_seconds = resolve_seconds
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="relay-resolve")
        self._resolve = resolve or partial(_system_resolve, self._threads)
        self._tls = tls or ssl.create_default_context()
        self._asking: dict[str, asyncio.Future[Sequence[str]]] = {}  # look-ups under way

    async def permit(self, text: str) -> None:
        """Check a URL when it is registered; raises `InvalidRequest`. A host that does not resolve now may do later."""
        url = read_url(text, self.policy)
        try:
            await self.addresses(url.hostname or "")
        except Refused as error:
            raise InvalidRequest(f"url: {error}") from None
        except OSError:
            return

    async def addresses(self, host: str) -> list[str]:
        """Where a host leads; raises `Refused` when any of its addresses may not be connected to."""
        literal = _literal(host)
        found = [host] if literal is not None else list(await self._look_up(host))
        if not found:
            raise OSError("the host name has no address")
        for text in found:
            if not self.policy.allows(_parsed(text)):
                raise Refused("the host leads to an address that is not a public one")
        return found

    async def _look_up(self, host: str) -> Sequence[str]:
        """Ask once for all who ask at the same time: a name whose server is silent takes one thread."""
        asking = self._asking.get(host)
        if asking is None:
            asking = self._asking[host] = asyncio.ensure_future(self._resolve(host))
            asking.add_done_callback(lambda done: self._asked(host, done))
        try:
            return await asyncio.wait_for(asyncio.shield(asking), self._resolve_seconds)
        except TimeoutError:
            raise OSError("the host name was not resolved in time") from None

    def _asked(self, host: str, done: asyncio.Future[Sequence[str]]) -> None:
        del self._asking[host]
        if not done.cancelled():
            done.exception()  # whoever waited has it; when nobody did any more, nobody needs it

    def session(self, seconds: float) -> aiohttp.ClientSession:
        """A client for such calls, each at most `seconds` long; to be closed. Redirects are the caller's to refuse."""
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self),
            use_dns_cache=False,
            limit=0,  # callers bound themselves, each for its own; a common bound would let one starve another
            ssl=self._tls,
            socket_factory=self._socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a small answer must not become a large one
            trust_env=False,
        )

    async def close(self) -> None:
        """Forget look-ups that still wait."""
        for asking in list(self._asking.values()):
            asking.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _socket(self, to: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """The last word, on the address itself: also an address in the URL comes by here."""
        family, kind, protocol, _, destination = to
        if not self.policy.allows(_parsed(str(destination[0]))):
            raise Refused("the host leads to an address that is not a public one")
        made = socket.socket(family, kind, protocol)
        made.settimeout(0)
        return made


class _Resolver(AbstractResolver):
    """The egress's look-up as aiohttp asks for it: the answer is what it connects to."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses that may be connected to; raises `OSError`."""
        return [
            ResolveResult(
                hostname=host,
                host=text,
                port=port,
                family=socket.AF_INET6 if _parsed(text).version == 6 else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for text in await self._egress.addresses(host)
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def _system_resolve(threads: ThreadPoolExecutor, host: str) -> Sequence[str]:
    look_up = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(threads, look_up)
    return [str(address[0]) for *_, address in found]


def _literal(host: str) -> Address | None:
    """The address a URL names outright; Python reads the usual forms only, no octal, hex or short ones."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _parsed(text: str) -> Address:
    try:
        return ip_address(text.partition("%")[0])  # a scope, on link-local ones
    except ValueError:
        raise Refused("the host leads to something that is not an address") from None


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one ends at."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else None)
