"""What a visitor asks and what he is given, in words no web framework has to share. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `headers` by lower-case name; `client` is the address to hold to account; `body` reads it, once."""

    method: str
    url: str  # whole, as the visitor's browser shows it
    path: str  # as it came, encoded, without the query
    query: str
    headers: Mapping[str, str]
    client: str
    body: Callable[[], Awaitable[bytes]]

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def origin(self) -> str:
        """Scheme, host and port of the site."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    @property
    def wants_page(self) -> bool:
        """Whether a person waits: he asks for HTML first, with a browser's GET."""
        accept = self.headers.get("accept", "")
        return self.method == "GET" and "text/html" in accept and "application/json" not in accept

    def cookies(self) -> Mapping[str, str]:
        try:
            return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}
        except CookieError:
            return {}


@dataclass(slots=True)
class Served:
    """An answer. `body` is all of it, or, where `rest` or `native` is there, what came first.

    `rest` is the part that was not waited for; `native` a framework's own answer, which only its adapter can send.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    rest: AsyncIterator[bytes] | None = None
    native: object | None = None

    @property
    def whole(self) -> bool:
        return self.rest is None and self.native is None

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def set(self, name: str, value: str) -> None:
        """Give a header one value, whatever was there."""
        self.headers = [(known, had) for known, had in self.headers if known.lower() != name.lower()]
        self.headers.append((name, value))

    def add_words(self, name: str, words: str) -> None:
        """Add to a header that is a list."""
        had = self.header(name)
        self.set(name, words if not had else had if had == "*" else f"{had}, {words}")


# Runs the handler, at most once for a request. None: hold the answer back, the money is not there yet. Headers: nothing
# has to be held; these go with the answer.
Serve = Callable[[Headers | None], Awaitable[Served]]


async def collect(
    status: int, headers: list[tuple[str, str]], chunks: AsyncIterator[bytes], *, most: int, held: bool
) -> Served:
    """An answer that comes in pieces: whole where it is short, else what came first and the rest.

    One that is not held and does not say how long it is may be meant to trickle: it is not waited for.
    """
    said = next((value for name, value in headers if name.lower() == "content-length"), "")
    if not held and not (said.isdigit() and int(said) <= most):
        return Served(status, headers, rest=chunks)
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            return Served(status, headers, bytes(body), rest=chunks)
    return Served(status, headers, bytes(body))


def fingerprint(asked: Asked, payment: str, body: bytes, identifier: str | None = None) -> str:
    """What two requests share if they are one request, sent again: who asks, what, and with which payment.

    What pays is published by its chain, so that it proves nothing about who sends it: the sender is told by his
    address, or by a name he gave his request and nobody else knows: `Idempotency-Key`, or x402's payment-identifier.
    """
    known = asked.headers.get("idempotency-key") or identifier or ""
    who = f"key {known}" if len(known) >= 16 else f"address {asked.client}"
    parts = [who, asked.method, asked.target, payment]
    parts += [asked.headers.get(name, "") for name in ("authorization", "range")]
    digest = hashlib.sha256(body)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
