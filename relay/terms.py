"""The ways to pay that an invoice offers: what a merchant asks, checked against what the chains take.

A price in a currency becomes an amount in each asset by rates that hold for a while:

    the invoice   ends when its merchant says, hours later if he likes
    the quote     ends after minutes: until then the payer knows what he pays, and may not wait for a better rate

A quote is honoured a little longer than it says, so that what was signed in its last second still pays. Then whoever
looks at the open invoice next makes a new one; what was paid before keeps the part of the price it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec import structs

from relay.abilities import AssetKind, Describes
from relay.chain import Chain
from relay.errors import InvalidRequest, RateUnavailable, UnsupportedNetwork
from relay.invoice import HONOURED, Invoice, Offer
from relay.merchant import Merchant
from relay.money import Asset, ChainId, Currency
from relay.payment import Share
from relay.policy import Price
from relay.rate import Quote, units_due
from relay.rates.book import Rates
from relay.wire import api
from relay.wire.quotes import quotes_json


@dataclass(frozen=True, slots=True)
class Quoted:
    """Smallest units by way to pay, the evidence as JSON, and how long they hold: None where they do not age."""

    units: tuple[int, ...]
    evidence: str
    until: datetime | None


Way = tuple[ChainId, AssetKind]
GLANCE_SECONDS = 1.0  # that what is only shown may wait for a source


class Terms:
    def __init__(self, chains: Mapping[ChainId, Chain], rates: Rates | None, clock: Callable[[], datetime]) -> None:
        self._chains = {id: chain for id, chain in chains.items() if isinstance(chain, Describes)}
        self._rates = rates
        self._clock = clock

    async def offers(
        self, merchant: Merchant, wishes: Sequence[api.OfferRequest], price: Price | None
    ) -> tuple[tuple[Offer, ...], Quoted | None]:
        """What the merchant may offer of what he wishes; raises `InvalidRequest`, and `RateUnavailable` for a price."""
        quoted = None
        if price is not None:
            quoted = await self._quote(price, [_asset(self._chain(merchant, wish), wish) for wish in wishes])
            wishes = [_over(wish, units) for wish, units in zip(wishes, quoted.units, strict=True)]
        offers = tuple(self._offer(merchant, wish) for wish in wishes)
        if len({(offer.chain, offer.asset) for offer in offers}) != len(offers):
            raise InvalidRequest("alternatives: each asset of a network once")
        return offers, quoted

    async def requoted(self, invoice: Invoice) -> Invoice:
        """The invoice with its price at the rates of now; raises `RateUnavailable`."""
        if invoice.price is None:
            return invoice
        ways = [(offer.chain, kind) for offer in invoice.offers if (kind := self.kind(offer)) is not None]
        if len(ways) != len(invoice.offers):
            raise RateUnavailable("this relay does not run every network of the invoice any more")
        quoted = await self._quote(invoice.price, ways)
        offers = tuple(offer.over(units) for offer, units in zip(invoice.offers, quoted.units, strict=True))
        return replace(invoice, offers=offers, quote=quoted.evidence, quoted_until=quoted.until)

    def kind(self, offer: Offer) -> AssetKind | None:
        """How an offer's asset is paid; None where its chain is not run any more."""
        return self._kind(offer.chain, offer.asset)

    async def rate(self, chain: ChainId, asset: Asset, currency: Currency) -> tuple[Quote, int]:
        """What one whole coin of an asset is worth now, and how many decimals it has; raises `RateUnavailable`."""
        kind = self._kind(chain, asset)
        if kind is None:
            raise RateUnavailable(f"this relay does not take {asset} on {chain} any more")
        return await self._rate(currency, chain, kind), kind.decimals

    async def worth(self, chain: ChainId, asset: Asset) -> Quote | None:
        """The same in the operator's first currency, for people to see; None where nobody says so, or not at once."""
        currency = None if self._rates is None else self._rates.currency
        if currency is None:
            return None
        try:
            async with asyncio.timeout(GLANCE_SECONDS):
                quote, _ = await self.rate(chain, asset, currency)
        except (RateUnavailable, TimeoutError):
            return None
        return quote

    def _kind(self, id: ChainId, asset: Asset) -> AssetKind | None:
        chain = self._chains.get(id)
        kinds = () if chain is None else chain.assets()
        return next((kind for kind in kinds if kind.asset == asset), None)

    async def _quote(self, price: Price, ways: Sequence[Way]) -> Quoted:
        quotes = await asyncio.gather(*(self._rate(price.currency, *way) for way in ways))
        priced = list(zip(ways, quotes, strict=True))
        firm = all(quote.parity for quote in quotes)
        return Quoted(
            units=tuple(
                units_due(price.cents, quote.value, decimals=kind.decimals, step=kind.step)
                for (_, kind), quote in priced
            ),
            evidence=quotes_json((chain, kind.asset, quote) for (chain, kind), quote in priced),
            until=None if firm or self._rates is None else self._clock() + self._rates.lifetime + HONOURED,
        )

    async def _rate(self, currency: Currency, chain: ChainId, kind: AssetKind) -> Quote:
        if self._rates is None:
            raise RateUnavailable("this relay has no sources of rates")
        own = (
            kind.asset == self._chains[chain].assets()[0].asset
        )  # of a token, the symbol says nothing: anyone's choice
        return await self._rates.quote(chain, kind.asset, kind.symbol if own else None, currency)

    def _chain(self, merchant: Merchant, wish: api.OfferRequest) -> tuple[ChainId, Describes]:
        id = ChainId.parse(wish.network)
        chain = self._chains.get(id)
        if chain is None:
            raise UnsupportedNetwork(f"network: {id} is not one of this relay's: {', '.join(map(str, self._chains))}")
        merchant.require_network(id)
        return id, chain

    def _offer(self, merchant: Merchant, wish: api.OfferRequest) -> Offer:
        id, chain = self._chain(merchant, wish)
        _, kind = _asset((id, chain), wish)
        own = next((account for where, account in merchant.accounts if where == id), None)
        shares = api.read_shares(wish, own)
        if len(shares) > chain.payees:
            raise InvalidRequest(f"payTo: a transfer on {id} pays at most {chain.payees} accounts, got {len(shares)}")
        if any(share.amount % kind.step for share in shares):
            raise InvalidRequest(f"amount: {kind.symbol} moves on {id} in multiples of {kind.step} units")
        return Offer(id, kind.asset, tuple(Share(chain.account(share.account), share.amount) for share in shares))


def _asset(where: tuple[ChainId, Describes], wish: api.OfferRequest) -> Way:
    id, chain = where
    taken = {kind.asset.lower(): kind for kind in chain.assets()}  # a token's address may come in any case
    kind = next(iter(taken.values())) if wish.asset is None else taken.get(wish.asset.lower())
    if kind is None:
        known = ", ".join(f"{each.asset} ({each.symbol})" for each in taken.values())
        raise InvalidRequest(f"asset: {str(wish.asset)[:50]!r} is not taken on {id}; it takes {known}")
    return id, kind


def _over(wish: api.OfferRequest, units: int) -> api.OfferRequest:
    payees = [] if wish.pay_to is None or isinstance(wish.pay_to, str) else wish.pay_to
    if wish.amount is not None or any(payee.amount is not None for payee in payees):
        raise InvalidRequest("with price, no amount beside it; shares of several payees are weights")
    return structs.replace(wish, amount=str(units))
