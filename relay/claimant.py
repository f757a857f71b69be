"""Who may be told that a payment was his: exactly one request, of whatever many ask.

What was signed is public once its transaction is, so anybody may come with it. Three things decide, in this order:

    the claim      a row in the database, for good once somebody was told
    who was first  of those who ask here now, the first is told, as long as he still listens
    the name       who named his request is told again what he was told
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from relay.chain import Transfer
from relay.money import ChainId, TxId
from relay.payment import Payment
from relay.settlement import Request
from relay.store.claims import Claims
from relay.wire.x402 import PaymentPayload, PaymentRequirements

DOOR = "x402"  # how a payment came that opens something here


@dataclass(frozen=True, slots=True)
class Claimant:
    """A request. `id` is the same whenever the same one asks; of one without a name it is random."""

    id: str
    name: tuple[str, str, str] | None = None  # whose names these are, the name, a digest of what it stands for

    @classmethod
    def of(
        cls, request: Request | None, payload: PaymentPayload, asked: PaymentRequirements, transfer: Transfer
    ) -> Claimant:
        """Whoever presents this payment, by the name the resource server gave, else by the buyer's own."""
        if request is None and payload.identifier is not None:
            request = Request(f"payer {transfer.payer}", payload.identifier)
        if request is None:
            return cls(secrets.token_hex(16))
        terms = (asked.scheme, str(asked.chain), asked.asset.lower(), asked.amount, asked.pay_to.lower())
        where = "" if payload.resource is None else payload.resource.url
        digest = _digest(*terms, where, hashlib.sha256(transfer.signed.raw).hexdigest())
        return cls(_digest(request.scope, request.name, digest), (request.scope, request.name, digest))


@dataclass(frozen=True, slots=True, eq=False)
class _Asking:
    id: str
    listens: Callable[[], bool]


class Claimants:
    def __init__(self, claims: Claims, clock: Callable[[], datetime]) -> None:
        self._claims = claims
        self._clock = clock
        self._first: dict[tuple[ChainId, TxId], _Asking] = {}

    @contextmanager
    def asking(self, transfer: Transfer, claimant: Claimant, listens: Callable[[], bool]) -> Iterator[None]:
        """While the block lasts, this one asks; he is first where nobody who still listens was before him."""
        place, mine = (transfer.signed.chain, transfer.id), _Asking(claimant.id, listens)
        first = self._first.get(place)
        if first is None or not first.listens():
            self._first[place] = mine
        try:
            yield
        finally:
            if self._first.get(place) is mine:
                del self._first[place]

    async def is_named(self, claimant: Claimant) -> bool:
        """Whether the request has its name for itself."""
        return claimant.name is None or await self._claims.name(*claimant.name, self._clock())

    async def may(self, payment: Payment, transfer: Transfer, claimant: Claimant) -> bool:
        """Whether he could be told of a payment on record: it came this way, by these bytes, and is nobody else's."""
        if payment.door != DOOR or payment.signed != transfer.signed or self._is_behind(payment, claimant):
            return False
        owner = await self._claims.owner(payment.signed.chain, payment.tx, self._clock())
        return owner in (None, claimant.id)

    async def take(self, payment: Payment, claimant: Claimant) -> bool:
        """Whether it is his, for good."""
        if self._is_behind(payment, claimant):
            return False
        return await self._claims.take(payment.signed.chain, payment.tx, claimant.id, self._clock())

    async def keep(self, transfer: Transfer, id: str, until: datetime) -> bool:
        """Whether it is his for now."""
        return await self._claims.take(transfer.signed.chain, transfer.id, id, self._clock(), until)

    async def release(self, chain: ChainId, tx: TxId, id: str) -> None:
        """It is nobody's again, if it was his."""
        await self._claims.release(chain, tx, id)

    def _is_behind(self, payment: Payment, claimant: Claimant) -> bool:
        first = self._first.get((payment.signed.chain, payment.tx))
        return first is not None and first.id != claimant.id and first.listens()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
