"""A small wallet for EVM chains: signs EIP-3009 authorizations and plain transfers. For `relay pay` and for the bench.

Its file is that of wallet.py with an address as the account: {"account": "0x…", "key": "<64 hex digits>"}
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from relay.errors import InvalidRequest

VALID_FOR = timedelta(minutes=5)
START_EARLY = timedelta(minutes=10)  # a block's time may be that far behind ours: what buyers of x402 allow for
TRANSFER = "a9059cbb"  # selector of transfer(address,uint256)
NATIVE = "native"
AUTHORIZATION = {
    "TransferWithAuthorization": [
        {"name": "from", "type": "address"},
        {"name": "to", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "validAfter", "type": "uint256"},
        {"name": "validBefore", "type": "uint256"},
        {"name": "nonce", "type": "bytes32"},
    ]
}


@dataclass(frozen=True, slots=True)
class Gas:
    """What a node says a transaction of ours needs: its number among the account's, units of gas, and their price."""

    nonce: int
    limit: int
    price: int
    tip: int


@dataclass(frozen=True, slots=True)
class EvmWallet:
    """One account and its key. Its `repr` does not show the key."""

    account: str
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, account: str, key: bytes) -> EvmWallet:
        """Raises `InvalidRequest` when the key is another account's."""
        address: str = _library().from_key(key).address
        if address.lower() != account.lower():
            raise InvalidRequest(f"the wallet's key is that of {address}, not of {account}")
        return cls(address, key)

    def authorize(
        self,
        *,
        chain: int,
        token: str,
        domain: Mapping[str, str],
        to: str,
        units: int,
        now: datetime,
        valid_for: timedelta = VALID_FOR,
    ) -> dict[str, object]:
        """The payload of x402's scheme `exact`: whoever has it may move `units` to `to`, once, and pays the gas."""
        message = {
            "from": self.account,
            "to": to,
            "value": units,
            "validAfter": int((now - START_EARLY).timestamp()),
            "validBefore": int((now + valid_for).timestamp()),
            "nonce": os.urandom(32),
        }
        under = {"name": domain["name"], "version": domain["version"], "chainId": chain, "verifyingContract": token}
        signed = _library().sign_typed_data(self.key, under, AUTHORIZATION, message)
        return {
            "authorization": {name: _text(part) for name, part in message.items()},
            "signature": f"0x{signed.signature.hex()}",
        }

    def transfer(self, *, chain: int, asset: str, to: str, units: int, gas: Gas) -> bytes:
        """A signed transaction that pays `to` in the chain's coin or in a token, its gas paid by this account."""
        what = transfer_call(asset, to, units)
        priced = {"gas": gas.limit, "maxFeePerGas": gas.price, "maxPriorityFeePerGas": gas.tip, "nonce": gas.nonce}
        signed = _library().sign_transaction({"type": 2, "chainId": chain, **priced, **what}, self.key)
        return bytes(signed.raw_transaction)


def transfer_call(asset: str, to: str, units: int) -> dict[str, Any]:
    """The recipient, value and calldata of a transfer."""
    if asset == NATIVE:
        return {"to": to, "value": units, "data": "0x"}
    return {"to": asset, "value": 0, "data": f"0x{TRANSFER}{int(to, 16):064x}{units:064x}"}


def _text(part: object) -> str:
    return f"0x{part.hex()}" if isinstance(part, bytes) else str(part)


def _library() -> Any:
    from eth_account import Account  # takes a second to import: only who pays on EVM waits for it

    return Account
