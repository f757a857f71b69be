"""Who is who on the local EVM chain: anvil's own ten accounts, and the three parts that `relay demo` plays itself.

The ten are what every development tool knows; each starts with 10,000 coins. The parts have keys of their own, so that
no wallet that uses one of the ten gets in the way of the relay's transactions: SHA-256 of `relay devchain PART`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import coincurve
from eth_hash.auto import keccak

KEYS = (
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
)


@dataclass(frozen=True, slots=True)
class DevAccount:
    """An address and its key. Its `repr` does not show the key, though everybody knows it."""

    address: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> DevAccount:
        public = coincurve.PrivateKey(key).public_key.format(compressed=False)[1:]
        return cls(checksummed(keccak(public)[12:]), key)


def checksummed(address: bytes) -> str:
    """The spelling of EIP-55: capital letters are a checksum."""
    plain = address.hex()
    sums = keccak(plain.encode()).hex()
    return "0x" + "".join(c.upper() if int(s, 16) > 7 else c for c, s in zip(plain, sums, strict=False))


def part(name: str) -> DevAccount:
    """`sponsor` pays the gas, `merchant` is paid, `deployer` made the token."""
    return DevAccount.of(hashlib.sha256(f"relay devchain {name}".encode()).digest())


def payers() -> tuple[DevAccount, ...]:
    """Anvil's ten."""
    return tuple(DevAccount.of(bytes.fromhex(key)) for key in KEYS)
