"""Who signed a text: the key the mirror shows for the account, over the text as SDKs or wallets sign it.

An SDK signs the text as it is (ed25519) or its keccak-256 (secp256k1). Wallets put a line before it, so that no text
can be a transaction (HIP-820), and browser wallets of the Ethereum kind theirs (EIP-191).
"""

from __future__ import annotations

from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, deserialize_compact, signature_normalize
from eth_hash.auto import keccak
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from relay import hapi_pb2 as pb
from relay.chains.hedera.mirror import Mirror
from relay.errors import Unreachable
from relay.money import Account

_PREFIXES = (b"", b"\x19Hedera Signed Message:\n%d", b"\x19Ethereum Signed Message:\n%d")
_SIGNATURE = 64
MAX_DEPTH, MAX_KEYS = 3, 20  # of keys within keys; a check costs 45 µs, three times over


async def attests(mirror: Mirror | None, account: Account, text: str, signature: bytes) -> bool:
    """Whether a key that alone rules the account signed the text. One that needs several signatures never did."""
    if mirror is None:
        raise Unreachable("no mirror node is configured, and only it knows the keys of accounts")
    message = text.encode()
    texts = [(prefix % len(message) if prefix else b"") + message for prefix in _PREFIXES]
    keys = _sufficient(await mirror.key(account), MAX_DEPTH)[:MAX_KEYS]
    return any(_fits(key, each, signature) for key in keys for each in texts)


def _sufficient(key: pb.Key, depth: int) -> list[pb.Key]:
    """The simple keys of which one is enough."""
    match key.WhichOneof("key"):
        case "ed25519" | "ECDSA_secp256k1":
            return [key]
        case "keyList" if len(key.keyList.keys) == 1 and depth:
            return _sufficient(key.keyList.keys[0], depth - 1)
        case "thresholdKey" if key.thresholdKey.threshold == 1 and depth:
            return [one for each in key.thresholdKey.keys.keys for one in _sufficient(each, depth - 1)]
        case _:
            return []


def _fits(key: pb.Key, message: bytes, signature: bytes) -> bool:
    if key.WhichOneof("key") == "ed25519":
        return len(signature) == _SIGNATURE and _ed25519(key.ed25519, message, signature)
    usual = len(signature) in (_SIGNATURE, _SIGNATURE + 1)  # Ethereum's wallets add the parity
    return usual and _secp256k1(key.ECDSA_secp256k1, message, signature[:_SIGNATURE])


def _ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, key)
    except (BadSignatureError, ValueError):
        return False
    return True


def _secp256k1(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        _, normal = signature_normalize(deserialize_compact(signature))
        return PublicKey(key).verify(cdata_to_der(normal), message, hasher=keccak)
    except ValueError:
        return False
