"""What we send for a payer is what eth-abi encodes and eth-account would sign."""

from __future__ import annotations

import json

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from relay.chains.eip155 import authorization, calls
from relay.chains.eip155.calls import Call
from relay.chains.eip155.envelope import Key
from relay.chains.eip155.fees import Fee
from relay.errors import Misconfigured
from tests.chains import evm
from tests.chains.evm import AFTER, BEFORE, NUMBER, PAYER, PERMIT2, PLAIN, PROXY, SHOP, USDC

SPEC = evm.spec()
KEY = Key.read(PAYER.key.hex())
TOKEN = bytes.fromhex(USDC[2:])
AUTHORIZATION = ["address", "address", "uint256", "uint256", "uint256", "bytes32"]
SAID = [PAYER.address, SHOP, 1_500_000, AFTER, BEFORE, b"\x11" * 32]


def read(payload: dict[str, object]) -> authorization.Authorization:
    return authorization.read(json.dumps(payload).encode(), SPEC)


def call(to: str, function: str, types: list[str], values: list[object]) -> Call:
    data = keccak(text=f"{function}({','.join(types)})")[:4] + encode(types, values)
    return Call(bytes.fromhex(to[2:]), bytes(data))


def test_what_a_key_signed_goes_to_the_token_as_v_r_s() -> None:
    payload = evm.authorization()
    made = bytes.fromhex(payload["signature"][2:])
    parts = [made[64], made[:32], made[32:64]]
    expected = call(USDC, "transferWithAuthorization", [*AUTHORIZATION, "uint8", "bytes32", "bytes32"], [*SAID, *parts])

    for spelled in (payload["signature"], evm.compact(payload["signature"]), evm.other_v(payload["signature"])):
        assert calls.carry_out(read(payload | {"signature": spelled}), contract_wallet=False) == expected


@pytest.mark.parametrize("size", [1, 64, 65, 96, 320])
def test_what_a_wallet_signed_goes_to_the_token_as_bytes(size: int) -> None:
    found = read(evm.authorization() | {"signature": "0x" + "5a" * size, "asset": USDC})
    word = b"\x5a" * size

    expected = call(USDC, "transferWithAuthorization", [*AUTHORIZATION, "bytes"], [*SAID, word])
    asked = call(PAYER.address, "isValidSignature", ["bytes32", "bytes"], [found.digest, word])

    assert calls.carry_out(found, contract_wallet=True) == expected
    assert calls.is_valid_signature(found) == asked


@pytest.mark.parametrize("signature", [None, "0x" + "5a" * 100])
def test_a_permit_goes_to_x402s_proxy(signature: str | None) -> None:
    payload = evm.permit()
    payload["signature"] = signature or payload["signature"]
    types = ["((address,uint256),uint256,uint256)", "address", "(address,uint256)", "bytes"]
    permit = ((PLAIN, 1_500_000), 123456789, BEFORE)
    made = bytes.fromhex(payload["signature"][2:])

    expected = call(PROXY, "settle", types, [permit, PAYER.address, (SHOP, AFTER), made])

    assert calls.carry_out(read(payload), contract_wallet=False) == expected


def test_contracts_are_asked_what_the_answers_are_read_as() -> None:
    word, permit = read(evm.authorization()), read(evm.permit())
    state = call(USDC, "authorizationState", ["address", "bytes32"], [PAYER.address, b"\x11" * 32])
    bitmap = call(PERMIT2, "nonceBitmap", ["address", "uint256"], [PAYER.address, 123456789 >> 8])
    payer = bytes.fromhex(PAYER.address[2:])

    assert (calls.used(word), calls.used(permit)) == (state, bitmap)
    assert calls.balance_of(TOKEN, payer) == call(USDC, "balanceOf", ["address"], [PAYER.address])
    allowance = call(USDC, "allowance", ["address", "address"], [PAYER.address, PERMIT2])
    assert calls.allowance_for_permit2(TOKEN, payer) == allowance
    assert [calls.is_used(word, answer) for answer in (0, 1)] == [False, True]
    bit = 1 << (123456789 & 255)
    assert [calls.is_used(permit, answer) for answer in (0, bit, 2**256 - 1 - bit)] == [False, True, False]


@given(st.integers(0, 2**63), st.integers(0, 2**60), st.binary(max_size=300))
def test_a_transaction_of_ours_is_the_one_eth_account_signs(nonce: int, price: int, data: bytes) -> None:
    fields = {"chainId": NUMBER, "nonce": nonce, "gas": 90_000, "to": USDC, "value": 0, "data": data}
    prices = {"type": 2, "maxFeePerGas": price, "maxPriorityFeePerGas": price // 2}

    for fee, more in ((Fee(price, price // 2), prices), (Fee(price, None), {"gasPrice": price})):
        expected = PAYER.sign_transaction(fields | more)

        raw, hash = KEY.sign(NUMBER, nonce, fee, 90_000, Call(TOKEN, data))

        assert (raw, hash) == (bytes(expected.raw_transaction), "0x" + bytes(expected.hash).hex())


def test_a_key_is_shown_by_its_address_only() -> None:
    secret = PAYER.key.hex().removeprefix("0x")

    assert KEY.account == PAYER.address
    assert secret not in repr(KEY)
    for junk in ("", "0x12", secret + "00", "00" * 32, "zz" * 32):
        with pytest.raises(Misconfigured) as refused:
            Key.read(junk)
        assert not junk or junk not in refused.value.message
