"""Transactions as wallets sign them, in every envelope there ever was, and a tree of protobuf fields to bend them with.

Deterministic: the keys are the development network's (SHA-256 of `relay devnet 0.0.N`), both signature schemes are
without chance, and the clock is a constant unless a test gives its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import nacl.bindings
from coincurve import PrivateKey
from eth_hash.auto import keccak
from google.protobuf.descriptor import Descriptor

from relay import hapi_pb2 as pb
from relay.chain import SIGNED, SignedTransfer
from relay.chains.hedera.wire import BYTES, FIXED32, FIXED64, VARINT, fields
from relay.money import ChainId

DEVNET = ChainId("hedera", "devnet")
START = 1_700_000_000
PAYER, ECDSA_PAYER, SHOP, BLOG, FEES, TOKEN = 1001, 1002, 2001, 2002, 3001, 5001


def account(num: int) -> pb.AccountID:
    return pb.AccountID(accountNum=num)


def secret(num: int) -> bytes:
    return hashlib.sha256(f"relay devnet 0.0.{num}".encode()).digest()


def pair(body: bytes, num: int = PAYER, *, prefix: int | None = None) -> pb.SignaturePair:
    """The signature of account `num`; odd payers are ed25519, even ones ECDSA. `prefix` cuts the public key."""
    if 1001 <= num <= 1010 and num % 2 == 0:
        key = PrivateKey(secret(num))
        rs = key.sign_recoverable(body, hasher=keccak)[:64]
        return pb.SignaturePair(pubKeyPrefix=key.public_key.format()[:prefix], ECDSA_secp256k1=rs)
    public, whole = nacl.bindings.crypto_sign_seed_keypair(secret(num))
    return pb.SignaturePair(pubKeyPrefix=public[:prefix], ed25519=nacl.bindings.crypto_sign(body, whole)[:64])


def amounts(of: Mapping[int, int]) -> list[pb.AccountAmount]:
    return [pb.AccountAmount(accountID=account(num), amount=amount) for num, amount in of.items()]


def transfer_of(
    hbar: Mapping[int, int], token: Mapping[int, int] | None = None, decimals: int | None = None
) -> pb.CryptoTransferTransactionBody:
    transfer = pb.CryptoTransferTransactionBody()
    if hbar:
        transfer.transfers.accountAmounts.extend(amounts(hbar))
    if token:
        listed = transfer.tokenTransfers.add(token=pb.TokenID(tokenNum=TOKEN), transfers=amounts(token))
        if decimals is not None:
            listed.expected_decimals.value = decimals
    return transfer


def body(
    transfer: pb.CryptoTransferTransactionBody | None = None,
    *,
    payer: int = PAYER,
    node: int = 3,
    memo: str = "inv_8f2k",
    seconds: int = START,
    nanos: int = 1,
    duration: int = 120,
) -> pb.TransactionBody:
    return pb.TransactionBody(
        transactionID=pb.TransactionID(
            transactionValidStart=pb.Timestamp(seconds=seconds, nanos=nanos), accountID=account(payer)
        ),
        nodeAccountID=account(node),
        transactionFee=100_000_000,
        transactionValidDuration=pb.Duration(seconds=duration),
        memo=memo,
        cryptoTransfer=transfer or transfer_of({payer: -1_000_000, SHOP: 900_000, FEES: 100_000}),
    )


# --- envelopes ---


def signed(raw_body: bytes, pairs: Iterable[pb.SignaturePair] | None = None) -> bytes:
    """SignedTransaction bytes."""
    pairs = [pair(raw_body)] if pairs is None else pairs
    return pb.SignedTransaction(bodyBytes=raw_body, sigMap=pb.SignatureMap(sigPair=pairs)).SerializeToString()


def modern(raw_body: bytes, pairs: Iterable[pb.SignaturePair] | None = None) -> bytes:
    return bytes_field(5, signed(raw_body, pairs))


def body_bytes(raw_body: bytes, pairs: Iterable[pb.SignaturePair] | None = None) -> bytes:
    pairs = [pair(raw_body)] if pairs is None else pairs
    return bytes_field(3, pb.SignatureMap(sigPair=pairs).SerializeToString()) + bytes_field(4, raw_body)


def legacy_map(raw_body: bytes, pairs: Iterable[pb.SignaturePair] | None = None) -> bytes:
    pairs = [pair(raw_body)] if pairs is None else pairs
    return bytes_field(1, raw_body) + bytes_field(3, pb.SignatureMap(sigPair=pairs).SerializeToString())


def legacy_sigs(raw_body: bytes, signatures: Iterable[bytes] | None = None) -> bytes:
    """As the 2019 extension wrote it: the same signature twice."""
    signatures = [pair(raw_body).ed25519] * 2 if signatures is None else signatures
    listed = pb.SignatureList(sigs=[pb.Signature(ed25519=each) for each in signatures])
    return bytes_field(1, raw_body) + bytes_field(2, listed.SerializeToString())


def listed(transactions: Iterable[bytes]) -> bytes:
    """A TransactionList, as SDKs' toBytes() writes it."""
    return b"".join(bytes_field(1, each) for each in transactions)


