"""Who may hear what: reads a SUBSCRIBE, checks it, and joins the listener to the stream.

A merchant's key opens the merchant's own stream, whole or for one content. An invoice's secret opens that invoice's
news and nothing else; the key the pay page is given in its place opens the same without the access token. Whatever does
not exist and whatever is not yours are refused alike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from relay.access import Signer
from relay.channel import Event, Topic
from relay.channels.room import invoice_room, merchant_room, page_room
from relay.environment import Environment, environment_of
from relay.errors import Forbidden, InvalidRequest, Unauthorized
from relay.invoice import InvoiceId
from relay.payment import Payment
from relay.server.auth import Session
from relay.store.invoices import Invoices
from relay.stream import Streams
from relay.tail import Enter, Send
from relay.wire import events

FIELDS = frozenset({"invoice", "secret", "merchant", "content", "after"})


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one listener hears: a merchant's events, perhaps only those for one content or one invoice."""

    merchant: str
    content: str | None = None
    invoice: str | None = None
    after: int | None = None
    environment: Environment = Environment.TEST  # of a merchant's own stream
    looking_on: bool = False  # hears everything but the access token

    @property
    def room(self) -> str:
        if self.invoice is None:
            return merchant_room(self.merchant, self.environment, self.content)
        return page_room(self.invoice) if self.looking_on else invoice_room(self.invoice)

    def hears(self, event: Event) -> bool:
        """Whether an event of the merchant's is for this listener's environment."""
        network = events.network(event)
        return self.invoice is not None or network is None or environment_of(network) is self.environment

    def shown(self, event: Event) -> dict[str, object]:
        """The event as this listener may hear it."""
        return events.without_token(event) if self.looking_on else events.as_json(event)

    @property
    def topic(self) -> Topic:
        """Which events of the merchant these are."""
        if self.invoice is not None:
            return Topic(self.merchant, "invoice", self.invoice)
        return Topic(self.merchant) if self.content is None else Topic(self.merchant, "content", self.content)


class Subscriptions:
    """`most` is how many one socket may hold."""

    def __init__(self, *, streams: Streams, invoices: Invoices, signer: Signer, most: int) -> None:
        self._streams = streams
        self._invoices = invoices
        self._signer = signer
        self.most = most

    async def read(self, argument: object, session: Session) -> Subscription:
        """The subscription a client asks for, if this session may have it."""
        if not isinstance(argument, Mapping):
            raise InvalidRequest("a subscription is {invoice, secret} or {merchant: true, content?}, each with after?")
        unknown = argument.keys() - FIELDS
        if unknown:
            raise InvalidRequest(f"unknown field {sorted(map(str, unknown))[0][:50]!r} in a subscription")
        after = argument.get("after")
        if after is not None and (type(after) is not int or not 0 <= after < 1 << 63):
            raise InvalidRequest("after: the seq of the last event you have, a whole number; 0 for all of them")
        if "invoice" in argument:
            return await self._invoice(argument, after)
        if argument.get("merchant") is not True:
            raise InvalidRequest("a subscription is {invoice, secret} or {merchant: true, content?}, each with after?")
        content = argument.get("content")
        if content is not None and not (isinstance(content, str) and 1 <= len(content) <= 200):
            raise InvalidRequest("content: a content id of 1 to 200 characters")
        caller = session.caller
        if caller is None:
            raise Unauthorized("a merchant's stream needs its API key in the connection's auth: {apiKey: 'sk_…'}")
        if caller.key.is_page:
            raise Forbidden("a publishable key opens no merchant's stream; a page follows its invoice, by its secret")
        caller.key.require("events:read")
        return Subscription(caller.merchant.id, content=content, after=after, environment=caller.environment)

    def join(self, wish: Subscription, send: Send, enter: Enter) -> Awaitable[tuple[int, int]]:
        """Replay, then go live; returns the number of the last event so far and how many were replayed."""
        return self._streams.join(wish.topic, wish.after, send, enter)

    def watch(self, payment: Payment, enter: Enter) -> Awaitable[None]:
        """Let the payment's room, entered by `enter`, hear of it from now on."""
        return self._streams.follow(payment, enter)

    async def _invoice(self, argument: Mapping[str, object], after: int | None) -> Subscription:
        invoice, secret = argument["invoice"], argument.get("secret")
        if not isinstance(invoice, str) or not isinstance(secret, str) or "merchant" in argument:
            raise InvalidRequest("an invoice's news needs {invoice: 'inv_…', secret: 'ivs_…'}")
        if self._signer.knows_invoice_secret(invoice, secret):
            found = await self._invoices.get(InvoiceId(invoice))
            if found is not None:
                return Subscription(found.merchant, invoice=found.id, after=after)
        elif self._signer.knows_page_key(invoice, secret):
            found = await self._invoices.get(InvoiceId(invoice))
            if found is not None:
                return Subscription(found.merchant, invoice=found.id, after=after, looking_on=True)
        raise Unauthorized("the invoice and the secret do not belong together")
