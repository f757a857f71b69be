"""What the ledger remembers: an account, and one transaction that reached consensus. Both are stored as JSON."""

from __future__ import annotations

import msgspec

from relay import hapi_pb2 as pb
from relay.money import TxId

NANOS = 1_000_000_000


class Account(msgspec.Struct):
    """One account. `tokens` maps an associated token's number to its balance in smallest units."""

    number: int
    key: bytes  # a serialized proto.Key
    tinybars: int = 0
    tokens: dict[int, int] = {}
    memo: str = ""
    alias: bytes = b""
    automatic_associations: int = 0  # how many more tokens may associate by arriving; -1 is without limit
    receiver_signs: bool = False
    created_ns: int = 0

    @property
    def public_key(self) -> pb.Key:
        return pb.Key.FromString(self.key)

    @property
    def evm_address(self) -> bytes:
        """The alias where it is an address, else the account's number as one ("long zero")."""
        return self.alias if len(self.alias) == 20 else self.number.to_bytes(20, "big")


class Entry(msgspec.Struct, frozen=True):
    """A transaction the network agreed on, whatever became of it. Amounts in tinybars or smallest token units."""

    id: TxId
    node: int
    status: int  # ResponseCodeEnum
    consensus_ns: int
    valid_seconds: int
    memo: str
    kind: str  # as the mirror spells it: CRYPTOTRANSFER
    hash: bytes  # SHA-384 of the signed bytes
    max_fee: int
    fee: int
    transfers: list[tuple[int, int]]  # account, amount; fees included
    token_transfers: list[tuple[int, int, int]]  # token, account, amount
    created: int = 0  # the account made by it, 0 for none

    @property
    def valid_start_ns(self) -> int:
        seconds, _, nanos = self.id.partition("@")[2].partition(".")
        return int(seconds) * NANOS + int(nanos)

    @property
    def payer(self) -> int:
        return int(self.id.partition("@")[0].rpartition(".")[2])


def name_id(id: pb.TransactionID) -> TxId:
    """Write an id as the relay does: `0.0.1001@1700000000.000000001`, nanos as nine digits."""
    who, start = id.accountID, id.transactionValidStart
    return TxId(f"{who.shardNum}.{who.realmNum}.{who.accountNum}@{start.seconds}.{start.nanos:09d}")


def proto_id(id: TxId) -> pb.TransactionID:
    """Inverse of `name_id`."""
    account, _, start = id.partition("@")
    shard, realm, number = account.split(".")
    seconds, _, nanos = start.partition(".")
    return pb.TransactionID(
        accountID=pb.AccountID(shardNum=int(shard), realmNum=int(realm), accountNum=int(number)),
        transactionValidStart=pb.Timestamp(seconds=int(seconds), nanos=int(nanos)),
    )
