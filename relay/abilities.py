"""What only some chains can do: small protocols beside `Chain`, one method each where that says it all.

A caller asks with `isinstance`, and does without where a chain does not have it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from relay.chain import SIGNED, Receipt, SignedTransfer, Transfer
from relay.money import Account, Asset, TxId


@runtime_checkable
class Answers(Protocol):
    """A chain whose nodes answer queries on a client's behalf (the 2019 requests)."""

    async def answer(self, event: str, request: bytes | Mapping[str, object]) -> dict[str, object]:
        """Answer the client event `event` (`TRANSACTIONGETRECEIPT`, …) with the 2019 fields; facts of the reply only.

        Bounded in time. A node that is down is an answer, not an exception; junk raises `InvalidRequest`.
        """
        ...


@runtime_checkable
class Sponsors(Protocol):
    """A chain where we may pay the fee of what others signed: scheme `exact`."""

    def sponsors(self) -> tuple[Account, ...]:
        """The accounts of ours that pay; none where the scheme is not offered. What x402 calls `signers`."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """What x402's requirements ask of a transfer of scheme `exact`; accounts and assets in any spelling."""

    pay_to: str
    asset: str
    amount: int
    extra: Mapping[str, object]


@runtime_checkable
class Compares(Protocol):
    """A chain whose rules of `exact` have an order of their own, which begins before the signature."""

    def compare(self, signed: SignedTransfer, ask: Ask) -> None:
        """Whether the bytes, taken at their word, are what was asked; `decode` checks that the word is the payer's.

        Looks at nothing but the clock; raises `InvalidTransfer` or `TransferMismatch`, with x402's reason.
        """
        ...


@runtime_checkable
class Carries(Protocol):
    """A chain where the transaction that carries a transfer has a name of its own."""

    async def carrier(self, signed: SignedTransfer) -> str:
        """The one the ledger has, else the one that was sent last; empty where none was."""
        ...


@runtime_checkable
class Verifies(Protocol):
    """A chain where bytes alone do not tell whether a transfer would go through."""

    @property
    def verified(self) -> frozenset[str]:
        """The schemes of which there is something to ask."""
        ...

    async def verify(self, transfer: Transfer, merchant: str) -> None:
        """Ask the chain what bytes cannot tell: balance, unused nonce, a contract's signature, who may spend our gas.

        Awaited after the match and before anything is written. Bounded in time; raises `InvalidTransfer` or
        `TransferMismatch` with a public code, `Overloaded` at a bound of ours, `Unreachable` when no source answers.
        """
        ...


@runtime_checkable
class Wakes(Protocol):
    """A chain that notices by itself when a transfer is worth another look."""

    async def changed(self, signed: SignedTransfer) -> None:
        """Return once `receipt` may say something new. Cancelled at will; may return for nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A transfer found on the ledger, and what the ledger says of it. `transfer.signed.scheme` is `WATCHED`.

    The id is the one the transfer would have had, had it been made through us: so no money is credited twice.
    """

    transfer: Transfer
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Stretch:
    """A bounded piece of ledger past a cursor. `undone_from` is the lowest block replaced beyond finality."""

    seen: tuple[Seen, ...]
    cursor: str  # where the next piece begins; opaque outside the chain
    more: bool  # there is more to read right now
    undone_from: int | None = None


@runtime_checkable
class Watches(Protocol):
    """A chain that can be searched for payments which were not made through us."""

    async def watch(self, accounts: Collection[Account], cursor: str | None) -> Stretch:
        """The next piece of ledger with every transfer in it that credits one of `accounts`; None begins now.

        Safe to repeat. Bounded in time and size; raises `Unreachable`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Node:
    """One entry point of a chain and how it does. `account` is what a wallet signs for (Hedera), else empty."""

    address: str
    account: str
    healthy: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AssetKind:
    """An asset this relay takes on a chain, as configured, and what a wallet needs to know to sign a payment in it."""

    asset: Asset
    symbol: str
    decimals: int
    schemes: tuple[str, ...] = (SIGNED,)
    domain: tuple[str, str] | None = None  # name and version payers sign typed data under (EIP-712)
    step: int = 1  # amounts are multiples of it
    method: str | None = None  # how scheme `exact` moves it, where there are several ways: x402's assetTransferMethod
    fee_payer: Account | None = None  # whom a payer names in what he signs for `exact`, where it must: x402's feePayer


@runtime_checkable
class Describes(Protocol):
    """A chain that can say what it is made of, for `GET /v1/networks`, `NETWORK_STATUS` and invoices."""

    def nodes(self) -> tuple[Node, ...]:
        """Nodes in the order to prefer them, healthy first."""
        ...

    def assets(self) -> tuple[AssetKind, ...]:
        """What it takes, the chain's own coin first."""
        ...

    @property
    def payees(self) -> int:
        """How many accounts one transfer can pay."""
        ...

    def finality(self) -> str:
        """When a payment counts as settled, in words for the operator and the merchant."""
        ...

    def transaction(self, text: str) -> TxId:
        """The canonical spelling of a transaction id; raises `InvalidRequest` for what is none on this chain."""
        ...

    async def check(self) -> str:
        """Try everything the chain is configured with; says how it went. Raises `Unreachable` naming what is away."""
        ...

    def account(self, text: str) -> Account:
        """The canonical spelling of an account; raises `InvalidRequest` for what is none on this chain."""
        ...


@runtime_checkable
class Attests(Protocol):
    """A chain that can tell whether the holder of an account signed a text, for sign-in and for restoring access."""

    async def attests(self, account: Account, text: str, signature: bytes) -> bool:
        """Whether the key that rules `account` made this signature of `text`. Raises `Unreachable`; bounded in time."""
        ...
