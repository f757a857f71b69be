"""What merchants ask and whether a transfer answers it: invoices are made here, and transfers find theirs here.

Never an open relay: a transfer is relayed only if it answers an invoice exactly, or, where it names none, pays an
account of a merchant we know. Which it is, is decided before anything is written or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from relay.abilities import AssetKind
from relay.access import Signer
from relay.chain import Chain, Transfer
from relay.channel import Event
from relay.credit import counts, offer_for
from relay.errors import InvalidRequest, NotFound, RateUnavailable, TransferMismatch
from relay.ids import MEMO_PREFIX, new_id, new_memo
from relay.invoice import OPEN, Exact, Invoice, InvoiceId, Mismatch, Offer, Part, credits, match
from relay.merchant import Merchant
from relay.money import ChainId
from relay.payees import Asked, Payees
from relay.payment import Payment, Share
from relay.policy import usual
from relay.rates.book import Rates
from relay.store.invoices import Invoices
from relay.store.merchants import Merchants
from relay.terms import Terms
from relay.wire import api, events, webhooks
from relay.wire.invoices import invoice_json
from relay.wire.quotes import read_price


class Checkout:
    def __init__(
        self,
        *,
        invoices: Invoices,
        merchants: Merchants,
        signer: Signer,
        chains: Mapping[ChainId, Chain],
        token_lifetime: timedelta,
        clock: Callable[[], datetime],
        rates: Rates | None = None,  # None: nothing is priced in a currency
    ) -> None:
        self._terms = Terms(chains, rates, clock)
        self._invoices = invoices
        self._signer = signer
        self._payees = Payees(merchants, chains)
        self._token_lifetime = token_lifetime
        self._clock = clock

    async def asked(
        self, transfer: Transfer, invoice: InvoiceId | None, now: datetime, *, otherwise: str | None = None
    ) -> Asked:
        """Which ask of which merchant a transfer answers. Raises `TransferMismatch` or `NotFound` if none.

        `otherwise` is whose payment it is when no merchant of this relay is paid: somebody stands in for its payees.
        """
        found: Invoice | None = None
        if invoice is not None:
            found = await self._invoices.get(invoice)
            if found is None:
                raise NotFound(f"there is no invoice {invoice[:40]}", code="invoice_not_found")
        elif transfer.memo is not None and transfer.memo.startswith(MEMO_PREFIX):
            found = await self._invoices.by_memo(transfer.memo)
        if found is None:
            return await self._payees.asked(transfer, now, otherwise)
        match match(transfer, found, now):
            case Exact(offer):
                return Asked(
                    found.merchant, found.id, found.content, offer.asset, found.left(offer), found.quoted_until
                )
            case Part(offer, pay_to):
                return Asked(found.merchant, found.id, found.content, offer.asset, pay_to, found.quoted_until)
            case Mismatch(code, message):
                raise TransferMismatch(message, code=code)

    async def credited(self, transfer: Transfer, now: datetime) -> Asked | None:
        """Whose money a transfer is that is on the ledger already; None when it is nobody's here.

        It is for the invoice its memo names, as far as that one takes it: by what it offers, within its late window.
        """
        at = min(now, transfer.valid_until)
        if transfer.memo is not None and transfer.memo.startswith(MEMO_PREFIX):
            found = await self._invoices.by_memo(transfer.memo)
            if found is not None and counts(found, at):
                asked = await self._worth(found, transfer, at)
                if asked is not None:
                    return asked
        try:
            return await self._payees.asked(transfer, now)
        except TransferMismatch:
            return None

    async def create(self, merchant: Merchant, wish: api.CreateInvoice) -> Invoice:
        """Make the invoice a merchant wishes for, checked field by field, and store it; or find the order's."""
        invoice = await self._invoices.insert(await self.examine(merchant, wish))
        return await self.shown(invoice)  # the order's may be an older one

    async def examine(self, merchant: Merchant, wish: api.CreateInvoice) -> Invoice:
        """The invoice as it would be made now, checked field by field, and not stored."""
        now = self._clock()
        if not 1 <= wish.expires_in <= api.MAX_EXPIRY_SECONDS:
            raise InvalidRequest(f"expiresIn: from 1 to {api.MAX_EXPIRY_SECONDS} seconds, got {wish.expires_in}")
        price = read_price(wish.price)
        offers, quoted = await self._terms.offers(merchant, wish.offers(), price)
        if wish.content_id is not None and not (1 <= len(wish.content_id) <= 200 and wish.content_id.isprintable()):
            raise InvalidRequest("contentId: from 1 to 200 printable characters")
        return Invoice(
            id=InvoiceId(new_id("inv", now)),
            merchant=merchant.id,
            offers=offers,
            memo=new_memo(),
            content=wish.content_id,
            created=now,
            expires=now + timedelta(seconds=wish.expires_in),
            redirect_url=_web_url(wish.redirect_url, "redirectUrl"),
            origin=_origin(wish.origin, merchant),
            metadata=api.read_metadata(wish.metadata),
            policy=api.read_policy(wish.policy, usual(price)),
            customer=api.read_reference(wish.customer_id, "customerId"),
            order=api.read_reference(wish.order_id, "orderId"),
            price=price,
            quote=None if quoted is None else quoted.evidence,
            quoted_until=None if quoted is None else quoted.until,
            webhook_url=wish.webhook_url,
        )

    async def fresh(self, invoice: Invoice) -> Invoice:
        """The invoice with a quote that holds now, made where the last one is over; raises `RateUnavailable`.

        Only while it can be paid, or could still be late: what a payment under way answers is not changed.
        """
        if invoice.status not in OPEN or not invoice.is_outdated(self._clock()):
            return invoice
        return await self._invoices.requote(invoice, await self._terms.requoted(invoice))

    async def shown(self, invoice: Invoice) -> Invoice:
        """The invoice as a reader should see it: with a fresh quote while it is open, where one can be had."""
        if invoice.status_at(self._clock()) not in OPEN:
            return invoice
        try:
            return await self.fresh(invoice)
        except RateUnavailable:
            return invoice  # its `quoteExpiresAt` tells

    async def cancel(self, merchant: str, id: str) -> tuple[Invoice, Event] | None:
        """End an invoice nobody paid or is paying, and tell of it; None when it is none, or no longer open."""
        now = self._clock()
        invoice = await self._invoices.get(id, merchant=merchant)
        if invoice is None:
            return None
        event = f"evt_{invoice.id.removeprefix('inv_')}C"  # one per invoice, however often it is asked for
        return await self._invoices.cancel(
            merchant, id, lambda seq: events.invoice_event(invoice, "cancelled", id=event, seq=seq, time=now)
        )

    async def end(self) -> Sequence[Event]:
        """Tell of invoices whose time is over, unpaid; a bounded number of them."""

        def tell(invoice: Invoice, seq: int) -> Event:
            event = f"evt_{invoice.id.removeprefix('inv_')}E"
            return events.invoice_event(invoice, "expired", id=event, seq=seq, time=invoice.expires)

        return await self._invoices.end(self._clock(), tell)

    def describe(self, invoice: Invoice, *, secret: bool) -> dict[str, object]:
        """An invoice as JSON, its requirements signed; `secret` adds what only the merchant may see."""
        url = f"{self._signer.issuer}/i/{invoice.id}"
        body = invoice_json(invoice, self._clock(), url=url, terms=self._terms.kind)
        body["requirementsJws"] = self._signer.sign(
            {
                "iss": self._signer.issuer,
                "inv": invoice.id,
                "iat": int(invoice.created.timestamp()),
                "exp": int(min(invoice.expires, invoice.quoted_until or invoice.expires).timestamp()),
                "requirements": body["requirements"],
            },
            typ="requirements+jwt",
        )
        if secret:
            body["secret"] = self._signer.invoice_secret(invoice.id)
            body["metadata"] = dict(invoice.metadata)
            body |= {} if invoice.customer is None else {"customerId": invoice.customer}
            body |= {} if invoice.order is None else {"orderId": invoice.order}
            body["webhookUrl"] = invoice.webhook_url
        return body

    def kind(self, offer: Offer) -> AssetKind | None:
        """How an offer's asset is called and paid; None where its chain is not run any more."""
        return self._terms.kind(offer)

    def webhook_secret(self, invoice: Invoice) -> dict[str, str]:
        """What messages to the invoice's own `webhookUrl` verify with; the same for all of its merchant's."""
        if invoice.webhook_url is None:
            return {}
        return {"webhookSecret": webhooks.secret_text(self._signer.webhook_keys(invoice.merchant))}

    async def access_token(self, payment: Payment, now: datetime | None = None) -> str:
        """What opens the content a settled payment paid for, at the site that asked for it. Dated then, or `now`."""
        invoice = await self._invoices.get(InvoiceId(payment.invoice or ""))
        if invoice is None or invoice.content is None:
            raise NotFound(f"payment {payment.id} is for no content")
        return self._signer.access_token(
            audience=invoice.origin or f"{self._signer.issuer}/merchants/{payment.merchant}",  # never two merchants'
            merchant=payment.merchant,
            payer=payment.payer,
            content=invoice.content,
            invoice=invoice.id,
            payment=payment.id,
            now=now or payment.updated,
            lifetime=self._token_lifetime,
        )

    def grant(self, merchant: Merchant, payment: Payment, content: str) -> str:
        """What opens content of a merchant's to whoever made a settled payment that was for nothing else. Dated now."""
        return self._signer.access_token(
            audience=merchant.origin or f"{self._signer.issuer}/merchants/{merchant.id}",
            merchant=merchant.id,
            payer=payment.payer,
            content=content,
            invoice=payment.invoice or "",
            payment=payment.id,
            now=self._clock(),
            lifetime=self._token_lifetime,
        )

    async def _worth(self, invoice: Invoice, transfer: Transfer, at: datetime) -> Asked | None:
        """What of a transfer is for an invoice, by a quote that held when it was made, or by one that holds now."""
        if invoice.is_outdated(at):
            try:
                invoice = await self.fresh(invoice)
            except RateUnavailable:
                return None  # for no invoice then: the merchant is told of it, and nobody guesses
        return _part(invoice, transfer)


