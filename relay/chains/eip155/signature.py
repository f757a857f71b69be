"""Whose signature it is: secp256k1 recovery over a hash, in its one accepted spelling.

`s` in the lower half only (EIP-2): with (r, n - s) anyone could write a second signature under what was signed.
"""

from __future__ import annotations

from coincurve import PublicKey
from eth_hash.auto import keccak

from relay.errors import InvalidTransfer

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF = ORDER // 2

_PARITIES = {0: 0, 1: 1, 27: 0, 28: 1}  # of `v`, as wallets write it


def signer(digest: bytes, r: int, s: int, parity: int) -> bytes:
    """The address that signed `digest`; raises `InvalidTransfer` where no key fits. Some 40 µs."""
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise invalid("the signature's r and s are numbers from 1 to below the order of secp256k1")
    if s > HALF:
        raise invalid("the signature's s is in the upper half, which Ethereum refuses since EIP-2: sign again")
    if parity not in (0, 1):
        raise invalid(f"the signature's parity is 0 or 1, got {str(parity)[:20]}")
    found = _recover(digest, r, s, parity)
    if found is None:
        raise invalid("no public key fits the signature")
    return found


def ecdsa(digest: bytes, signature: bytes, account: bytes) -> bytes | None:
    """`signature` as r, s, v of 65 bytes with v of 27 or 28, if the key of `account` made it; else None.

    Takes 65 bytes with v of 0, 1, 27 or 28, and the 64 of ERC-2098. None is not a no: a contract wallet's signature
    may be any bytes, and only its code can tell (EIP-1271). But where the key did sign and the bytes are one of its
    other spellings, nobody needs to be asked: raises `InvalidTransfer`.
    """
    if len(signature) == 64:
        r, rest = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        s, v = rest & ((1 << 255) - 1), rest >> 255
    elif len(signature) == 65:
        r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    else:
        return None
    if not (0 < r < ORDER and 0 < s < ORDER):
        return None
    parity = _PARITIES.get(v)
    if parity is not None and s <= HALF and _recover(digest, r, s, parity) == account:
        return signature[:32] + s.to_bytes(32, "big") + bytes([27 + parity])
    if account in (_recover(digest, r, min(s, ORDER - s), other) for other in (0, 1)):
        wrong = "s is in the upper half" if s > HALF else f"v is {v}, which is not the one that fits"
        raise invalid(f"the signature's {wrong}: sign again")
    return None


def invalid(message: str, x402: str | None = None) -> InvalidTransfer:
    """A refusal because of the signature."""
    return InvalidTransfer(message, code="invalid_signature", x402=x402)


def _recover(digest: bytes, r: int, s: int, parity: int) -> bytes | None:
    try:
        key = PublicKey.from_signature_and_message(
            r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity]), digest, hasher=None
        )
    except ValueError:
        return None
    return keccak(key.format(compressed=False)[1:])[12:]
