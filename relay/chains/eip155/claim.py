"""What to look for on the ledger: which transactions may hold a transfer, what must have arrived, and what in it can be
used only once, so that its use elsewhere proves that the transfer will never come.

A claim is made from stored bytes alone: from a transaction, an authorization, or the reference of a payment that was
found by watching (`Found`).
"""

from __future__ import annotations

from dataclasses import dataclass

from relay.chain import SignedTransfer
from relay.chains.eip155 import authorization, transaction, typed_data
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import NATIVE
from relay.money import Asset, TxId

PERMIT2, EXACT_PROXY = "0x" + typed_data.PERMIT2.hex(), "0x" + typed_data.EXACT_PROXY.hex()


@dataclass(frozen=True, slots=True)
class AccountNonce:
    """A transaction's place in its sender's row: one transaction takes it."""

    account: str
    number: int


@dataclass(frozen=True, slots=True)
class Word:
    """A payer's word, EIP-3009's or Permit2's: the token knows which nonces are used, or Permit2 for all tokens."""

    id: TxId
    contract: str  # that keeps the nonces
    payer: str
    nonce: str  # 32 bytes
    first: int  # Unix seconds: no block before it can use it
    end: int  # likewise, no block at or after it

    @property
    def permit2(self) -> bool:
        return self.contract == PERMIT2


Once = AccountNonce | Word


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


def claim_of_authorization(signed: SignedTransfer, spec: Spec, hashes: tuple[str, ...]) -> Claim:
    """What an authorization must bring; `hashes` are the transactions that we sent for it."""
    word = authorization.read(signed.raw, spec)
    eip3009 = word.method == "eip3009"
    token = "0x" + word.token.address.hex()
    once = Word(
        id=word.id,
        contract=token if eip3009 else PERMIT2,
        payer="0x" + word.payer.hex(),
        nonce="0x" + word.nonce.hex(),
        first=word.after + 1 if eip3009 else word.after,
        end=word.before if eip3009 else word.before + 1,
    )
    return Claim(hashes, word.token.asset, token, once.payer, "0x" + word.payee.hex(), word.amount, once)
