"""The quick check of ed25519 says what the strict one says, but where RFC 8032 leaves a choice (ed25519.py)."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys

import nacl.bindings as sodium
import pytest

from relay import hapi_pb2 as pb
from relay.chains.hedera.ed25519 import quick, strict
from relay.chains.hedera.signatures import check_signatures, fits
from relay.errors import InvalidTransfer

L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
BODY = b"a transfer"


def pair_of(seed: int) -> tuple[bytes, bytes]:
    return sodium.crypto_sign_seed_keypair(seed.to_bytes(32, "big"))


def signed(body: bytes, secret: bytes) -> bytes:
    return sodium.crypto_sign(body, secret)[:64]


def scalar(value: int) -> bytes:
    return (value % L).to_bytes(32, "little")


def answer(r: bytes, key: bytes, nonce: int, own: int) -> bytes:
    """The signature that satisfies the equation with `r` for nonce times the base point, `key` for `own` times it."""
    h = int.from_bytes(hashlib.sha512(r + key + BODY).digest(), "little")
    return r + scalar(nonce + h * own)


def base(times: int) -> bytes:
    return sodium.crypto_scalarmult_ed25519_base_noclamp(scalar(times))


def test_both_take_what_was_signed_and_nothing_with_one_bit_changed():
    chance = random.Random(25519)
    for seed in range(1, 9):
        key, secret = pair_of(seed)
        body = chance.randbytes(chance.randrange(200))
        good = signed(body, secret)
        assert quick(good, body, key)
        assert strict(good, body, key)
        for _ in range(16):
            parts = [bytearray(good), bytearray(body or b"\0"), bytearray(key)]
            part = chance.choice(parts)
            part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
            bent = tuple(map(bytes, parts))
            assert not quick(*bent)
            assert not strict(*bent)


SPELLINGS = {
    "zero": (0, "small order"),
    "one": (1, "small order"),
    "minus one": (P - 1, "small order"),
    "p": (P, "zero again"),
    "p + 1": (P + 1, "one again"),
    "p + 3": (P + 3, "three again"),
    "p + 18": (P + 18, "the last there is"),
    "of order 8": (int.from_bytes(ORDER_8, "little"), "small order"),
    "of order 8, negative": (P - int.from_bytes(ORDER_8, "little"), "small order"),
}


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("name", SPELLINGS)
def test_both_refuse_points_of_small_order_and_second_spellings_as_key_and_as_nonce(name, sign):
    odd = (SPELLINGS[name][0] | sign << 255).to_bytes(32, "little")
    key, _ = pair_of(1)
    for signature, of in ((odd + bytes(32), odd), (base(5) + scalar(5), odd), (odd + scalar(7), key)):
        assert not quick(signature, BODY, of)
        assert not strict(signature, BODY, of)


def test_both_refuse_the_second_spelling_of_the_scalar():
    key, secret = pair_of(3)
    good = signed(BODY, secret)
    more = int.from_bytes(good[32:], "little") + L
    assert not quick(good[:32] + more.to_bytes(32, "little"), BODY, key)
    assert not strict(good[:32] + more.to_bytes(32, "little"), BODY, key)


def mixed() -> list[tuple[bytes, bytes]]:
    """Signatures of keys that are an honest point and one of order 8 together."""
    own = 12345
    key = sodium.crypto_core_ed25519_add(base(own), ORDER_8)
    return [(answer(base(nonce), key, nonce, own), key) for nonce in range(1, 40)]


def test_what_strict_takes_quick_takes_and_a_key_of_mixed_order_is_where_they_differ():
    verdicts = [(quick(signature, BODY, key), strict(signature, BODY, key)) for signature, key in mixed()]

    assert (False, True) not in verdicts
    assert (True, False) in verdicts
    assert (True, True) in verdicts


def test_where_our_fee_depends_on_it_a_key_of_mixed_order_opens_nothing():
    signature, key = next((s, k) for s, k in mixed() if not strict(s, BODY, k))
    pair = pb.SignaturePair(pubKeyPrefix=key, ed25519=signature)

    check_signatures(BODY, pb.SignatureMap(sigPair=[pair]))  # a node looks at this one before anything is charged
    with pytest.raises(InvalidTransfer, match="does not fit"):
        check_signatures(BODY, pb.SignatureMap(sigPair=[pair]), strict)
    assert not fits(BODY, pb.Key(ed25519=key), pair)


def test_without_the_quick_library_the_strict_one_is_asked():
    code = "import sys; sys.modules['ed25519_zebra'] = None; from relay.chains.hedera.ed25519 import quick, strict\n"
    subprocess.run([sys.executable, "-c", code + "sys.exit(quick is not strict)"], check=True, timeout=60)
