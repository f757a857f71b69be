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
from eth_hash.auto import keccak

from relay.chain import WATCHED, Leg, SignedTransfer, Transfer
from relay.chains.eip155.address import checksummed
from relay.chains.eip155.answers import AUTHORIZATION_USED, Log, Mined, word
from relay.chains.eip155.answers import Transaction as Sent
from relay.chains.eip155.calldata import read_call
from relay.chains.eip155.claim import EXACT_PROXY, PERMIT2, AccountNonce, Claim
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
    ids: set[TxId] = set()
    for log in mined.logs:
        token = spec.tokens.get(bytes.fromhex(log.address[2:]))
        if token is None or not moves(log) or not amount(log):
            continue
        id = _of_word(sent, mined, log) or (_of_call(sent, log) and TxId(mined.hash))
        if not id or id in ids:  # of one word or call, the first transfer is what was signed
            id = TxId(f"{mined.hash}#{log.position}")
        ids.add(id)
        payer, payee = _ends(log)
        yield id, Found(mined.hash, log.position, token.asset, payer, payee, str(amount(log)), sent.sender, sent.nonce)


def _of_word(sent: Sent, mined: Mined, log: Log) -> TxId | None:
    """The id of the payer's word that this transfer made true, if there is one."""
    before = [each for each in mined.logs[: log.position] if each.address == log.address]
    for use in reversed(before):
        if use.topics[:1] == (AUTHORIZATION_USED,) and len(use.topics) == 3:
            payer = word(use.topics[1])
            return _word_id(payer, use.topics[2], log.address) if payer == _ends(log)[0] else None
    permit = _PERMIT_AT.get(sent.data[:4]) if sent.to == EXACT_PROXY else None
    if permit is None:
        return None
    token, _, nonce, _, owner, to = (sent.data[4 + 32 * at : 36 + 32 * at].hex() for at in range(permit, permit + 6))
    if (word(token), word(owner), word(to)) != (log.address, *_ends(log)):
        return None
    return _word_id(word(owner), f"0x{nonce}", PERMIT2)


def _of_call(sent: Sent, log: Log) -> bool:
    """Whether the transaction is this transfer, called directly by who pays."""
    if sent.to != log.address or sent.sender != _ends(log)[0]:
        return False
    try:
        moved = read_call(sent.data)
    except InvalidTransfer:
        return False
    return ("0x" + moved.payee.hex(), moved.amount) == (_ends(log)[1], amount(log))


def _ends(log: Log) -> tuple[str, str]:
    return word(log.topics[1]), word(log.topics[2])


def _word_id(payer: str, nonce: str, contract: str) -> TxId:
    payer, contract = (checksummed(bytes.fromhex(each[2:])) for each in (payer, contract))
    return TxId(f"{payer}+{nonce}@{contract}")


_PERMIT = "((address,uint256),uint256,uint256),address,(address,uint256),bytes"  # permit, owner, witness, signature
_PERMIT_AT = {  # x402's proxy: at which word of the arguments the permit begins
    keccak(f"settle({_PERMIT})".encode())[:4]: 0,
    keccak(f"settleWithPermit((uint256,uint256,bytes32,bytes32,uint8),{_PERMIT})".encode())[:4]: 5,
}
