"""The contracts of tests/contracts on an anvil, and payers who sign for them with somebody else's library.

token = await usdc(node)                                    # deployed, and plenty minted to PAYERS
payload = authorize(PAYERS[0], token, to=shop, value=500)   # what a wallet emits as `transaction` of scheme `exact`
await token.call("balanceOf", shop)                         # 0
malice = await deploy(node, "MaliciousToken", TRICKS.index("Lies"))
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from eth_abi import decode, encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from relay.devchain.accounts import payers
from tests.servers.typed_data import PERMIT_WITNESS_TRANSFER_FROM, TRANSFER_WITH_AUTHORIZATION

CONTRACTS = Path(__file__).parents[1] / "contracts"
PAYERS: tuple[LocalAccount, ...] = tuple(Account.from_key(account.key) for account in payers())
PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
EXACT_PROXY = "0x402085c248EeA27D92E8b30b2C58ed07f9E20001"  # what payers name as spender, on every chain
TRICKS = (  # MaliciousToken.Trick, in its order
    *("None", "ReturnsFalse", "ReturnsNothing", "ReturnsTwo", "ReturnsBomb", "TakesFee", "TakesDouble", "Redirects"),
    *("Lies", "Silent", "Exaggerates", "CriesElsewhere", "Reverts", "RevertsBomb", "BurnsGas", "GulpsGas", "Reenters"),
    *("Rebases", "Blacklists", "Pauses", "FlipsWhenMined", "Forgets", "Grows", "Flees"),
)
PLENTY = 1_000_000 * 10**6


class Reverted(Exception):
    """A transaction was mined and failed."""


class Node(Protocol):
    """An anvil, whoever runs it."""

    async def rpc(self, method: str, *params: Any) -> Any: ...


@cache
def artifact(name: str) -> dict[str, Any]:
    """`abi`, `bytecode`, `runtime` of a contract."""
    found: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text())
    return found


@dataclass(frozen=True)
class Contract:
    """One contract on one chain. A function with several overloads is named with its types: `permit(address,…)`."""

    node: Node
    address: str
    abi: Sequence[Mapping[str, Any]]

    def data(self, function: str, *arguments: Any) -> str:
        """Calldata, as hex."""
        entry = self._entry(function, len(arguments))
        types = [_type(given) for given in entry["inputs"]]
        selector = keccak(f"{entry['name']}({','.join(types)})".encode())[:4]
        return "0x" + (selector + encode(types, arguments)).hex()

    async def call(self, function: str, *arguments: Any) -> Any:
        """What it answers: one value, or a tuple of several."""
        entry = self._entry(function, len(arguments))
        answer = await self.node.rpc(
            "eth_call", {"to": self.address, "data": self.data(function, *arguments)}, "latest"
        )
        values = decode([_type(given) for given in entry["outputs"]], bytes.fromhex(answer[2:]))
        return values[0] if len(values) == 1 else values

    async def send(self, function: str, *arguments: Any, sender: str | None = None) -> dict[str, Any]:
        """Send it from one of anvil's unlocked accounts and return the receipt.

        Raises `RpcError` with the contract's reason when it would revert, `Reverted` when it did all the same.
        """
        wish = {"from": sender or PAYERS[0].address, "to": self.address, "data": self.data(function, *arguments)}
        await self.node.rpc("eth_call", wish, "latest")
        return await mined(self.node, await self.node.rpc("eth_sendTransaction", wish))

    def _entry(self, function: str, count: int) -> Mapping[str, Any]:
        """The function of that name or of exactly those types; of overloads, the one that takes `count` arguments."""
        for entry in self.abi:
            if entry["type"] == "function" and len(entry["inputs"]) == count:
                types = ",".join(_type(given) for given in entry["inputs"])
                if function in (entry["name"], f"{entry['name']}({types})"):
                    return entry
        raise LookupError(f"no function {function} of {count} arguments")


@dataclass(frozen=True)
class Token(Contract):
    """A contract whose authorizations payers sign under `domain` (EIP-712)."""

    domain: Mapping[str, Any]


async def mined(node: Node, hash: str) -> dict[str, Any]:
    """The receipt of a transaction: anvil answers before it has mined, and mines now where it does not by itself."""
    if not await node.rpc("anvil_getAutomine"):
        await node.rpc("evm_mine")
    receipt: dict[str, Any] | None = None
    async with asyncio.timeout(30):
        while (receipt := await node.rpc("eth_getTransactionReceipt", hash)) is None:
            await asyncio.sleep(0.002)
    if receipt["status"] != "0x1":
        raise Reverted(hash)
    return receipt


async def deploy(node: Node, name: str, *arguments: Any) -> Contract:
    """A fresh contract of tests/contracts, from anvil's first account."""
    built = artifact(name)
    inputs = next((entry["inputs"] for entry in built["abi"] if entry["type"] == "constructor"), [])
    data = built["bytecode"] + encode([_type(given) for given in inputs], arguments).hex()
    receipt = await mined(node, await node.rpc("eth_sendTransaction", {"from": PAYERS[0].address, "data": data}))
    return Contract(node, receipt["contractAddress"], built["abi"])


