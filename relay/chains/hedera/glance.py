"""An ordinary transfer, read at a glance: one copy in today's envelope, signed by one ed25519 key that is in it.

Its bytes are cut where the parts of such a transfer lie, and each part must be what it is taken for, to its last byte:

    envelope │ start │ payer │ node, fee, duration │ memo │ transfer │ key, signature

What the same payer says in one transfer after the other is read once, strictly, and remembered. That makes a fifth of
what the long way takes (transfer.py), which has the word on all that is not quite like this: here is no refusal but
that of a signature, and no transfer that it would not read the same.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from relay import hapi_pb2 as pb
from relay.chain import Leg, SignedTransfer, Transfer
from relay.chains.hedera import names
from relay.chains.hedera.copies import Copy, asking, keep
from relay.chains.hedera.envelope import close_envelope
from relay.chains.hedera.legs import MAX_MEMO_BYTES, NO_DECIMALS, legs_of
from relay.chains.hedera.signatures import check_ed25519
from relay.chains.hedera.wire import pack, read
from relay.errors import InvalidTransfer
from relay.money import Account

KEPT = 4_096  # of each part, some 500 bytes; of those who pay us again and again

_SIGNED = 104  # bytes at the end: the one signature and its key, in a SignatureMap
_KEY, _SIGNATURE = b"\x12\x66\x0a\x64\x0a\x20", b"\x1a\x40"  # what is before either
_LONGEST = 1_024  # bytes; a transfer of ten accounts has some 400
_MEMO, _TRANSFER = 0x32, 0x72  # fields 6 and 14
_NUMBER = rb"[\x80-\xff]{0,8}[\x01-\x7f]"
_ACCOUNT = rb"\x12[\0-\x7f](?:\x08\0)?(?:\x10\0)?\x18" + _NUMBER  # some write shard and realm though they are zero
_OPENING = re.compile(
    rb"\n[\0-\x7f]\n([\0-\x7f]\x08[\x80-\xff]{4}[\x01-\x7f]\x10(?:[\x80-\xff]{0,3}[\x01-\x7f]|[\x80-\xff]{4}[\x01-\x03]))"
    rb"(%b(?:\x18\0)?(?:\x20\0)?)(%b\x18%b\x22[\0-\x7f]\x08%b)" % (_ACCOUNT, _ACCOUNT, _NUMBER, _NUMBER)
)


class _Terms(NamedTuple):
    """What a transfer says besides when, how much and what for."""

    payer: Account
    id: bytes  # the payer's account in a TransactionID, as HAPI writes it
    node: Account
    span: timedelta


def decode_ordinary(signed: SignedTransfer) -> Transfer | None:
    """Read and check it; None where `transfer.decode` must look. `InvalidTransfer` when its signature is wrong."""
    raw = signed.raw
    size = len(raw)
    end = size - _SIGNED
    if not 0 < end < _LONGEST or not raw.startswith(_KEY, end) or not raw.startswith(_SIGNATURE, end + 38):
        return None
    before = _before(size)
    start = len(before)
    opening = _OPENING.match(raw, start, end) if raw.startswith(before) else None
    if opening is None:
        return None
    stamp, of_payer, of_node = opening.groups()
    if stamp[0] != len(stamp) - 1 or raw[start + 1] != len(stamp) + len(of_payer) + 1:
        return None
    memo, at = "", opening.end()
    if raw[at] == _MEMO:
        length = raw[at + 1]
        if not 0 < length <= MAX_MEMO_BYTES:
            return None
        try:
            memo = raw[at + 2 : at + 2 + length].decode()
        except UnicodeDecodeError:
            return None
        at += 2 + length
    if raw[at] != _TRANSFER or raw[at + 1] != end - at - 2 or raw[at + 1] > 0x7F or "\0" in memo:
        return None
    begin = pb.Timestamp.FromString(stamp[1:])
    seconds, nanos = begin.seconds, begin.nanos
    terms, legs = _terms(of_payer, of_node), _legs(raw[at + 2 : end])
    if terms is None or legs is None or nanos >= names.NANOS:
        return None
    payer, id, node, span = terms
    check_ed25519(raw[start:end], raw[end + 6 : end + 38], raw[end + 40 :])
    tx = names.tx_id(payer, seconds, nanos)
    valid_from = names.instant(seconds, nanos)
    valid_until = names.until(valid_from, span, nanos)
    keep(raw, (Copy(node, raw, asking(b"\n" + stamp + id), tx, valid_from, valid_until),))
    return Transfer(tx, signed, payer, legs, memo, valid_from, valid_until)


@lru_cache(maxsize=_LONGEST + _SIGNED)
def _before(size: int) -> bytes:
    """How a Transaction of so many bytes begins: all up to the body."""
    for width in (2, 3):
        body = size - 3 - width - _SIGNED  # of Transaction and SignedTransaction, their tag and length
        if body >= 0:
            before = close_envelope((pack(1, bytes(body)) + bytes(_SIGNED),))
            if len(before) == size:
                return before[: size - body - _SIGNED]
    return b"\xff"  # no transaction begins so


@lru_cache(maxsize=KEPT)
def _terms(of_payer: bytes, of_node: bytes) -> _Terms | None:
    try:
        id, body = read(pb.TransactionID, of_payer), read(pb.TransactionBody, of_node)
        payer = names.account_of(id.accountID, "the payer")
        node = names.account_of(body.nodeAccountID, "the node")
    except InvalidTransfer:
        return None
    if _set(id) != ["accountID"] or _set(body) != ["nodeAccountID", "transactionFee", "transactionValidDuration"]:
        return None
    seconds = body.transactionValidDuration.seconds
    if not 0 < seconds <= names.MAX_VALID_SECONDS:
        return None
    return _Terms(payer, id.SerializeToString(), node, timedelta(0, seconds))


@lru_cache(maxsize=KEPT)
def _legs(raw: bytes) -> tuple[Leg, ...] | None:
    try:
        transfer = read(pb.CryptoTransferTransactionBody, raw)
        if any(listed.HasField("expected_decimals") for listed in transfer.tokenTransfers):
            return None  # they are compared with those configured
        return legs_of(transfer, NO_DECIMALS)
    except InvalidTransfer:
        return None


def _set(message: pb.TransactionID | pb.TransactionBody) -> list[str]:
    return [field.name for field, _ in message.ListFields()]
