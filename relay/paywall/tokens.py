"""Access tokens of readers who paid before, verified here: by the public keys of the relay and its list of reversals.

Both are fetched now and then, never for a single visitor. While the relay is away, what is known stays in force.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from relay.access import read_revoked, verify
from relay.errors import RelayError, Unauthorized
from relay.paywall.prices import Rule, canonical
from relay.paywall.remote import Offers, Remote
from relay.paywall.request import Asked

FRESH_SECONDS = 60.0
LONGEST_CONTENT = 200  # what the relay takes as a contentId

Keys = Mapping[str, Sequence[Mapping[str, str]]]


def content_of(rule: Rule, path: str, query: str) -> str:
    """What a payment for a request opens: the rule's own name for it, or this path with this query and no other."""
    if rule.content is not None:
        return rule.content
    pairs = urlencode(sorted(parse_qsl(query, keep_blank_values=True)))
    text = canonical(path) + (f"?{pairs}" if pairs else "")
    if len(text) <= LONGEST_CONTENT and text.isprintable():
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def cookie_of(kind: str, content: str) -> str:
    """The name of our cookie of that kind for some content: short, whatever the content is called."""
    return f"paywall_{kind}_{hashlib.sha256(content.encode()).hexdigest()[:16]}"


class Tokens:
    def __init__(self, remote: Remote, clock: Callable[[], float]) -> None:
        self._remote = remote
        self._clock = clock
        self._keys: Keys | None = None
        self._revoked: Collection[str] = frozenset()
        self._next = 0.0
        self._asking = asyncio.Lock()

    async def open(self, asked: Asked, offers: Offers, content: str) -> bool:
        """Whether a token in the request opens this content now."""
        scheme, _, bearer = asked.headers.get("authorization", "").partition(" ")
        shown = [bearer.strip()] if scheme.lower() == "bearer" else []
        cookie = asked.cookies().get(cookie_of("access", content))
        shown += [cookie] if cookie else []
        if not any(text.count(".") == 2 for text in shown):  # a site's own bearer tokens need none of ours asked
            return False
        keys = await self._known(offers)
        return keys is not None and any(self._good(text, keys, offers, content) for text in shown)

    def _good(self, token: str, keys: Keys, offers: Offers, content: str) -> bool:
        try:
            verify(
                token,
                keys,
                issuer=offers.issuer,
                audience=offers.audience,
                scope=f"content:{content}",
                now=datetime.now(UTC),
                revoked=self._revoked,
            )
        except Unauthorized:
            return False
        return True

    async def _known(self, offers: Offers) -> Keys | None:
        if self._clock() >= self._next:
            async with self._asking:
                if self._clock() >= self._next:
                    await self._fetch(offers)
        return self._keys

    async def _fetch(self, offers: Offers) -> None:
        self._next = self._clock() + FRESH_SECONDS
        try:
            keys = await self._remote.keys()
            taken_back = await self._remote.revoked()
            self._revoked = read_revoked(taken_back, keys, issuer=offers.issuer, now=datetime.now(UTC))
            self._keys = keys
        except (RelayError, UnicodeDecodeError):
            self._next = self._clock() + (FRESH_SECONDS if self._keys else 1.0)
