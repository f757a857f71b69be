"""Whose payment a transfer without an invoice is: it pays accounts of a merchant we know, him alone, in one asset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from relay.abilities import Describes
from relay.chain import EXACT, Chain, Leg, Transfer
from relay.errors import TransferMismatch
from relay.ids import new_id
from relay.invoice import InvoiceId
from relay.money import Account, Asset, ChainId
from relay.payment import Payment, PaymentId, Share
from relay.store.merchants import Merchants
from relay.wire.events import content_of_memo

PAYEE_CACHE = timedelta(seconds=30)  # how long a removed account may still be paid without an invoice
PAYEE_CACHE_ENTRIES = 10_000


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What a transfer pays: for whom, how much of it is his, and for which invoice or content."""

    merchant: str
    invoice: InvoiceId | None
    content: str | None
    asset: Asset
    pay_to: tuple[Share, ...]
    until: datetime | None = None  # from then on the invoice may ask another amount: its quote is over

    def payment(self, transfer: Transfer, now: datetime, door: str = "") -> Payment:
        """The payment a transfer that answers this ask becomes, before anything is written or sent."""
        return Payment(
            id=PaymentId(new_id("pay", now)),
            merchant=self.merchant,
            invoice=self.invoice,
            content=self.content,
            tx=transfer.id,
            signed=transfer.signed,
            payer=transfer.payer,
            pay_to=self.pay_to,
            asset=self.asset,
            amount=sum(share.amount for share in self.pay_to),
            memo=transfer.memo or "",
            valid_until=transfer.valid_until,
            created=now,
            updated=now,
            door=door,
        )


class Payees:
    def __init__(self, merchants: Merchants, chains: Mapping[ChainId, Chain]) -> None:
        self._merchants = merchants
        self._taken = {
            id: tuple(kind.asset for kind in chain.assets())
            for id, chain in chains.items()
            if isinstance(chain, Describes)
        }
        self._known: defaultdict[ChainId, dict[Account, tuple[str, datetime]]] = defaultdict(dict)

    async def asked(self, transfer: Transfer, now: datetime, otherwise: str | None = None) -> Asked:
        """What it pays which merchant, or `otherwise` if none we know; raises `TransferMismatch`."""
        chain = transfer.signed.chain
        credited = [leg for leg in transfer.legs if leg.amount > 0]
        merchant, theirs = await self._theirs(chain, credited, now)
        if merchant is None:
            if otherwise is None:
                names = ", ".join(sorted({leg.account for leg in credited}))
                raise TransferMismatch(
                    f"payees: expected a merchant of this relay or a transfer for one of its invoices, got {names}",
                    code="unknown_payee",
                )
            merchant, theirs = otherwise, credited
        asset = theirs[0].asset
        if any(leg.asset != asset for leg in theirs):
            raise _pays_more()
        if transfer.signed.scheme == EXACT and len(theirs) < len(credited):
            raise TransferMismatch(
                "payees: we pay the fee of a transfer that pays one merchant of ours and nobody else",
                code="unknown_payee",
            )
        taken = self._taken.get(chain, ())
        if asset not in taken:
            raise TransferMismatch(f"asset: expected {' or '.join(taken)}, got {asset}", code="wrong_asset")
        return Asked(merchant, None, content_of_memo(transfer.memo or ""), asset, _shares(theirs))

    async def _theirs(self, chain: ChainId, legs: Sequence[Leg], now: datetime) -> tuple[str | None, Sequence[Leg]]:
        """The one merchant known here who is paid, if any, and what of it is his."""
        found: str | None = None
        theirs: list[Leg] = []
        known = self._known[chain]
        for leg in legs:
            cached = known.get(leg.account)
            if cached is not None and now < cached[1]:
                merchant: str | None = cached[0]
            else:
                merchant = await self._look_up(chain, leg.account, now)
            if merchant is not None:
                if found is not None and merchant != found:
                    raise _pays_more()
                found = merchant
                theirs.append(leg)
        return found, theirs

    async def _look_up(self, chain: ChainId, account: Account, now: datetime) -> str | None:
        merchant = await self._merchants.merchant_of(chain, [account])
        if merchant is None:
            return None
        known = self._known[chain]
        if len(known) >= PAYEE_CACHE_ENTRIES:
            known.clear()
        known[account] = (merchant, now + PAYEE_CACHE)
        return merchant


def _shares(legs: Sequence[Leg]) -> tuple[Share, ...]:
    """What each account gets of one asset, in the order of the transfer."""
    got: dict[Account, int] = {}
    for leg in legs:
        got[leg.account] = got.get(leg.account, 0) + leg.amount
    return tuple([Share(account, amount) for account, amount in got.items()])


def _pays_more() -> TransferMismatch:
    return TransferMismatch(
        "a transfer without an invoice pays one merchant in one asset; this one pays more", code="unknown_payee"
    )
