"""Who may be told that a payment was his: exactly one request, of whatever many ask.

What was signed is public once its transaction is, so anybody may come with it. Three things decide, in this order:

    the claim      a row in the database, for good once somebody was told
    who was first  of those who ask here now, the first is told, as long as he still listens
    the name       who named his request is told again what he was told
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from relay.chain import Transfer
from relay.errors import InvalidRequest, RelayError
from relay.money import ChainId, TxId
from relay.payment import Payment
from relay.settlement import Request
from relay.store.claims import Claims
from relay.wire.x402 import PaymentPayload, PaymentRequirements

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{16,128}")  # x402, extensions/payment-identifier
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
            if _IDENTIFIER.fullmatch(payload.identifier) is None:
                raise InvalidRequest("payment-identifier: 16 to 128 of A-Z a-z 0-9 _ -", x402="invalid_payload")
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

    async def is_free(self, claimant: Claimant) -> bool:
        """Whether the request's name is no other's so far. Writes nothing: a name costs a payment."""
        if claimant.name is None:
            return True
        scope, name, digest = claimant.name
        return await self._claims.named(scope, name) in (None, digest)

    async def name(self, claimant: Claimant) -> None:
        """Its payment is made: from now on its name is no other's. Of two at once, both of which paid, one has it."""
        if claimant.name is not None:
            with contextlib.suppress(RelayError):  # the database is away, and the payment on its way: no time for a no
                await self._claims.name(*claimant.name, self._clock())

    async def may(self, payment: Payment, transfer: Transfer, claimant: Claimant, *, new: bool = False) -> bool:
        """Whether he could be told of a payment on record: it came this way, by these bytes, and is nobody else's.

        A `new` one has no claim on it yet.
        """
        if payment.door != DOOR or payment.signed != transfer.signed or self._is_behind(payment, claimant):
            return False
        if new:
            return True
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
