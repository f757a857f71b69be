"""Transfers found in a transaction on the ledger, and their ids: one per transfer, the same however it came to us.

    the transaction itself pays in coins, or calls `transfer` directly     its hash
    an EIP-3009 authorization was used for it                               the authorization's id
    x402's Permit2 proxy was called directly for it                         the permit's id
    any other, such as one of several a contract makes                      hash#position of its event

So what was made through us is recognised when it is found again, and nothing is credited twice.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from relay.chain import WATCHED, Leg, SignedTransfer, Transfer
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.answers import Log, Mined, word
from relay.chains.eip155.answers import Transaction as Sent
from relay.chains.eip155.calldata import read_call
from relay.chains.eip155.claim import AccountNonce, Claim
from relay.chains.eip155.delivery import amount, moves
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.tokens import NATIVE
from relay.chains.eip155.window import EPOCH, FOREVER
from relay.errors import InvalidTransfer
from relay.money import Asset, ChainId, TxId


class Found(msgspec.Struct, frozen=True):
    """A transfer found on the ledger, as it is kept in a payment's `raw`."""

    hash: str
    position: int | None  # of its event in the transaction; None where the transaction itself is the transfer
    asset: str
    payer: str
    payee: str
    amount: str
    sender: str  # of the transaction, and
    nonce: int  # its place there

    def transfer(self, chain: ChainId, id: TxId) -> Transfer:
        """The transfer under the id it would have had, had it been made through us."""
        signed = SignedTransfer(chain, WATCHED, msgspec.json.encode(self))
        payer, payee = (checksummed(bytes.fromhex(each[2:])) for each in (self.payer, self.payee))
        asset, amount = Asset(self.asset), int(self.amount)
        legs = Leg(payer, asset, -amount), Leg(payee, asset, amount)
        return Transfer(id, signed, payer, legs, None, EPOCH, FOREVER)

    def claim(self) -> Claim:
        token = None if self.asset == NATIVE else self.asset.lower()
        once = AccountNonce(self.sender, self.nonce)
        return Claim(
            (self.hash,), Asset(self.asset), token, self.payer, self.payee, int(self.amount), once, self.position
        )


def read_found(raw: bytes) -> Found:
    """The reference in a watched payment's `raw`; raises `InvalidTransfer`."""
    try:
        return msgspec.json.decode(raw, type=Found)
    except (msgspec.MsgspecError, ValueError):
        raise InvalidTransfer("this is no reference to a transfer on the ledger") from None


def transfers_in(sent: Sent, mined: Mined, spec: Spec) -> Iterable[tuple[TxId, Found]]:
    """Every transfer of the coin and of listed tokens in a transaction that went through, with its id."""
    if sent.value and sent.to is not None:
        found = Found(mined.hash, None, NATIVE, sent.sender, sent.to, str(sent.value), sent.sender, sent.nonce)
        yield TxId(mined.hash), found
    taken: set[TxId] = set()
    for log in mined.logs:
        token = spec.tokens.get(bytes.fromhex(log.address[2:]))
        if token is None or not moves(log) or not amount(log):
            continue
        payer, payee = word(log.topics[1]), word(log.topics[2])
        id = _id(sent, mined, log)
        if id in taken:  # one authorization, several transfers: the first is what was signed
            id = TxId(f"{mined.hash}#{log.position}")
        taken.add(id)
        yield id, Found(mined.hash, log.position, token.asset, payer, payee, str(amount(log)), sent.sender, sent.nonce)


def _id(sent: Sent, mined: Mined, log: Log) -> TxId:
    payer, payee = word(log.topics[1]), word(log.topics[2])
    if sent.to == log.address and sent.sender == payer:
        try:
            moved = read_call(sent.data)
        except InvalidTransfer:
            pass
        else:
            if ("0x" + moved.payee.hex(), moved.amount) == (payee, amount(log)):
                return TxId(mined.hash)
    return TxId(f"{mined.hash}#{log.position}")
