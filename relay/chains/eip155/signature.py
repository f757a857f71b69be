"""Whose signature it is: secp256k1 recovery over a hash, in its one accepted spelling.

`s` in the lower half only (EIP-2): with (r, n - s) anyone could write a second signature under what was signed.
"""

from __future__ import annotations

from coincurve import PublicKey
from eth_hash.auto import keccak

from relay.errors import InvalidTransfer

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HALF = ORDER // 2


def signer(digest: bytes, r: int, s: int, parity: int) -> bytes:
    """The address that signed `digest`; raises `InvalidTransfer` where no key fits. Some 40 µs."""
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise invalid("the signature's r and s are numbers from 1 to below the order of secp256k1")
    if s > HALF:
        raise invalid("the signature's s is in the upper half, which Ethereum refuses since EIP-2: sign again")
    if parity not in (0, 1):
        raise invalid(f"the signature's parity is 0 or 1, got {str(parity)[:20]}")
    try:
        key = PublicKey.from_signature_and_message(
            r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity]), digest, hasher=None
        )
    except ValueError:
        raise invalid("no public key fits the signature") from None
    return keccak(key.format(compressed=False)[1:])[12:]


def invalid(message: str) -> InvalidTransfer:
    """A refusal because of the signature."""
    return InvalidTransfer(message, code="invalid_signature")
