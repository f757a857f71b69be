"""What a price of a merchant's price list is today: the ways to pay it, in x402's words and in an invoice's.

    0.01 USD     in every asset that has a worth in dollars: USDC at one, as all of x402 takes it, others by their rates
    0.01 USDC    in what is called so, on every network where the merchant is paid
    5 HBAR

USDC comes first, the chain's own coin last: stock buyers pay the first way their limits allow.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from relay.abilities import AssetKind, Describes
from relay.access import Signer
from relay.chain import EXACT, Chain
from relay.errors import InvalidRequest, RateUnavailable
from relay.merchant import Merchant
from relay.money import Account, ChainId, Currency, show_units
from relay.rates.book import Rates
from relay.wire.invoices import asset_extra
from relay.wire.x402 import PaymentRequirements

BUYER_SECONDS = 120  # how long what a buyer signs is valid; Hedera's longest is 180
FIRM_SECONDS, QUOTED_SECONDS = 300.0, 60.0  # how long an answer holds: of fixed amounts, and of rates
DOLLAR = "USD"
FIRST = "USDC"  # the one asset stock buyers pay without being told to
MAX_WAYS = 16

_PRICE = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?) ([A-Z0-9]{2,12})")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay a price."""

    chain: ChainId
    kind: AssetKind
    account: Account
    units: int
    firm: bool  # whether it stays what it is: no rate in it
    own: bool  # the chain's own coin

    @property
    def shown(self) -> str:
        """For people; of what follows a rate, three digits are enough."""
        if self.firm:
            return f"{show_units(self.units, self.kind.decimals)} {self.kind.symbol}"
        rounded = 10 ** max(0, len(str(self.units)) - 3)
        return f"about {show_units(round(self.units / rounded) * rounded, self.kind.decimals)} {self.kind.symbol}"

    def requirements(self) -> PaymentRequirements:
        return PaymentRequirements(
            scheme=EXACT,
            network=str(self.chain),
            amount=str(self.units),
            asset=self.kind.asset,
            pay_to=self.account,
            max_timeout_seconds=BUYER_SECONDS,
            extra=dict(asset_extra(self.kind)) or None,
        )


class Selling:
    """`chains` and `rates` as invoices have them."""

    def __init__(self, chains: Mapping[ChainId, Chain], rates: Rates, signer: Signer) -> None:
        self._chains = {id: chain for id, chain in chains.items() if isinstance(chain, Describes)}
        self._rates = rates
        self._signer = signer

    async def ways(self, merchant: Merchant, price: str) -> Sequence[Way]:
        """The ways to pay a price such as `0.01 USD`, the preferred one first; raises `InvalidRequest` for none."""
        amount, unit = read_price(price)
        asked = [
            self._way(id, chain, kind, account, amount, unit)
            for id, account in merchant.accounts
            if (chain := self._chains.get(id)) is not None
            for kind in chain.assets()
        ]
        found = [way for way in await asyncio.gather(*asked) if way is not None]
        if not found:
            raise InvalidRequest(f"price: {price[:50]} can be paid on no network where {merchant.id} has an account")
        found.sort(key=lambda way: (way.kind.symbol != FIRST, way.own))
        return found[:MAX_WAYS]

    async def offers(self, merchant: Merchant, price: str) -> dict[str, object]:
        """What `GET /v1/offers` answers."""
        ways = await self.ways(merchant, price)
        return {
            "accepts": [way.requirements() for way in ways if EXACT in way.kind.schemes],
            "alternatives": [
                {"network": str(way.chain), "asset": way.kind.asset, "amount": str(way.units)} for way in ways
            ],
            "issuer": self._signer.issuer,
            "audience": self.audience(merchant),
            "shown": _listed(list(dict.fromkeys(way.shown for way in ways[:3]))),
            "expiresIn": FIRM_SECONDS if all(way.firm for way in ways) else QUOTED_SECONDS,
        }

    def audience(self, merchant: Merchant) -> str:
        """Whose site a merchant's access tokens open; never two merchants'."""
        return merchant.origin or f"{self._signer.issuer}/merchants/{merchant.id}"

    async def _way(
        self, id: ChainId, chain: Describes, kind: AssetKind, account: Account, amount: Fraction, unit: str
    ) -> Way | None:
        own = kind.asset == chain.assets()[0].asset
        firm, worth = True, Decimal(1)
        if unit != kind.symbol.upper():
            if unit != DOLLAR:
                return None
            if kind.symbol.upper() != FIRST:
                try:
                    quote = await self._rates.quote(id, kind.asset, kind.symbol if own else None, Currency(DOLLAR))
                except (RateUnavailable, InvalidRequest):
                    return None  # what is not known is not offered
                firm, worth = quote.parity, quote.value
        units = ceil(amount / Fraction(worth) * 10**kind.decimals / kind.step) * kind.step
        return Way(id, kind, account, units, firm, own) if units else None


def read_price(text: str) -> tuple[Fraction, str]:
    """An amount and what it is of; raises `InvalidRequest`."""
    found = _PRICE.fullmatch(text)
    if found is None or not Fraction(found[1]):
        raise InvalidRequest("price: an amount and a unit, such as 0.01 USD, 0.05 USDC or 5 HBAR")
    return Fraction(found[1]), found[2]


def _listed(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