def fresh(now: datetime, nanos: int, **changes: int) -> SignedTransfer:
    """A modern transfer valid since five seconds before `now`."""
    seconds = int(now.timestamp()) - 5
    asked: dict[str, int] = {"seconds": seconds, "nanos": nanos} | changes
    return SignedTransfer(DEVNET, SIGNED, modern(body(**asked).SerializeToString()))  # type: ignore[arg-type]


# --- protobuf by hand ---


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def bytes_field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3 | VARINT) + varint(value)


@dataclass
class Tree:
    """A message as a list of fields one can bend: `raw` of a leaf includes its tag, a branch has fields of its own."""

    number: int = 0
    raw: bytes = b""
    schema: Descriptor | None = None
    below: list[Tree] = field(default_factory=list)

    def encode(self) -> bytes:
        if self.schema is None:
            return self.raw
        inside = b"".join(each.encode() for each in self.below)
        return bytes_field(self.number, inside) if self.number else inside

    def walk(self, path: str = "") -> Iterable[tuple[str, Tree]]:
        """Every message in it with its path."""
        assert self.schema is not None
        here = f"{path}.{self.schema.name}" if path else self.schema.name
        yield here, self
        for each in self.below:
            if each.schema is not None:
                yield from each.walk(here)

    def at(self, *names: str) -> Tree:
        """The first message below, by field names."""
        found = self
        for name in names:
            assert found.schema is not None
            number = found.schema.fields_by_name[name].number
            found = next(each for each in found.below if each.number == number)
        return found


def tree(schema: Descriptor, raw: bytes, number: int = 0) -> Tree:
    top = Tree(number, b"", schema)
    for each in fields(raw):
        known = schema.fields_by_number[each.number]
        value = raw[each.start : each.end]
        if known.message_type is not None:
            top.below.append(tree(known.message_type, value, each.number))
        elif each.kind == BYTES:
            top.below.append(Tree(each.number, bytes_field(each.number, value)))
        else:
            top.below.append(Tree(each.number, varint(each.number << 3 | each.kind) + value))
    return top


UNKNOWN = {  # a field of each wire type under a number no message has
    "varint": varint(900 << 3 | VARINT) + b"\x01",
    "fixed64": varint(900 << 3 | FIXED64) + bytes(8),
    "bytes": varint(900 << 3 | BYTES) + b"\x01x",
    "fixed32": varint(900 << 3 | FIXED32) + bytes(4),
    "group": varint(900 << 3 | 3) + varint(900 << 3 | 4),
}


def copies(make: Callable[..., SignedTransfer], *nodes: int) -> SignedTransfer:
    """The same transfer signed once for each node."""
    one = pb.TransactionBody.FromString(
        pb.SignedTransaction.FromString(pb.Transaction.FromString(make().raw).signedTransactionBytes).bodyBytes
    )
    each = []
    for node in nodes:
        one.nodeAccountID.accountNum = node
        each.append(modern(one.SerializeToString()))
    return SignedTransfer(DEVNET, SIGNED, listed(each))
