"""The local EVM chain of `relay demo`: there with its money, kept across restarts, gone with the demo, and optional."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from relay.commands.playground import EVM, HEDERA, open_playground
from relay.devchain import open_devchain
from relay.devchain.accounts import part, payers
from relay.devchain.node import Anvil, find_anvil
from relay.devchain.token import ADDRESS, PLENTY
from relay.errors import Unreachable
from tests.browser.processes import ROOT, Demo, running_demo
from tests.servers.evm import PAYERS, Contract, artifact

ELSEWHERE = "0x000000000000000000000000000000000000dEaD"


async def rpc(url: str, method: str, *params: object) -> Any:
    async with aiohttp.ClientSession() as http:
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        async with http.post(url, json=request) as response:
            return (await response.json())["result"]


def told(demo: Demo) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo.data / "demo.json").read_text())["networks"][EVM]
    return found


async def gone(url: str) -> None:
    """Wait until nobody listens there any more."""
    async with asyncio.timeout(30):
        while True:
            try:
                await rpc(url, "eth_chainId")
            except aiohttp.ClientError:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def usdc(url: str) -> AsyncIterator[Contract]:
    """The demo's token, for whoever knows where its chain is."""
    async with aiohttp.ClientSession() as http:
        yield Contract(Anvil(url, http), ADDRESS, artifact("TestUSDC")["abi"])


async def held(url: str, account: str) -> int:
    """What an account has of it, in units."""
    async with usdc(url) as token:
        return int(await token.call("balanceOf", account))


async def test_the_demo_has_a_chain_that_is_kept_and_dies_with_it(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        chain = told(demo)
        assert chain["tokens"] == [
            {"address": ADDRESS, "symbol": "USDC", "name": "USDC", "version": "2", "decimals": 6},
        ]
        url = chain["rpc"]
        async with aiohttp.ClientSession() as http, http.get(f"{demo.url}/x402/supported") as response:
            kinds = {kind["network"]: kind.get("extra") for kind in (await response.json())["kinds"]}
        assert kinds == {HEDERA: {"feePayer": "0.0.4001"}, EVM: None}  # agents pay on either, and need no coin
        async with aiohttp.ClientSession() as http, http.get(f"{demo.url}/v1/networks") as response:
            assets = [asset for network in (await response.json())["data"] for asset in network["assets"]]
        assert {asset["symbol"] for asset in assets if "worth" in asset} == {"HBAR", "DUSD", "ETH", "USDC"}
        async with usdc(url) as token:
            assert [await token.call("balanceOf", payer.address) for payer in PAYERS] == [PLENTY] * len(PAYERS)
            await token.send("transfer", ELSEWHERE, 77, sender=PAYERS[3].address)
            assert await token.call("balanceOf", ELSEWHERE) == 77
        await demo.relay.stop(signal.SIGKILL)
        await gone(url)
        await demo.relay.start()
        assert told(demo)["rpc"] == url, "wallets remember where a chain was"
        async with usdc(url) as token:
            assert await token.call("balanceOf", ELSEWHERE) == 77
            assert await token.call("balanceOf", PAYERS[3].address) == PLENTY - 77
        await demo.relay.stop()
        await gone(url)


async def test_without_anvil_the_demo_has_hedera_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with open_playground(host="127.0.0.1", node_port=0, node=None, data=tmp_path, clone=tmp_path) as playground:
        assert list(playground.chains) == [HEDERA]
        assert [way.network for way in playground.ways] == [HEDERA]
        assert playground.without is not None
        assert "anvil is not installed" in playground.without


async def test_an_anvil_that_does_not_start_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "anvil"
    broken.write_text("#!/bin/sh\nexit 7\n")
    broken.chmod(0o755)
    with pytest.raises(Unreachable, match="ended at once with code 7"):
        async with open_devchain(broken, state=tmp_path / "state.json"):
            pass


async def test_the_relays_own_parts_are_none_of_anvils_accounts() -> None:
    known = {account.address for account in payers()}
    parts = {part(name).address for name in ("sponsor", "merchant", "deployer")}
    assert known == {payer.address for payer in PAYERS}
    assert len(parts) == 3
    assert not known & parts


def test_anvil_is_found_where_make_demo_puts_it() -> None:
    assert find_anvil(ROOT) is not None
