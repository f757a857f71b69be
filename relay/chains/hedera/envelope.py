"""The outside of a transaction, in every shape Hedera ever had, lifted into today's without touching what was signed.

    Transaction { body, sigs }               2018-2019: signatures in order, without public keys
    Transaction { body, sigMap }             2019
    Transaction { bodyBytes, sigMap }        2019-2021
    Transaction { signedTransactionBytes }   since: SignedTransaction { bodyBytes, sigMap }
    TransactionList { Transaction* }         what SDKs' toBytes() writes: one copy per node, each signed

The signed bytes are sliced out of what came in, never written anew: a body that protobuf would write differently still
fits its signature. A list and a bare legacy transaction both start with field 1; only a list has nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay import hapi_pb2 as pb
from relay.chains.hedera.wire import BYTES, Field, UnknownField, fields, pack, read
from relay.errors import InvalidTransfer, TooLarge

MAX_TRANSACTION_BYTES = 6144  # hedera.transaction.maxBytes; beyond it a node answers TRANSACTION_OVERSIZE
MAX_COPIES = 50  # mainnet has some 30 nodes
MAX_BYTES = MAX_COPIES * (MAX_TRANSACTION_BYTES + 3)

_BODY, _SIGS, _SIG_MAP, _BODY_BYTES, _SIGNED = 1, 2, 3, 4, 5
_TAG_FIRST = 0x0A  # field 1, length-delimited
_FIELD_5 = b"\x2a"  # field 5, length-delimited: how every current copy in a list begins


def open_envelope(raw: bytes) -> tuple[bytes, ...]:
    """The SignedTransaction bytes of each copy in `raw`. Raises `InvalidTransfer`, or `TooLarge` beyond the bounds."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"{len(raw)} bytes; a transaction has at most {MAX_TRANSACTION_BYTES}")
    if not raw:
        raise InvalidTransfer("the transaction is empty")
    signed = _signed_alone(raw)
    if signed is not None:
        return (signed,)
    if raw[0] != _TAG_FIRST:
        return (_signed_bytes(raw, 0, len(raw)),)
    parts = list(fields(raw, path="Transaction"))
    if any(part.number != _BODY for part in parts):
        return (_signed_bytes(raw, 0, len(raw)),)
    if any(part.kind != BYTES for part in parts):
        raise InvalidTransfer("transaction_list has another wire type")
    if len(parts) > MAX_COPIES:
        raise TooLarge(f"{len(parts)} copies; at most {MAX_COPIES} are taken")
    if len(parts) == 1 and raw[parts[0].start : parts[0].start + 1] != _FIELD_5 and _is_body(raw, parts[0]):
        raise InvalidTransfer("the transaction carries no signature", code="invalid_signature")
    return tuple(_signed_bytes(raw, part.start, part.end) for part in parts)


def close_envelope(copies: tuple[bytes, ...]) -> bytes:
    """Today's form: a Transaction of the one copy, a TransactionList of several."""
    if len(copies) == 1:
        return pack(_SIGNED, copies[0])
    return b"".join(pack(1, pack(_SIGNED, copy)) for copy in copies)


def transaction_of(signed: bytes) -> bytes:
    """What a node is handed: the Transaction around one copy."""
    return pack(_SIGNED, signed)


def _signed_alone(raw: bytes) -> bytes | None:
    """Of today's Transaction with nothing else in it, what nearly all are: read at a glance where `fields` walks."""
    size = len(raw)
    if size < 4 or raw[0] != _FIELD_5[0] or not raw[1] & 0x80 or not 0 < raw[2] < 0x80:  # two bytes of length
        return None
    if (raw[1] & 0x7F | raw[2] << 7) != size - 3 or size > MAX_TRANSACTION_BYTES:
        return None
    return raw[3:]


def _signed_bytes(raw: bytes, start: int, end: int) -> bytes:
    if end - start > MAX_TRANSACTION_BYTES:
        raise TooLarge(f"the transaction has {end - start} bytes; the network takes at most {MAX_TRANSACTION_BYTES}")
    found: dict[int, Field] = {}
    for field in fields(raw, start, end, path="Transaction"):
        if not 1 <= field.number <= _SIGNED:
            raise UnknownField("Transaction", field.number)
        if field.kind != BYTES:
            raise InvalidTransfer(f"field {field.number} in Transaction has wire type {field.kind}")
        if field.number in found:
            raise InvalidTransfer(f"field {field.number} appears twice in Transaction")
        found[field.number] = field
    parts = {number: raw[field.start : field.end] for number, field in found.items()}
    match sorted(parts):
        case [5]:
            return parts[_SIGNED]
        case [3, 4]:
            lifted = pack(1, parts[_BODY_BYTES]) + pack(2, parts[_SIG_MAP])
        case [1, 3]:
            lifted = pack(1, parts[_BODY]) + pack(2, parts[_SIG_MAP])
        case [1, 2]:
            lifted = pack(1, parts[_BODY]) + pack(2, _map_of(parts[_SIGS]))
        case [1] | [4]:
            raise InvalidTransfer("the transaction carries no signature", code="invalid_signature")
        case [2] | [3] | []:
            raise InvalidTransfer("the transaction has no body")
        case mixed:
            raise InvalidTransfer(f"the transaction mixes envelopes: fields {mixed} of Transaction are set together")
    if len(lifted) + 3 > MAX_TRANSACTION_BYTES:
        raise TooLarge(f"in today's envelope the transaction exceeds {MAX_TRANSACTION_BYTES} bytes")
    return lifted


def _map_of(sigs: bytes) -> bytes:
    """A SignatureMap of the one signature in a SignatureList, with an empty prefix: it may be any key's.

    The list holds no public keys; it was matched to the keys by position, the payer's first. The 2019 extension puts
    the same signature in twice, as payer and for the debit. Two different ones have no place in a map.
    """
    distinct = set(_ed25519_in(read(pb.SignatureList, sigs)))
    if len(distinct) > 1:
        raise InvalidTransfer(
            "sigs holds different signatures, which today's envelope cannot carry without their public keys; use sigMap"
        )
    if not distinct:
        raise InvalidTransfer("the transaction carries no signature", code="invalid_signature")
    return pack(1, pack(3, distinct.pop()))


def _ed25519_in(signatures: pb.SignatureList) -> Iterator[bytes]:
    """Every ed25519 signature; a list inside the list, as for a key list of one, counts as its members."""
    for signature in signatures.sigs:
        match signature.WhichOneof("signature"):
            case "ed25519":
                yield signature.ed25519
            case "signatureList":
                yield from _ed25519_in(signature.signatureList)
            case other:
                raise InvalidTransfer(
                    f"{other or 'empty'} signatures are not taken, only ed25519", code="invalid_signature"
                )


def _is_body(raw: bytes, part: Field) -> bool:
    """Whether the one member of field 1 is a TransactionBody, so that the whole is an unsigned legacy transaction."""
    try:
        read(pb.TransactionBody, raw[part.start : part.end])
    except InvalidTransfer:
        return False
    return part.end > part.start
