"""What we ask contracts, and what we call to carry out an authorization, laid out by hand."""

from __future__ import annotations

from typing import NamedTuple

from eth_hash.auto import keccak

from relay.chains.eip155.authorization import Authorization
from relay.chains.eip155.typed_data import EXACT_PROXY, PERMIT2, word

_PAD = bytes(12)
_WORD = 32


def _selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


_BALANCE = _selector("balanceOf(address)")
_ALLOWANCE = _selector("allowance(address,address)")
_STATE = _selector("authorizationState(address,bytes32)")
_BITMAP = _selector("nonceBitmap(address,uint256)")
_IS_VALID = _selector("isValidSignature(bytes32,bytes)")
_BY_PARTS = _selector(
    "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
)
_BY_BYTES = _selector("transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)")
_AGGREGATE = _selector("aggregate3((address,bool,bytes)[])")
_SETTLE = _selector("settle(((address,uint256),uint256,uint256),address,(address,uint256),bytes)")

VALID = _IS_VALID + bytes(28)  # what a wallet answers for a signature it stands by (EIP-1271)


class Call(NamedTuple):
    """A contract and the calldata for it."""

    to: bytes
    data: bytes

    def json(self, sender: bytes | None = None, gas: int | None = None) -> dict[str, str]:
        """The object `eth_call` and `eth_estimateGas` take."""
        asked = {"to": "0x" + self.to.hex(), "data": "0x" + self.data.hex()}
        if sender is not None:
            asked["from"] = "0x" + sender.hex()
        if gas is not None:
            asked["gas"] = hex(gas)
        return asked


def carry_out(found: Authorization, *, contract_wallet: bool) -> Call:
    """The call that moves the money. A wallet with code is asked by the token itself, for which it needs all bytes."""
    if found.method == "permit2":
        amount, nonce = word(found.amount), found.nonce
        fixed = _address(found.token.address) + amount + nonce + word(found.before)
        fixed += _address(found.payer) + _address(found.payee) + word(found.after)
        return Call(EXACT_PROXY, _SETTLE + fixed + _tail(8, found.signature))
    fixed = _address(found.payer) + _address(found.payee) + word(found.amount)
    fixed += word(found.after) + word(found.before) + found.nonce
    if contract_wallet:
        return Call(found.token.address, _BY_BYTES + fixed + _tail(7, found.signature))
    r, s, v = found.signature[:32], found.signature[32:64], found.signature[64]
    return Call(found.token.address, _BY_PARTS + fixed + word(v) + r + s)


def balance_of(token: bytes, account: bytes) -> Call:
    """Answers a number."""
    return Call(token, _BALANCE + _address(account))


def allowance_for_permit2(token: bytes, owner: bytes) -> Call:
    """Answers a number."""
    return Call(token, _ALLOWANCE + _address(owner) + _address(PERMIT2))


def used(found: Authorization) -> Call:
    """Answers a word: not zero where it is used (EIP-3009), or 256 bits, one of which is its own (Permit2)."""
    if found.method == "eip3009":
        return Call(found.token.address, _STATE + _address(found.payer) + found.nonce)
    return Call(PERMIT2, _BITMAP + _address(found.payer) + word(int.from_bytes(found.nonce, "big") >> 8))


def is_used(found: Authorization, answer: int) -> bool:
    """Read what `used` was answered."""
    return bool(answer if found.method == "eip3009" else answer >> found.nonce[-1] & 1)


def is_valid_signature(found: Authorization) -> Call:
    """Asks the payer's own code (EIP-1271); answers `VALID` or something else."""
    return Call(found.payer, _IS_VALID + found.digest + _tail(2, found.signature))


def all_or_nothing(multicall: bytes, *calls: Call) -> Call:
    """Several calls as one, by Multicall3; none of them may fail."""
    places, bodies = b"", b""
    for call in calls:
        places += word(len(calls) * _WORD + len(bodies))
        bodies += _address(call.to) + word(0) + _tail(3, call.data)
    return Call(multicall, _AGGREGATE + word(_WORD) + word(len(calls)) + places + bodies)


def _address(account: bytes) -> bytes:
    return _PAD + account


def _tail(words: int, data: bytes) -> bytes:
    """The place of the one dynamic argument, the last of `words`, and the argument."""
    return word(words * _WORD) + word(len(data)) + data + bytes(-len(data) % _WORD)
