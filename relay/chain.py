"""What the relay knows of a chain: a signed transfer goes in, an outcome comes out.

How to add one: write `relay/chains/<namespace>.py` (the module is named after the CAIP-2 namespace) with a frozen
msgspec `Options` struct, `open_chain(id, options, clock=, report=, sends=)` returning an async context manager,
`read_account(text)`, and a class with the four members of `Chain`; add `[chains."<namespace>:<reference>"]` to
relay.toml; add `tests/vectors/<namespace>.json`. Nothing else changes. The conformance suite
(tests/chains/test_conformance.py) asks every chain the same questions.

Two of the four look at nothing (`decode` is pure) or move nothing (`receipt`); one, `submit`, moves money, and it is
safe to repeat with the same bytes. What only some chains can do is in the small protocols of abilities.py. Exceptions
mean *we could not*; the values below say *what the world did*. They are frozen structs of msgspec, like the other nouns
a payment makes many of: a dataclass does the same in Python, at ten times the price. None can be part of a
cycle, so the garbage collector does not look at them (`gc=False`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from relay.money import Account, Asset, ChainId, TxId

SIGNED = "signed"  # whole and signed by the payer; sent unchanged
EXACT = "exact"  # x402's scheme: we co-sign or send it
WATCHED = "watched"  # found on the ledger, not made through us; `raw` is the chain's own reference, never submitted


class SignedTransfer(msgspec.Struct, frozen=True, gc=False):
    """What a wallet handed in. `raw` is opaque outside its chain module and is never logged."""

    chain: ChainId
    scheme: str
    raw: bytes


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One account's change in one asset: positive is a credit, negative a debit, in smallest units, never zero."""

    account: Account
    asset: Asset
    amount: int


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """What signed bytes say, checked as far as bytes alone can be. Produced only by `Chain.decode`.

    `signed.raw` is the form that will be stored and sent: a transfer presented in an outdated envelope comes back
    lifted into today's, with the signed bytes themselves untouched.
    """

    id: TxId
    signed: SignedTransfer
    payer: Account
    legs: tuple[Leg, ...]
    memo: str | None  # None: this chain carries none, so that the invoice is named beside the bytes
    valid_from: datetime
    valid_until: datetime  # past this instant the chain itself refuses it


# --- what a node did with bytes it was handed ---


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A node has the bytes: now, or since an earlier send. Not a payment yet. `code` is the chain's own number."""

    code: int = 0


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A node looked at the bytes and declined, or no byte left us. Conclusive for a first send, worthless for a resend.

    `reason` is a public refusal code (contract.md); `code` is the node's number, None when no node answered.
    """

    reason: str
    message: str
    code: int | None = None


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """The bytes may have arrived. Resolved by looking, never by guessing."""

    message: str


Submission = Taken | Refused | Unknown


# --- what the ledger says of a transfer ---


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """The ledger recorded the transfer. `final` means it cannot be undone by the chain's own rules."""

    ok: bool
    code: int
    name: str  # of the code, as the chain spells it: `SUCCESS`, `INSUFFICIENT_ACCOUNT_BALANCE`
    final: bool = True
    depth: int = 0  # blocks on top of it; 0 where the chain has no such thing
    block: int | None = None  # its height, on chains that can be reorganised
    error: str | None = None  # for people, where it went through and still is no payment
    reason: str = "transfer_failed"  # public, where it is not ok


class Pending(msgspec.Struct, frozen=True, gc=False):
    """Not recorded so far, and it still could be, or the source cannot rule it out."""


class Never(msgspec.Struct, frozen=True, gc=False):
    """Proof that it will never be recorded: its window closed, and a source that covers that instant lacks it."""

    message: str


class Undone(msgspec.Struct, frozen=True, gc=False):
    """It was final and is not on the ledger any more: a reorganisation deeper than the configured finality."""

    message: str


Sight = Receipt | Pending | Never


class Chain(Protocol):
    """One chain. Every call is bounded in time by the module itself."""

    @property
    def id(self) -> ChainId: ...

    def decode(self, signed: SignedTransfer) -> Transfer:
        """Read the bytes and check every signature that bytes alone can check. Pure; raises `InvalidTransfer`."""
        ...

    async def submit(self, signed: SignedTransfer) -> Submission:
        """Hand the bytes, as `decode` returned them, to a node. Safe to repeat; never raises for what the world did."""
        ...

    async def receipt(self, signed: SignedTransfer) -> Sight:
        """Look for the transfer on the ledger. Moves nothing; raises `Unreachable` when no source answers."""
        ...
