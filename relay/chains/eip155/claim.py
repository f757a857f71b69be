"""What to look for on the ledger: which transactions may hold a transfer, what must have arrived, and what in it can be
used only once, so that its use elsewhere proves that the transfer will never come.

A claim is made from stored bytes alone: from a transaction, an authorization, or the reference of a payment that was
found by watching (`Found`).
"""

from __future__ import annotations

from dataclasses import dataclass

from relay.chain import SignedTransfer
from relay.chains.eip155 import transaction
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import NATIVE
from relay.money import Asset


@dataclass(frozen=True, slots=True)
class AccountNonce:
    """A transaction's place in its sender's row: one transaction takes it."""

    account: str
    number: int


@dataclass(frozen=True, slots=True)
class Authorization:
    """EIP-3009: the token itself knows which nonces of an authorizer are used or cancelled."""

    token: str
    authorizer: str
    nonce: str
    valid_before: int  # Unix seconds: a block at or after it cannot use it


@dataclass(frozen=True, slots=True)
class Permit:
    """Permit2: unordered nonces, one bit each, in the contract all tokens share."""

    owner: str
    nonce: int
    deadline: int  # Unix seconds: a block after it cannot use it


Once = AccountNonce | Authorization | Permit


@dataclass(frozen=True, slots=True)
class Claim:
    """Addresses and hashes are lower case, as answers are. `position` is the one event that counts, None: any."""

    hashes: tuple[str, ...]
    asset: Asset
    token: str | None  # None: the chain's own coin
    payer: str
    payee: str
    amount: int
    once: Once
    position: int | None = None


def claim_of_transaction(signed: SignedTransfer, spec: Spec) -> Claim:
    """What a transaction that the payer signed whole must bring."""
    transfer = transaction.decode(signed, spec)
    sent = transaction.read(signed.raw, spec)
    credit = next(leg for leg in transfer.legs if leg.amount > 0)
    return Claim(
        hashes=(sent.hash,),
        asset=credit.asset,
        token=None if credit.asset == NATIVE else credit.asset.lower(),
        payer=transfer.payer.lower(),
        payee=credit.account.lower(),
        amount=credit.amount,
        once=AccountNonce("0x" + sent.sender.hex(), sent.nonce),
    )
