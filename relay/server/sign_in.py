"""Routes of wallets that prove who they are: a merchant signs in, a payer gets his access back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from aiohttp import web

from relay.challenge import Challenge, Purpose
from relay.checkout import Checkout
from relay.environment import environment_of
from relay.errors import Forbidden, InvalidRequest, NotFound
from relay.invoice import InvoiceId, InvoiceStatus
from relay.key import Kind, read_scopes
from relay.payment import Payment, Status
from relay.proof import Asked, Proofs
from relay.server.http import Doorman, read_body, respond
from relay.server.open_keys import OpenKeys
from relay.server.openapi import Auth, operation
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.wire import api, sign_in
from relay.wire.events import timestamp

SESSION = timedelta(hours=1)
PROOF_COST = 20  # requests' worth: a proof may ask a mirror or a node
_CANDIDATES = 20  # payments looked at for one that opens something


class SignInRoutes:
    """`/v1/auth/…`: a merchant's session, opened by a signature of an account he is paid on."""

    def __init__(
        self, *, doorman: Doorman, proofs: Proofs, merchants: Merchants, keys: Keys, open_keys: OpenKeys
    ) -> None:
        self._doorman = doorman
        self._proofs = proofs
        self._merchants = merchants
        self._keys = keys
        self._open_keys = open_keys

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/auth/challenge", self.challenge)
        app.router.add_post(Purpose.SIGN_IN, self.verify)
        app.router.add_post("/v1/auth/signout", self.sign_out)

    @operation(
        "Ask for a text to sign in with",
        body=sign_in.SignInChallenge,
        answers={200: sign_in.Challenge},
        auth=Auth.ANYONE,
        once=True,
    )
    async def challenge(self, request: web.Request) -> web.Response:
        """The text to sign. What the session may is in it, so a wallet shows what it grants."""
        wish = api.decode(await read_body(request), sign_in.SignInChallenge)
        role = "owner" if wish.scopes is None and wish.role is None else wish.role
        scopes = sorted(read_scopes(wish.scopes, role, page=False))
        resources = [f"scope:{scope}" for scope in scopes]

        async def act() -> tuple[int, Mapping[str, object]]:
            return 200, _asked_json(self._proofs.ask(Purpose.SIGN_IN, wish.network, wish.account, resources))

        return await self._doorman.once(request, f"address {self._doorman.address(request)}", act)

    @operation(
        "Open a session by a signature",
        body=sign_in.Signed,
        answers={200: sign_in.Session},
        auth=Auth.ANYONE,
        once=True,
        problems=(401, 403, 503),
    )
    async def verify(self, request: web.Request) -> web.Response:
        """A session for whoever holds an account of a merchant. Raises `Forbidden` where it is no merchant's."""
        await self._doorman.charge(request, PROOF_COST)
        signed = api.decode(await read_body(request), sign_in.Signed)

        async def act() -> tuple[int, Mapping[str, object]]:
            proven = await self._proofs.prove(Purpose.SIGN_IN, signed.message, signed.signature)
            merchant = await self._merchants.merchant_of(proven.chain, [proven.account])
            if merchant is None:
                raise Forbidden(f"{proven.account} on {proven.chain} is no account of a merchant here")
            made = await self._keys.add(
                merchant,
                "signed in",
                environment=environment_of(proven.chain),
                kind=Kind.SESSION,
                scopes=[resource.removeprefix("scope:") for resource in proven.resources],
                lifetime=SESSION,
                by=f"{proven.chain}/{proven.account}",
            )
            key = made.key
            return 200, {
                "token": made.text,
                "tokenType": "Bearer",
                "expiresAt": timestamp(key.expires or key.created),
                "merchant": merchant,
                "environment": key.environment,
                "scopes": sorted(key.scopes or ()),
            }

        return await self._doorman.once(request, f"address {self._doorman.address(request)}", act)

    @operation("End this session", answers={200: sign_in.SignedOut})
    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session that asks."""
        caller = await self._doorman.holder(request)
        if caller.key.kind is not Kind.SESSION:
            raise Forbidden("this is no session; a key is ended by POST /v1/keys/{id}/revoke")
        await self._keys.revoke(caller.merchant.id, caller.key.id, by=caller.key.id)
        await self._open_keys.close_dead()
        return respond(200, {"signedOut": True})


class AccessRoutes:
    """`/v1/access/…`: a fresh access token for whoever paid, on any device that holds his key."""

    def __init__(
        self,
        *,
        doorman: Doorman,
        proofs: Proofs,
        checkout: Checkout,
        invoices: Invoices,
        journal: Journal,
        clock: Callable[[], datetime],
    ) -> None:
        self._doorman = doorman
        self._proofs = proofs
        self._checkout = checkout
        self._invoices = invoices
        self._journal = journal
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/v1/access/challenge", self.challenge)
        app.router.add_post(Purpose.RESTORE, self.restore)

    @operation(
        "Ask for a text to sign to get access back",
        body=sign_in.AccessChallenge,
        answers={200: sign_in.Challenge},
        auth=Auth.ANYONE,
        once=True,
    )
    async def challenge(self, request: web.Request) -> web.Response:
        wish = api.decode(await read_body(request), sign_in.AccessChallenge)
        resource = _resource(wish)

        async def act() -> tuple[int, Mapping[str, object]]:
            return 200, _asked_json(self._proofs.ask(Purpose.RESTORE, wish.network, wish.account, [resource]))

        return await self._doorman.once(request, f"address {self._doorman.address(request)}", act)

    @operation(
        "A fresh access token for whoever paid",
        body=sign_in.Signed,
        answers={200: sign_in.Access},
        auth=Auth.ANYONE,
        once=True,
        problems=(401, 404, 503),
    )
    async def restore(self, request: web.Request) -> web.Response:
        """Raises `NotFound` alike for what does not exist, was paid by another, or is not settled."""
        await self._doorman.charge(request, PROOF_COST)
        signed = api.decode(await read_body(request), sign_in.Signed)

        async def act() -> tuple[int, Mapping[str, object]]:
            proven = await self._proofs.prove(Purpose.RESTORE, signed.message, signed.signature)
            payment = await self._paid(proven)
            return 200, {
                "accessToken": await self._checkout.access_token(payment, self._clock()),
                "payment": payment.id,
                "invoice": payment.invoice,
                "contentId": payment.content,
            }

        return await self._doorman.once(request, f"address {self._doorman.address(request)}", act)

    async def _paid(self, proven: Challenge) -> Payment:
        for payment in await self._candidates(proven):
            invoice = await self._invoices.get(InvoiceId(payment.invoice or ""))
            if invoice is None or invoice.status is not InvoiceStatus.SETTLED or invoice.content is None:
                continue
            if await self._invoices.has_paid(invoice, proven.chain, proven.account):
                return payment
        raise NotFound(f"{proven.account} has no settled payment for this on {proven.chain}")

    async def _candidates(self, proven: Challenge) -> tuple[Payment, ...]:
        kind, _, name = proven.resources[0].partition(":")
        merchant, content, invoice = "", None, None
        if kind == "invoice":
            found = await self._invoices.get(InvoiceId(name))
            if found is not None:
                merchant, invoice = found.merchant, str(found.id)
        else:
            merchant, _, quoted = name.partition("/")
            content = unquote(quoted)
        page = await self._journal.payments(
            merchant,
            status=Status.SETTLED,
            network=proven.chain,
            payer=proven.account,
            content=content,
            invoice=invoice,
            limit=_CANDIDATES,
        )
        return tuple(page.items)


def _resource(wish: sign_in.AccessChallenge) -> str:
    if wish.invoice is not None and wish.merchant is None and wish.content_id is None:
        return f"invoice:{quote(wish.invoice[:100], safe='')}"
    if wish.invoice is None and wish.merchant is not None and wish.content_id is not None:
        return f"content:{quote(wish.merchant[:100], safe='')}/{quote(wish.content_id[:200], safe='')}"
    raise InvalidRequest("give invoice, or merchant and contentId: what was paid for")


def _asked_json(asked: Asked) -> dict[str, object]:
    return {"message": asked.message, "expiresAt": timestamp(asked.expires)}
