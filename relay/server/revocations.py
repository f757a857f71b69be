"""Access tokens that must not open anything any more: those of payments that their chain took back.

Tokens are checked offline, so they cannot be called back one by one. A site that minds fetches this short signed list
now and then. It holds payments until every token made for them has expired by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from relay.access import Signer
from relay.server.openapi import Auth, operation
from relay.store.journal import Journal

LISTED = 10_000  # payments at most; more were never taken back at once on any chain we take
GOOD_FOR = timedelta(hours=1)  # how old a list may be before a site must not go by it
FRESH = timedelta(seconds=5)  # how late a list may be here


class Revocations:
    """`lifetime` is that of access tokens."""

    def __init__(self, *, journal: Journal, signer: Signer, lifetime: timedelta, clock: Callable[[], datetime]) -> None:
        self._journal = journal
        self._signer = signer
        self._lifetime = lifetime
        self._clock = clock
        self._read: datetime | None = None
        self._payments: frozenset[str] = frozenset()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/.well-known/revoked.jwt", self.revoked)

    async def payments(self) -> frozenset[str]:
        """The list itself, for who runs in this process."""
        now = self._clock()
        if self._read is None or now - self._read >= FRESH:
            self._payments = frozenset(await self._journal.reverted(now - self._lifetime, LISTED))
            self._read = now
        return self._payments

    @operation("Payments whose access tokens open nothing any more", answers={200: "application/jwt"}, auth=Auth.ANYONE)
    async def revoked(self, request: web.Request) -> web.Response:
        payments, now = await self.payments(), self._clock()
        claims = {
            "iss": self._signer.issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + GOOD_FOR).timestamp()),
            "revoked": sorted(payments),
        }
        headers = {"Cache-Control": "public, max-age=60"}
        return web.Response(
            text=self._signer.sign(claims, typ="revoked+jwt"), content_type="application/jwt", headers=headers
        )
