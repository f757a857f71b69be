"""Whether an ed25519 signature is right, asked in two ways.

    quick    ed25519-zebra, with the CPU's vector instructions, 38 µs    of bytes that a node will check again
    strict   libsodium, 58 µs                                            where a fee of ours depends on it

Where RFC 8032 leaves a choice they agree (points of small order and points in a second spelling are refused) but for
one: of a key with a part of small order, which nobody has who made it as keys are made, `quick` takes what `strict`
refuses seven times of eight. What `strict` takes, `quick` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

IsRight = Callable[[bytes, bytes, bytes], bool]  # of a signature of 64 bytes, what was signed, and a key of 32

_P = 2**255 - 19
_SMALL = (  # y of the points of order 8; those of orders 1, 2 and 4 have y of 1, -1 and 0
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)


def strict(signature: bytes, message: bytes, key: bytes) -> bool:
    """By libsodium."""
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def _odd() -> Iterator[bytes]:
    small = (0, 1, _P - 1, *(int.from_bytes(bytes.fromhex(y), "little") for y in _SMALL))
    for y in (*small, *range(_P, 2**255)):
        yield y.to_bytes(32, "little")
        yield (y | 1 << 255).to_bytes(32, "little")


_ODD = frozenset(_odd())  # every spelling of a point of small order, and every second spelling of any

try:
    from ed25519_zebra import ed_verify as _zebra
except ImportError:  # no wheel for this machine
    quick: IsRight = strict
else:

    def quick(signature: bytes, message: bytes, key: bytes) -> bool:
        """By ed25519-zebra, which takes points that ought not to be there (ZIP 215): those are for `strict`."""
        if key in _ODD or signature[:32] in _ODD:
            return strict(signature, message, key)
        right: bool = _zebra(signature, message, key)
        return right
