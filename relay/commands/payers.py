"""Who pays from the terminal: how one account signs what an invoice asks, on each kind of chain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp

from relay.devchain import NETWORK as EVM_PLAY_MONEY
from relay.devchain.accounts import payers
from relay.errors import InvalidRequest, Unreachable
from relay.evm_wallet import EvmWallet, Gas, transfer_call
from relay.money import show_units
from relay.wallet import Wallet, healthy_nodes, transfer

HEDERA_PLAY_MONEY = "hedera:devnet"
PLAY_MONEY = {HEDERA_PLAY_MONEY, EVM_PLAY_MONEY}
ANSWER_SECONDS = 30.0


class Payer(Protocol):
    """An account that can sign. `wish` is one of an invoice's requirements, `network` its `GET /v1/networks` entry."""

    @property
    def account(self) -> str: ...

    def takes(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> bool:
        """Whether it can pay that way."""
        ...

    def facts(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> str:
        """What else the person should know before saying yes: one line."""
        ...

    async def sign(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, object]:
        """The fields of `CRYPTOTRANSFER` beside network and invoice; raises `Unreachable` when something is away."""
        ...


class HederaPayer:
    def __init__(self, wallet: Wallet, *, with_sdk: bool = False) -> None:
        self._wallet = wallet
        self._with_sdk = with_sdk

    @property
    def account(self) -> str:
        return self._wallet.account

    def takes(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> bool:
        return str(wish["network"]).startswith("hedera:")

    def facts(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> str:
        return f"memo     {wish['memo']}"

    async def sign(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, object]:
        nodes = healthy_nodes(network)
        if not nodes:
            raise Unreachable(f"no node of {wish['network']} is healthy right now; nothing was signed")
        pay_to = [(share["account"], int(share["amount"])) for share in wish["payTo"]]
        if self._with_sdk:
            from relay.commands.hedera_sdk import sign

            raw = sign(self._wallet, pay_to=pay_to, asset=wish["asset"], memo=wish["memo"], nodes=nodes)
        else:
            now = datetime.now(UTC)
            raw = transfer(self._wallet, pay_to=pay_to, asset=wish["asset"], memo=wish["memo"], nodes=nodes, now=now)
        return {"transaction": raw}


class EvmPayer:
    """`rpc` is a node of the chain, needed only where the account pays its gas itself."""

    def __init__(self, wallet: EvmWallet, rpc: str | None) -> None:
        self._wallet = wallet
        self._rpc = rpc

    @property
    def account(self) -> str:
        return self._wallet.account

    def takes(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> bool:
        able = self._rpc is not None or _gasless(wish, network) is not None
        return able and str(wish["network"]).startswith("eip155:") and len(wish["payTo"]) == 1

    def facts(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> str:
        return (
            "fee      none, the relay pays the gas" if _gasless(wish, network) else "fee      gas, paid by the account"
        )

    async def sign(self, wish: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, object]:
        [share] = wish["payTo"]
        chain = int(str(wish["network"]).partition(":")[2])
        to, units = str(share["account"]), int(share["amount"])
        domain = _gasless(wish, network)
        if domain is not None:
            now = datetime.now(UTC)
            payload = self._wallet.authorize(
                chain=chain, token=wish["asset"], domain=domain, to=to, units=units, now=now
            )
            return {"scheme": "exact", "transaction": payload}
        gas = await _gas(str(self._rpc), chain, self.account, transfer_call(wish["asset"], to, units))
        return {"transaction": self._wallet.transfer(chain=chain, asset=wish["asset"], to=to, units=units, gas=gas)}


def choose(
    invoice: Mapping[str, Any],
    networks: list[dict[str, Any]],
    *,
    only: str | None,
    wallet: Path | None,
    rpc: str | None,
    with_sdk: bool,
) -> tuple[dict[str, Any], dict[str, Any], Payer]:
    """The way to pay and the account that will; raises `InvalidRequest` saying what is missing.

    Without a wallet file, development accounts pay, and only play money. What needs no gas is preferred.
    """
    known = {network["network"]: network for network in networks}
    wishes = [wish for wish in invoice["requirements"] if wish["network"] in known and only in (None, wish["network"])]
    if not wishes:
        asked = ", ".join(sorted({wish["network"] for wish in invoice["requirements"]}))
        raise InvalidRequest(
            f"the invoice can be paid on {asked}, not on {only}" if only else f"no way to pay: {asked}"
        )
    wishes.sort(
        key=lambda wish: wish["network"].startswith("eip155:") and _gasless(wish, known[wish["network"]]) is None
    )
    for wish in wishes:
        payer = _payer(wallet, wish["network"], rpc, with_sdk=with_sdk)
        if payer is not None and payer.takes(wish, known[wish["network"]]):
            return wish, known[wish["network"]], payer
    asked = ", ".join(sorted({wish["network"] for wish in wishes}))
    if wallet is None and not PLAY_MONEY & {wish["network"] for wish in wishes}:
        raise InvalidRequest(f"paying on {asked} needs --wallet FILE")
    raise InvalidRequest(f"this wallet cannot pay on {asked}; what is not gasless on an EVM chain also needs --rpc URL")


def _payer(file: Path | None, network: str, rpc: str | None, *, with_sdk: bool) -> Payer | None:
    if file is not None:
        wallet = Wallet.read(file)
        if wallet.account.startswith("0x"):
            return EvmPayer(EvmWallet.of(wallet.account, wallet.key), rpc)
        return HederaPayer(wallet, with_sdk=with_sdk)
    if network == HEDERA_PLAY_MONEY:
        return HederaPayer(Wallet.development("0.0.1001"), with_sdk=with_sdk)
    if network == EVM_PLAY_MONEY:
        first, *_ = payers()
        return EvmPayer(EvmWallet.of(first.address, first.key), rpc)
    return None


def _gasless(wish: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, str] | None:
    """The domain to sign an authorization under, where the relay sends one for this asset."""
    for kind in network["assets"]:
        if kind["asset"] == wish["asset"] and "exact" in kind.get("schemes", ()):
            found: dict[str, str] | None = kind.get("extra")
            return found
    return None


async def _gas(rpc: str, chain: int, account: str, call: Mapping[str, Any]) -> Gas:
    """Ask a node what a transaction needs; twice today's price is enough for six full blocks in a row."""
    asked: Mapping[str, Any] = {"from": account, **call, "value": hex(call["value"])}
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http:
            if await _ask(http, rpc, "eth_chainId") != hex(chain):
                raise InvalidRequest(f"--rpc: {urlsplit(rpc).hostname} is a node of another chain than eip155:{chain}")
            nonce = await _ask(http, rpc, "eth_getTransactionCount", account, "pending")
            limit = await _ask(http, rpc, "eth_estimateGas", asked)
            tip = await _ask(http, rpc, "eth_maxPriorityFeePerGas")
            block = await _ask(http, rpc, "eth_getBlockByNumber", "latest", False)  # noqa: FBT003  # JSON-RPC
            price = 2 * int(block["baseFeePerGas"], 16) + int(tip, 16)
            return Gas(int(nonce, 16), int(limit, 16) * 6 // 5, price, int(tip, 16))
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, LookupError) as error:
        raise Unreachable(f"--rpc: the node does not answer: {type(error).__name__}") from None


async def _ask(http: aiohttp.ClientSession, rpc: str, method: str, *params: object) -> Any:
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    async with http.post(rpc, json=request) as response:
        answer = json.loads(await response.read())
    if "error" in answer:
        raise InvalidRequest(f"--rpc: the node refused {method}: {answer['error'].get('message')}")
    return answer["result"]


def show(wish: Mapping[str, Any], network: Mapping[str, Any], payer: Payer) -> None:
    """Print what will be signed."""
    known = {kind["asset"]: kind for kind in network["assets"]}
    kind = known.get(wish["asset"], {"symbol": wish["asset"], "decimals": 0})
    print(f"from     {payer.account} on {wish['network']}")
    for share in wish["payTo"]:
        print(f"to       {share['account']}  {show_units(int(share['amount']), kind['decimals'])} {kind['symbol']}")
    print(payer.facts(wish, network))
