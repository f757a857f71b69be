"""Whether signatures open an account: its key, a list of keys that all must sign, or a threshold of them, nested.

A structure is taken apart only within bounds; the network's own are wider, and an account beyond ours pays with scheme
`signed`. A key that is a contract's cannot sign anything here, and an empty list opens nothing.
"""

from __future__ import annotations

from collections.abc import Container

from relay import hapi_pb2 as pb

MAX_DEPTH = 5
MAX_KEYS = 20  # as many as a transfer may carry signatures; checking one costs 45 µs


class TooManyKeys(Exception):
    """The structure is beyond our bounds."""


def simple_keys(key: pb.Key, depth: int = MAX_DEPTH) -> list[pb.Key]:
    """The simple keys in a structure, in order; raises `TooManyKeys`."""
    inner = _inside(key)
    if inner is None:
        return [key] if key.WhichOneof("key") in ("ed25519", "ECDSA_secp256k1") else []
    if not depth:
        raise TooManyKeys(f"keys nested more than {MAX_DEPTH} deep")
    found: list[pb.Key] = []
    for each in inner:
        found += simple_keys(each, depth - 1)
        if len(found) > MAX_KEYS:
            raise TooManyKeys(f"more than {MAX_KEYS} keys")
    return found


def opened(key: pb.Key, signers: Container[bytes]) -> bool:
    """Whether the public keys that signed are enough for a structure, which `simple_keys` has let pass."""
    inner = _inside(key)
    if inner is None:
        return key.WhichOneof("key") in ("ed25519", "ECDSA_secp256k1") and public(key) in signers
    needed = key.thresholdKey.threshold if key.WhichOneof("key") == "thresholdKey" else len(inner)
    return 0 < needed <= sum(opened(each, signers) for each in inner)


def public(key: pb.Key) -> bytes:
    """The public key of a simple key."""
    return key.ed25519 or key.ECDSA_secp256k1


def _inside(key: pb.Key) -> list[pb.Key] | None:
    match key.WhichOneof("key"):
        case "keyList":
            return list(key.keyList.keys)
        case "thresholdKey":
            return list(key.thresholdKey.keys.keys)
        case _:
            return None