async def etch(node: Node, name: str, address: str) -> Contract:
    """A contract's code put at an address, with empty storage and no constructor run."""
    built = artifact(name)
    await node.rpc("anvil_setCode", address, built["runtime"])
    return Contract(node, address, built["abi"])


async def permit2(node: Node) -> tuple[Contract, Contract]:
    """Permit2 and x402's exact proxy where every chain has them."""
    return await etch(node, "Permit2", PERMIT2), await etch(node, "ExactPermit2Proxy", EXACT_PROXY)


async def usdc(node: Node, *, holders: Sequence[str] | None = None, version: str = "2") -> Token:
    """A `TestUSDC` called USDC, with `PLENTY` for each of `holders` (anvil's accounts)."""
    token = await deploy(node, "TestUSDC", "USDC", "USDC", version, 6)
    return await token_of(node, token, holders=holders, version=version)


async def malicious(node: Node, trick: str, *, holders: Sequence[str] | None = None) -> Token:
    """A `MaliciousToken` that does `trick`, with `PLENTY` for each of `holders`."""
    return await token_of(node, await deploy(node, "MaliciousToken", TRICKS.index(trick)), holders=holders)


async def token_of(
    node: Node, contract: Contract, *, holders: Sequence[str] | None = None, version: str = "2"
) -> Token:
    chain_id = int(await node.rpc("eth_chainId"), 16)
    for holder in [payer.address for payer in PAYERS] if holders is None else holders:
        await contract.send("mint", holder, PLENTY)
    domain = {"name": "USDC", "version": version, "chainId": chain_id, "verifyingContract": contract.address}
    return Token(node, contract.address, contract.abi, domain)


def authorize(
    payer: LocalAccount,
    token: Token,
    *,
    to: str,
    value: int,
    valid_after: int | None = None,
    valid_before: int | None = None,
    nonce: bytes | None = None,
    **other: Any,
) -> dict[str, Any]:
    """An EIP-3009 authorization and its signature, as x402 puts them into `payload`; `other` changes what is signed.

    Valid from ten minutes ago for an hour, as buyers of x402 sign it.
    """
    now = int(time.time())
    message = {
        "from": payer.address,
        "to": to,
        "value": value,
        "validAfter": now - 600 if valid_after is None else valid_after,
        "validBefore": now + 3600 if valid_before is None else valid_before,
        "nonce": os.urandom(32) if nonce is None else nonce,
    } | other
    signed = payer.sign_typed_data(dict(token.domain), TRANSFER_WITH_AUTHORIZATION, message)
    shown = {name: "0x" + part.hex() if isinstance(part, bytes) else str(part) for name, part in message.items()}
    return {"authorization": shown, "signature": "0x" + signed.signature.hex()}


def authorize_permit2(
    payer: LocalAccount,
    token: Token,
    *,
    to: str,
    value: int,
    nonce: int | None = None,
    deadline: int | None = None,
    valid_after: int | None = None,
    spender: str = EXACT_PROXY,
) -> dict[str, Any]:
    """A Permit2 transfer through x402's exact proxy; the payer must have approved `PERMIT2` on the token."""
    now = int(time.time())
    message = {
        "permitted": {"token": token.address, "amount": value},
        "spender": spender,
        "nonce": int.from_bytes(os.urandom(32)) if nonce is None else nonce,
        "deadline": now + 3600 if deadline is None else deadline,
        "witness": {"to": to, "validAfter": now - 600 if valid_after is None else valid_after},
    }
    domain = {"name": "Permit2", "chainId": token.domain["chainId"], "verifyingContract": PERMIT2}
    signed = payer.sign_typed_data(domain, PERMIT_WITNESS_TRANSFER_FROM, message)
    return {
        "permit2Authorization": {"from": payer.address, **_shown(message)},
        "signature": "0x" + signed.signature.hex(),
    }


def _shown(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(part) if isinstance(part, Mapping) else str(part) for name, part in message.items()}


def _type(given: Mapping[str, Any]) -> str:
    """A parameter's canonical type; tuples are spelled by their members."""
    kind = str(given["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(part) for part in given['components'])}){kind.removeprefix('tuple')}"
