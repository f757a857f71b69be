"""EVM transfers as a wallet makes them, signed by eth-account: a signer that shares no code with what is tested."""

from __future__ import annotations

from typing import Any

from eth_account import Account as Key
from eth_account.signers.local import LocalAccount

from relay.money import ChainId

CHAIN = ChainId("eip155", "31337")
NUMBER = 31337

# anvil's first accounts: everyone knows these keys
PAYER: LocalAccount = Key.from_key("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
SHOP = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def transaction(key: LocalAccount = PAYER, **fields: Any) -> bytes:
    """A raw transaction that pays SHOP 10^15 wei, with these fields instead."""
    kind = fields.pop("type", 2)
    prices: dict[str, Any]
    if kind == 2:
        prices = {"type": 2, "maxFeePerGas": 2 * 10**9, "maxPriorityFeePerGas": 10**9}
    else:
        prices = {"gasPrice": 2 * 10**9} | ({"type": kind} if kind else {})
    body = {"chainId": NUMBER, "nonce": 0, "gas": 21_000, "to": SHOP, "value": 10**15, "data": b""}
    return bytes(key.sign_transaction(body | prices | fields).raw_transaction)
