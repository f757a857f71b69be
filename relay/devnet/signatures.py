"""Which keys signed a transaction, checked as a node does it: by prefix, then by the signature itself.

A pair's `pubKeyPrefix` may be the whole key, some leading bytes, or nothing when one key is meant; no pair may match a
key that another pair matches too (`checkPrefixMismatch` in TransactionChecker.java, `findMatch` in
SignatureExpanderImpl.java). ed25519 signs the body bytes; secp256k1 signs their keccak-256, as 64 bytes r‖s.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import nacl.bindings
from coincurve import PublicKey
from eth_hash.auto import keccak
from nacl.exceptions import BadSignatureError

from relay import hapi_pb2 as pb

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, secp256k1's n


def prefixes_clash(pairs: Sequence[pb.SignaturePair]) -> bool:
    """Whether one key could match two pairs."""
    prefixes = sorted(pair.pubKeyPrefix for pair in pairs)
    return any(longer.startswith(shorter) for shorter, longer in pairwise(prefixes))


def signed_by(key: pb.Key, pairs: Sequence[pb.SignaturePair], message: bytes) -> bool:
    """Whether `pairs` hold what `key` asks for; an empty or unsupported key is never satisfied."""
    match key.WhichOneof("key"):
        case "ed25519":
            return _any_signed(key.ed25519, "ed25519", pairs, message)
        case "ECDSA_secp256k1":
            return _any_signed(key.ECDSA_secp256k1, "ECDSA_secp256k1", pairs, message)
        case "keyList":
            return len(key.keyList.keys) > 0 and all(signed_by(each, pairs, message) for each in key.keyList.keys)
        case "thresholdKey":
            needed, keys = key.thresholdKey.threshold, key.thresholdKey.keys.keys
            return 0 < needed <= sum(signed_by(each, pairs, message) for each in keys)
        case _:
            return False


def _any_signed(public: bytes, kind: str, pairs: Sequence[pb.SignaturePair], message: bytes) -> bool:
    for pair in pairs:
        if pair.WhichOneof("signature") == kind and public.startswith(pair.pubKeyPrefix):
            verify = _verify_ed25519 if kind == "ed25519" else _verify_secp256k1
            return verify(public, getattr(pair, kind), message)
    return False


def _verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        nacl.bindings.crypto_sign_open(signature + message, public)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return len(signature) == nacl.bindings.crypto_sign_BYTES


def _verify_secp256k1(public: bytes, signature: bytes, message: bytes) -> bool:
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    s = min(s, _CURVE_ORDER - s)  # libsecp256k1 takes only the lower s; Hedera takes both
    if r == 0 or s <= 0:
        return False
    body = _der_integer(r) + _der_integer(s)
    try:
        return PublicKey(public).verify(b"\x30" + bytes([len(body)]) + body, message, keccak)
    except ValueError:
        return False


def _der_integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big")  # one bit more than needed keeps the sign positive
    return b"\x02" + bytes([len(raw)]) + raw
