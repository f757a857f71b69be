"""What a call of a token does, when it is one of the two that move money from A to B; anything else is refused.

ABI encoding is read strictly: exactly the words of the function, addresses with clean upper bytes. Contracts differ in
what they make of anything else, so nobody could promise what it pays.
"""

from __future__ import annotations

from typing import NamedTuple

from relay.chains.eip155.address import ZERO, checksummed
from relay.errors import InvalidTransfer

TRANSFER, TRANSFER_FROM = bytes.fromhex("a9059cbb"), bytes.fromhex("23b872dd")
WORD = 32

OTHERS = {  # by name in the refusal: what a wallet could be tricked into signing, or mistakes for a payment
    "095ea7b3": "approve",
    "39509351": "increaseAllowance",
    "a457c2d7": "decreaseAllowance",
    "d505accf": "permit",
    "9fd5a6cf": "permit",
    "e3ee160e": "transferWithAuthorization",
    "cf092995": "transferWithAuthorization",
    "ef55bec6": "receiveWithAuthorization",
    "88b7ab63": "receiveWithAuthorization",
    "40c10f19": "mint",
    "42966c68": "burn",
    "79cc6790": "burnFrom",
    "4000aea0": "transferAndCall",
    "1296ee62": "transferAndCall",
    "ac9650d8": "multicall",
    "f2fde38b": "transferOwnership",
    "d0e30db0": "deposit",
    "2e1a7d4d": "withdraw",
}


class Moved(NamedTuple):
    """What the call moves. `payer` is None where it is whoever sends the transaction."""

    payer: bytes | None
    payee: bytes
    amount: int


def read_call(data: bytes) -> Moved:
    """The transfer that `data` asks a token for; raises `InvalidTransfer`."""
    selector, words = data[:4], data[4:]
    if selector == TRANSFER:
        _exactly(words, 2, "transfer(to, value)")
        return Moved(None, _address(words, 0, "to"), _number(words, 1))
    if selector == TRANSFER_FROM:
        _exactly(words, 3, "transferFrom(from, to, value)")
        return Moved(_address(words, 0, "from"), _address(words, 1, "to"), _number(words, 2))
    name = OTHERS.get(selector.hex(), f"function 0x{selector.hex()}" if selector else "nothing (empty calldata)")
    raise InvalidTransfer(
        f"the transaction calls {name} of the token; only transfer and transferFrom are relayed",
        code="unsupported_transaction",
    )


def _exactly(words: bytes, count: int, function: str) -> None:
    if len(words) != count * WORD:
        raise InvalidTransfer(f"the arguments of {function} take {count * WORD} bytes, the calldata has {len(words)}")


def _address(words: bytes, index: int, name: str) -> bytes:
    word = words[index * WORD : (index + 1) * WORD]
    if any(word[:12]):
        raise InvalidTransfer(f"calldata: the twelve bytes before the address `{name}` are not zero")
    if word[12:] == ZERO:
        raise InvalidTransfer(f"calldata: `{name}` is the zero address {checksummed(ZERO)}")
    return word[12:]


def _number(words: bytes, index: int) -> int:
    return int.from_bytes(words[index * WORD : (index + 1) * WORD], "big")
