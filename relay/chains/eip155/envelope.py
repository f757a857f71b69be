"""Transactions of our own: built and signed with a sponsor's key, EIP-1559 where the chain has it, else legacy."""

from __future__ import annotations

from dataclasses import dataclass, field

from coincurve import PrivateKey
from eth_hash.auto import keccak

from relay.chains.eip155.address import checksummed
from relay.chains.eip155.calls import Call
from relay.chains.eip155.fees import Fee
from relay.chains.eip155.rlp import encode_number, list_header
from relay.errors import Misconfigured
from relay.money import Account

TRANSFER_GAS = 21_000  # of a transaction that does nothing
_EMPTY_LIST = b"\xc0"


@dataclass(frozen=True, slots=True)
class Key:
    """A sponsor's key; shown by its address only."""

    address: bytes
    account: Account
    _secret: PrivateKey = field(repr=False)

    @classmethod
    def read(cls, text: str) -> Key:
        """From 64 hex digits; raises `Misconfigured` without repeating them."""
        try:
            digits = bytes.fromhex(text.removeprefix("0x"))
            if len(digits) != 32:  # a shorter one would be filled up, and be the key of another account
                raise ValueError
            secret = PrivateKey(digits)
        except ValueError:
            raise Misconfigured('sponsors: a private key is 64 hex digits; write it as "$NAME"') from None
        address = keccak(secret.public_key.format(compressed=False)[1:])[12:]
        return cls(address, checksummed(address), secret)

    def sign(self, chain: int, nonce: int, fee: Fee, gas: int, call: Call) -> tuple[bytes, str]:
        """The raw transaction and its hash; the same arguments give the same bytes (RFC 6979)."""
        if fee.tip is None:
            fields = [encode_number(nonce), encode_number(fee.price), encode_number(gas), *_target(call)]
            digest = keccak(_list([*fields, encode_number(chain), encode_number(0), encode_number(0)]))
            r, s, parity = self._signature(digest)
            raw = _list([*fields, encode_number(chain * 2 + 35 + parity), encode_number(r), encode_number(s)])
        else:
            prices = [encode_number(fee.tip), encode_number(fee.price), encode_number(gas)]
            fields = [encode_number(chain), encode_number(nonce), *prices, *_target(call), _EMPTY_LIST]
            r, s, parity = self._signature(keccak(b"\x02" + _list(fields)))
            raw = b"\x02" + _list([*fields, encode_number(parity), encode_number(r), encode_number(s)])
        return raw, "0x" + keccak(raw).hex()

    def nothing(self, chain: int, nonce: int, fee: Fee) -> tuple[bytes, str]:
        """A transaction that only takes its place: nothing, to ourselves."""
        return self.sign(chain, nonce, fee, TRANSFER_GAS, Call(self.address, b""))

    def _signature(self, digest: bytes) -> tuple[int, int, int]:
        signature = self._secret.sign_recoverable(digest, hasher=None)
        return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]


def _target(call: Call) -> list[bytes]:
    """`to`, a value of zero, `data`."""
    return [_string(call.to), encode_number(0), _string(call.data)]


def _string(data: bytes) -> bytes:
    if len(data) == 1 and data[0] < 0x80:
        return data
    if len(data) <= 55:
        return bytes([0x80 + len(data)]) + data
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([0xB7 + len(size)]) + size + data


def _list(members: list[bytes]) -> bytes:
    body = b"".join(members)
    return list_header(len(body)) + body
