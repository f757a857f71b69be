"""Checking signatures as far as bytes alone can: a pair that brings its whole public key can be checked here.

A pair with a shorter prefix is checked by the node, which knows the account's key. Both algorithms sign `bodyBytes`:
ed25519 as it is, secp256k1 its keccak-256 (HAPI basic_types.proto, SignaturePair).
"""

from __future__ import annotations

from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, deserialize_compact, signature_normalize
from eth_hash.auto import keccak

from relay import hapi_pb2 as pb
from relay.chains.hedera.ed25519 import IsRight, quick, strict
from relay.errors import InvalidTransfer

ED25519_KEY, SECP256K1_KEY, SIGNATURE = 32, 33, 64  # bytes
MAX_PAIRS = 20  # a check costs 40 µs; a transfer has up to 20 debited accounts (transfer.py)


def check_signatures(body: bytes, signatures: pb.SignatureMap, is_right: IsRight = quick) -> None:
    """Raise `InvalidTransfer` unless `body` is signed and every signature that can be checked here is right.

    `is_right` is of ed25519: `strict` where nobody checks again before it costs us something.
    """
    pairs = signatures.sigPair
    if not pairs:
        raise _invalid("the transaction carries no signature")
    if len(pairs) > MAX_PAIRS:
        raise _invalid(f"the transaction carries {len(pairs)} signatures; at most {MAX_PAIRS} are taken")
    prefixes: set[bytes] = set()
    for pair in pairs:
        key = pair.pubKeyPrefix
        if key in prefixes:
            raise _invalid("two signatures name the same public key")
        prefixes.add(key)
        match pair.WhichOneof("signature"):
            case "ed25519":
                check_ed25519(body, key, pair.ed25519, is_right)
            case "ECDSA_secp256k1":
                _check_secp256k1(body, key, pair.ECDSA_secp256k1)
            case None:
                raise _invalid("a signature pair carries no signature")
            case other:
                raise _invalid(f"{other} signatures are not taken, only ed25519 and ECDSA_secp256k1")


def check_ed25519(body: bytes, key: bytes, signature: bytes, is_right: IsRight = quick) -> None:
    """Of one pair, whatever it brings of its key; raises `InvalidTransfer`."""
    if len(signature) != SIGNATURE or len(key) > ED25519_KEY:
        raise _invalid("an ed25519 signature has 64 bytes and its public key 32")
    if len(key) == ED25519_KEY and not is_right(signature, body, key):
        raise _invalid(f"the ed25519 signature of public key {key.hex()} does not fit the transaction")


def fits(body: bytes, key: pb.Key, pair: pb.SignaturePair) -> bool:
    """Whether a pair, whatever it brings of the key, is the signature of this simple key."""
    try:
        match key.WhichOneof("key"), pair.WhichOneof("signature"):
            case "ed25519", "ed25519":
                check_ed25519(body, key.ed25519, pair.ed25519, strict)
            case "ECDSA_secp256k1", "ECDSA_secp256k1":
                _check_secp256k1(body, key.ECDSA_secp256k1, pair.ECDSA_secp256k1)
            case _:
                return False
    except InvalidTransfer:
        return False
    return True


def _check_secp256k1(body: bytes, key: bytes, signature: bytes) -> None:
    if len(signature) != SIGNATURE or len(key) > SECP256K1_KEY:
        raise _invalid("an ECDSA_secp256k1 signature has 64 bytes (r, s) and its public key, compressed, 33")
    if len(key) < SECP256K1_KEY:
        return
    try:
        # signers are not bound to the lower half for s, libsecp256k1 takes only that: the two say the same
        _, normal = signature_normalize(deserialize_compact(signature))
        fits = PublicKey(key).verify(cdata_to_der(normal), body, hasher=keccak)
    except ValueError:
        fits = False
    if not fits:
        raise _invalid(f"the ECDSA_secp256k1 signature of public key {key.hex()} does not fit the transaction")


def _invalid(message: str) -> InvalidTransfer:
    return InvalidTransfer(message, code="invalid_signature")
