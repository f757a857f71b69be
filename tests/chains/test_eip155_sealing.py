"""What we sign with a key of ours is what eth-account would sign with it."""

from __future__ import annotations

import rlp
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from relay.chains.eip155 import rlp as ours
from relay.chains.eip155.sealing import address_of, sealed
from tests.chains.evm import NUMBER, PAYER, USDC

KEY = PrivateKey(bytes(PAYER.key))
TOKEN = bytes.fromhex(USDC[2:])


def test_a_key_signs_for_the_account_others_derive_from_it() -> None:
    assert address_of(KEY) == bytes.fromhex(PAYER.address[2:])


@given(st.integers(0, 2**63), st.integers(0, 2**60), st.binary(max_size=300))
def test_a_transaction_of_ours_is_the_one_eth_account_signs(nonce: int, price: int, data: bytes) -> None:
    fields = {"chainId": NUMBER, "nonce": nonce, "gas": 90_000, "to": USDC, "value": 0, "data": data}
    fees = {"type": 2, "maxFeePerGas": price, "maxPriorityFeePerGas": price // 2}
    modern, legacy = (PAYER.sign_transaction(fields | more) for more in (fees, {"gasPrice": price}))

    for expected, tip in ((modern, price // 2), (legacy, None)):
        raw, hash = sealed(KEY, NUMBER, nonce, to=TOKEN, data=data, gas=90_000, price=price, tip=tip)

        assert (raw, hash) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())


@given(st.binary(max_size=70) | st.binary(min_size=250, max_size=300))
def test_strings_are_written_as_others_write_them(value: bytes) -> None:
    assert ours.encode_string(value) == rlp.encode(value)
