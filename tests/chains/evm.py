"""EVM transfers as a wallet makes them, signed by eth-account: a signer that shares no code with what is tested."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from eth_account import Account as Key
from eth_account.signers.local import LocalAccount

from relay.chain import EXACT, SIGNED, SignedTransfer
from relay.chains.eip155.options import Options
from relay.chains.eip155.spec import Spec, spec_of
from relay.money import ChainId
from tests.servers.typed_data import PERMIT_WITNESS_TRANSFER_FROM, TRANSFER_WITH_AUTHORIZATION

CHAIN = ChainId("eip155", "31337")
NUMBER = 31337

# anvil's first accounts: everyone knows these keys
PAYER: LocalAccount = Key.from_key("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
SHOP = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
STRANGER: LocalAccount = Key.from_key("0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a")
SPONSOR_KEY = "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"

USDC = "0x5FbDB2315678afecb367f032d93F642f64180aa3"  # where anvil puts the first contract of its first account
EURC = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
PLAIN = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"  # an ERC-20 without EIP-3009
PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
PROXY = "0x402085c248EeA27D92E8b30b2C58ed07f9E20001"
OPTIONS: dict[str, Any] = {
    "rpc": ["http://127.0.0.1:9"],  # the discard service, which nobody runs
    "sponsors": [SPONSOR_KEY],
    "tokens": [
        {"address": USDC, "symbol": "USDC", "decimals": 6, "name": "USD Coin", "version": "2"},
        {"address": EURC, "symbol": "EURC", "decimals": 6, "name": "EURC", "version": "2"},
        {"address": PLAIN, "symbol": "PLN", "decimals": 18},
    ],
}
AFTER, BEFORE = 1_700_000_000, 1_700_000_600


def spec(**options: Any) -> Spec:
    """The chain all of these are for."""
    return spec_of(CHAIN, msgspec.convert(OPTIONS | options, Options), lambda: datetime.now(UTC))


def signed(raw: bytes) -> SignedTransfer:
    return SignedTransfer(CHAIN, SIGNED, raw)


def exact(payload: object) -> SignedTransfer:
    return SignedTransfer(CHAIN, EXACT, json.dumps(payload).encode())


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


def call(selector: str, *words: int | str) -> bytes:
    """Calldata: a selector, and numbers or addresses as 32-byte words."""
    numbers = (int(word, 16) if isinstance(word, str) else word for word in words)
    return bytes.fromhex(selector) + b"".join(number.to_bytes(32, "big") for number in numbers)


def token_transfer(key: LocalAccount = PAYER, *, token: str = USDC, data: bytes | None = None, **fields: Any) -> bytes:
    """A raw transaction that calls `transfer(SHOP, 1.5 USDC)`."""
    calldata = call("a9059cbb", SHOP, 1_500_000) if data is None else data
    return transaction(key, **({"to": token, "value": 0, "gas": 80_000, "data": calldata} | fields))


def authorization(
    key: LocalAccount = PAYER, *, token: str = USDC, chain: int = NUMBER, **changed: Any
) -> dict[str, Any]:
    """An EIP-3009 payload over 1.5 USDC to SHOP; `changed` members are changed before it is signed."""
    name = {USDC: "USD Coin", EURC: "EURC"}.get(token, "USD Coin")
    message = {
        "from": key.address,
        "to": SHOP,
        "value": "1500000",
        "validAfter": str(AFTER),
        "validBefore": str(BEFORE),
        "nonce": "0x" + "11" * 32,
    } | changed
    domain = {"name": name, "version": "2", "chainId": chain, "verifyingContract": token}
    numbers = {name: int(message[name]) for name in ("value", "validAfter", "validBefore")}
    signature = key.sign_typed_data(domain, TRANSFER_WITH_AUTHORIZATION, message | numbers).signature
    return {"authorization": message, "signature": "0x" + bytes(signature).hex()}


def permit(key: LocalAccount = PAYER, *, token: str = PLAIN, chain: int = NUMBER, **changed: Any) -> dict[str, Any]:
    """A Permit2 payload over 1.5 units of a token to SHOP through x402's proxy."""
    message: dict[str, Any] = {
        "permitted": {"token": token, "amount": "1500000"},
        "from": key.address,
        "spender": PROXY,
        "nonce": "123456789",
        "deadline": str(BEFORE),
        "witness": {"to": SHOP, "validAfter": str(AFTER)},
    } | changed
    value = {
        "permitted": {"token": message["permitted"]["token"], "amount": int(message["permitted"]["amount"])},
        "spender": message["spender"],
        "nonce": int(message["nonce"]),
        "deadline": int(message["deadline"]),
        "witness": {"to": message["witness"]["to"], "validAfter": int(message["witness"]["validAfter"])},
    }
    domain = {"name": "Permit2", "chainId": chain, "verifyingContract": PERMIT2}
    signature = key.sign_typed_data(domain, PERMIT_WITNESS_TRANSFER_FROM, value).signature
    return {"permit2Authorization": message, "signature": "0x" + bytes(signature).hex()}


def other_v(signature: str) -> str:
    """The same signature with 0 or 1 for 27 or 28, as some wallets write it."""
    made = bytes.fromhex(signature[2:])
    return "0x" + (made[:64] + bytes([made[64] - 27])).hex()


def compact(signature: str) -> str:
    """The same signature in the 64 bytes of ERC-2098: the parity is the highest bit of s."""
    made = bytearray(bytes.fromhex(signature[2:]))
    made[32] |= 0x80 if made.pop() == 28 else 0
    return "0x" + made.hex()
