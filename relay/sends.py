"""What we send with keys of our own: a transaction's place in its key's row, its versions, and who remembers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from relay.money import Account, ChainId, TxId


@dataclass(frozen=True, slots=True)
class Send:
    """A transaction of ours, on record before it goes out: one place in the row of one of our keys.

    A place is taken once and never given up: what cannot land any more is replaced by something that can. So `raws` are
    the versions of it in the order they were made, and the ledger will have one of them.
    """

    chain: ChainId
    signer: Account
    nonce: int
    transfer: TxId  # what it carries
    raws: tuple[bytes, ...]
    hashes: tuple[str, ...]
    made: datetime
    cancelled_from: int | None = None  # this version and later ones carry nothing: they only fill the place

    @property
    def carrying(self) -> tuple[str, ...]:
        """The hashes under which the transfer may be found."""
        return self.hashes[: self.cancelled_from]


Sign = Callable[[int], tuple[bytes, str]]  # from the nonce to a version and its hash; pure, and called again


class Sends(Protocol):
    """Our memory of what we sent, in the database. Every call is safe to repeat and to run in several processes."""

    async def of(self, chain: ChainId, transfer: TxId) -> Send | None:
        """The transaction that carries a transfer, if there is one."""
        ...

    async def make(
        self, chain: ChainId, signer: Account, transfer: TxId, floor: int, wei: int, sign: Sign, now: datetime
    ) -> Send:
        """Take the next place of a key, at least `floor`, and write down what goes there; or find what was written.

        Of any number of calls for one transfer, all get the same transaction. `wei` is the most that it may cost us.
        """
        ...

    async def replace(self, send: Send, raw: bytes, hash: str, *, cancelled: bool) -> Send:
        """Write down another version; or find that somebody else did, and return that.

        Once `cancelled`, always: who saw that the money cannot move does not make it move after all.
        """
        ...

    async def release(self, send: Send) -> None:
        """Somebody else used its place, with our key: the transfer is carried by nothing, and may take another one."""
        ...

    async def waiting(self, chain: ChainId, signer: Account, floor: int) -> list[Send]:
        """What was put at `floor` and later places, in order; a bounded piece."""
        ...

    async def spent(self, chain: ChainId, since: datetime, *, merchant: str = "", payer: str = "") -> int:
        """Wei that transactions since then may have cost us for a merchant, or for a payer."""
        ...
