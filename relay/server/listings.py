"""Listings: an invoice's terms, signed by the relay, for a page that has no server to ask its price of.

A merchant's server makes one with its key; the page carries it in the open and, with a publishable key, gets an invoice
for it: content, price and payees are as they were signed. Of a content the terms that were signed last are for sale: a
listing of other terms, in a page that some cache kept, sells no more. The same terms signed again end nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec
from aiohttp import web

from relay.access import MAX_TOKEN_BYTES, Signer, read_signed
from relay.checkout import Checkout
from relay.errors import Forbidden, InvalidRequest, Unauthorized
from relay.merchant import Merchant
from relay.server.auth import Caller
from relay.server.http import Doorman, read_body
from relay.server.openapi import operation
from relay.store.listed import Listed
from relay.wire import answers, api
from relay.wire.events import timestamp

TYPE = "relay-listing"
MAX_SECONDS = 2 * 365 * 24 * 3600
NOT_LISTED = ("webhookUrl", "customerId", "orderId", "listing")  # of one buyer, or not for all to see


class Listings:
    """Made for merchants, read for whoever shows one."""

    def __init__(self, *, signer: Signer, listed: Listed, clock: Callable[[], datetime]) -> None:
        self._signer = signer
        self._listed = listed
        self._clock = clock

    async def offer(self, caller: Caller, content: str, wish: Mapping[str, object], expires: datetime) -> str:
        """Sign these terms and put them in the place of earlier ones."""
        text = self._sign(caller.merchant, wish, expires)
        await self._listed.put(caller.merchant.id, caller.environment, content, _name(wish))
        return text

    def _sign(self, merchant: Merchant, wish: Mapping[str, object], expires: datetime) -> str:
        text = self._signer.sign(
            {
                "iss": self._signer.issuer,
                "use": TYPE,
                "merchant": merchant.id,
                "exp": int(expires.timestamp()),
                "invoice": wish,
            },
            typ=TYPE,
        )
        if len(text) > MAX_TOKEN_BYTES:
            raise InvalidRequest(f"invoice: a listing holds at most {MAX_TOKEN_BYTES} bytes")
        return text

    async def read(self, listing: str, caller: Caller) -> api.CreateInvoice:
        """What this listing offers; raises `InvalidRequest` for none, or one that was replaced, and `Forbidden` for
        another merchant's.
        """
        try:
            claims = read_signed(listing, self._signer.jwks, self._clock())
        except Unauthorized as error:
            raise InvalidRequest(f"listing: {error.message.replace('access token', 'listing')}") from None
        if claims.get("iss") != self._signer.issuer or claims.get("use") != TYPE:
            raise InvalidRequest("listing: this was signed for something else")
        if claims.get("merchant") != caller.merchant.id:
            raise Forbidden("this listing is another merchant's")
        wish = api.decode(msgspec.json.encode(claims["invoice"]), api.CreateInvoice)
        if not await self._listed.sells(
            caller.merchant.id, caller.environment, wish.content_id or "", _name(claims["invoice"])
        ):
            raise InvalidRequest("listing: its terms were replaced by newer ones; load the page again")
        return wish


def _name(terms: object) -> str:
    """The same terms, in any order of their members, have the same name."""
    return hashlib.sha256(msgspec.json.encode(terms, order="sorted")).hexdigest()


class ListingRoutes:
    def __init__(
        self, *, doorman: Doorman, checkout: Checkout, listings: Listings, clock: Callable[[], datetime]
    ) -> None:
        self._doorman = doorman
        self._checkout = checkout
        self._listings = listings
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/invoices/listing", self.create)

    @operation(
        "Sign the terms of invoices that pages may make",
        body=api.CreateListing,
        answers={201: answers.Listing},
        once=True,
    )
    async def create(self, request: web.Request) -> web.Response:
        caller = await self._doorman.caller(request)
        body = await read_body(request)
        wish = api.decode(body, api.CreateListing)
        terms = api.decode(body, dict)["invoice"]
        if beyond := next((name for name in NOT_LISTED if name in terms), None):
            raise InvalidRequest(f"invoice: {beyond} is not for a listing")
        content = wish.invoice.content_id
        if content is None:
            raise InvalidRequest("invoice: a listing sells content; give its contentId")
        if not 60 <= wish.expires_in <= MAX_SECONDS:
            raise InvalidRequest(f"expiresIn: from 60 to {MAX_SECONDS} seconds")

        async def act() -> tuple[int, Mapping[str, object]]:
            await self._checkout.examine(caller.merchant, wish.invoice)
            expires = self._clock() + timedelta(seconds=wish.expires_in)
            listing = await self._listings.offer(caller, content, terms, expires)
            return 201, {"listing": listing, "contentId": content, "expiresAt": timestamp(expires)}

        return await self._doorman.once(request, caller.merchant.id, act)
