"""From the bytes a wallet sent to a body and its signatures: the rules a node checks without looking at its ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from relay import hapi_pb2 as pb
from relay.devnet.accounts import NANOS, name_id
from relay.devnet.signatures import prefixes_clash, signed_by
from relay.money import TxId

MAX_BYTES = 6144  # hedera.transaction.maxBytes
MAX_MEMO_BYTES = 100  # hedera.transaction.maxMemoUtf8Bytes

_M = TypeVar("_M", bound=Message)


def code_name(code: int) -> str:
    """A ResponseCodeEnum as the proto spells it; protobuf takes the name wherever it takes the number."""
    return pb.ResponseCodeEnum.Name(code)


class Broken(Exception):
    """A rule of the network is broken. `code` is a ResponseCodeEnum, `cost` the tinybars that would have done."""

    def __init__(self, code: int, cost: int = 0) -> None:
        super().__init__(code_name(code))
        self.code = code
        self.cost = cost


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction that could be read. Who signed it, and whether it may happen, is not yet looked at."""

    body: pb.TransactionBody
    body_bytes: bytes
    pairs: tuple[pb.SignaturePair, ...]
    hash: bytes
    _checked: dict[bytes, bool] = field(default_factory=dict, compare=False)

    @property
    def id(self) -> TxId:
        return name_id(self.body.transactionID)

    def by(self, key: bytes) -> bool:
        """Whether this serialized proto.Key signed; looked at once, asked at precheck and at consensus."""
        if key not in self._checked:
            self._checked[key] = signed_by(pb.Key.FromString(key), self.pairs, self.body_bytes)
        return self._checked[key]

    @property
    def payer(self) -> int:
        return self.body.transactionID.accountID.accountNum

    @property
    def valid_start_ns(self) -> int:
        start = self.body.transactionID.transactionValidStart
        return start.seconds * NANOS + start.nanos


def open_envelope(raw: bytes) -> Signed:
    """Read a serialized Transaction; raises `Broken`. Order and codes as TransactionChecker.parseAndCheck has them."""
    if len(raw) > MAX_BYTES:
        raise Broken(pb.TRANSACTION_OVERSIZE)
    signed_bytes = _signed_bytes(_parse(pb.Transaction, raw, pb.INVALID_TRANSACTION))
    signed = _parse(pb.SignedTransaction, signed_bytes, pb.INVALID_TRANSACTION)
    if signed.use_serialized_tx_message_hash_algorithm:
        raise Broken(pb.INVALID_SERIALIZED_TX_MESSAGE_HASH_ALGORITHM)
    if not signed.HasField("sigMap"):
        raise Broken(pb.INVALID_TRANSACTION_BODY)
    body = _parse(pb.TransactionBody, signed.bodyBytes, pb.INVALID_TRANSACTION_BODY)
    if body.WhichOneof("data") is None:
        raise Broken(pb.INVALID_TRANSACTION_BODY)
    _check_header(body, tuple(signed.sigMap.sigPair))
    digest = hashlib.sha384(signed_bytes).digest()
    return Signed(body, signed.bodyBytes, tuple(signed.sigMap.sigPair), digest)


def _signed_bytes(envelope: pb.Transaction) -> bytes:
    """The one field a Transaction may have today: "All other fields are deprecated and MUST NOT be set"
    (services/transaction.proto). Nodes of 2025 still took bodyBytes with sigMap; this one is as strict as the text.
    """
    retired = any(envelope.HasField(name) for name in ("body", "sigs", "sigMap")) or envelope.bodyBytes
    if retired:
        raise Broken(pb.INVALID_TRANSACTION)
    return envelope.signedTransactionBytes


def _check_header(body: pb.TransactionBody, pairs: tuple[pb.SignaturePair, ...]) -> None:
    if not body.HasField("transactionID"):
        raise Broken(pb.INVALID_TRANSACTION_ID)
    if prefixes_clash(pairs):
        raise Broken(pb.KEY_PREFIX_MISMATCH)
    payer = body.transactionID.accountID
    if payer.shardNum or payer.realmNum or payer.accountNum <= 0:
        raise Broken(pb.PAYER_ACCOUNT_NOT_FOUND)
    if body.transactionID.scheduled or body.transactionID.nonce:
        raise Broken(pb.TRANSACTION_ID_FIELD_NOT_ALLOWED)
    start = body.transactionID.transactionValidStart
    if not body.transactionID.HasField("transactionValidStart") or not 0 <= start.nanos < NANOS or start.seconds < 0:
        raise Broken(pb.INVALID_TRANSACTION_START)
    check_memo(body.memo)


def check_memo(memo: str) -> None:
    """At most 100 bytes of UTF-8, none of them zero; raises `Broken`."""
    if len(memo.encode()) > MAX_MEMO_BYTES:
        raise Broken(pb.MEMO_TOO_LONG)
    if "\0" in memo:
        raise Broken(pb.INVALID_ZERO_BYTE_IN_STRING)


def _parse(kind: type[_M], raw: bytes, malformed: int) -> _M:
    try:
        message = kind.FromString(raw)
    except DecodeError:
        raise Broken(malformed) from None
    if _has_unknown(message):
        raise Broken(pb.TRANSACTION_HAS_UNKNOWN_FIELDS)
    return message


def _has_unknown(message: Message) -> bool:
    if len(UnknownFieldSet(message)):
        return True
    for known, value in message.ListFields():
        if known.message_type is None:
            continue
        inner = value if known.is_repeated else (value,)
        if any(_has_unknown(each) for each in inner):
            return True
    return False