def _part(invoice: Invoice, transfer: Transfer) -> Asked | None:
    """What of a transfer on the ledger is for an invoice: any amount to the payees of the offer it paid by."""
    for asset, got in credits(transfer).items():
        offer = offer_for(invoice, transfer.signed.chain, asset)
        if offer is not None:
            payees = {share.account for share in offer.pay_to}
            shares = tuple(Share(account, amount) for account, amount in got.items() if account in payees)
            if shares:
                return Asked(invoice.merchant, invoice.id, invoice.content, asset, shares)
    return None


def _web_url(text: str | None, field: str) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        good = len(text) <= 2000 and text.isprintable() and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise InvalidRequest(f"{field}: expected an http(s) URL of at most 2000 characters")
    return text


def _origin(text: str | None, merchant: Merchant) -> str | None:
    """Whose site the access token opens. Only the merchant's own: sites trust what this relay signs for them."""
    url = _web_url(text, "origin")
    if url is None:
        return merchant.origin
    parts = urlsplit(url)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise InvalidRequest("origin: scheme, host and port only, such as https://blog.example.com")
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    if origin != (merchant.origin or "").lower().rstrip("/"):
        raise InvalidRequest(f"origin: {origin} is not the site of this merchant; the operator registers it")
    return merchant.origin
