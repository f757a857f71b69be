"""Transactions of our own, signed: EIP-1559 where the chain has it, else legacy with a chain id. Pure.

The same arguments give the same bytes (RFC 6979), so a place in a key's row that is written again is the same place.
"""

from __future__ import annotations

from coincurve import PrivateKey
from eth_hash.auto import keccak

from relay.chains.eip155.rlp import encode_number, encode_string, list_header


def address_of(key: PrivateKey) -> bytes:
    """The account that a key signs for."""
    return keccak(key.public_key.format(compressed=False)[1:])[12:]


def sealed(
    key: PrivateKey, chain: int, nonce: int, *, to: bytes, data: bytes, gas: int, price: int, tip: int | None
) -> tuple[bytes, str]:
    """A transaction that calls `to` and moves no coins, and its hash. `price` is the most per gas, in wei."""
    call = encode_string(to) + encode_number(0) + encode_string(data)
    if tip is None:
        body = b"".join(map(encode_number, (nonce, price, gas))) + call
        r, s, parity = _signed(key, _listed(body + encode_number(chain) + encode_number(0) + encode_number(0)))
        raw = _listed(body + b"".join(map(encode_number, (35 + 2 * chain + parity, r, s))))
    else:
        body = b"".join(map(encode_number, (chain, nonce, tip, price, gas))) + call + list_header(0)
        r, s, parity = _signed(key, b"\x02" + _listed(body))
        raw = b"\x02" + _listed(body + b"".join(map(encode_number, (parity, r, s))))
    return raw, "0x" + keccak(raw).hex()


def _signed(key: PrivateKey, unsigned: bytes) -> tuple[int, int, int]:
    made = key.sign_recoverable(keccak(unsigned), hasher=None)
    return int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big"), made[64]


def _listed(body: bytes) -> bytes:
    return list_header(len(body)) + body
