"""`relay pay` on an EVM chain: gasless where the relay sends, with `--rpc` by its own transaction."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from relay.commands.playground import EVM
from relay.devchain.accounts import part
from relay.devchain.token import ADDRESS
from tests.browser.processes import Demo, running_demo
from tests.servers.evm import PAYERS
from tests.test_demo_chain import held, rpc

pytestmark = pytest.mark.asyncio(loop_scope="module")
SHOP = part("merchant").address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def node(demo: Demo) -> str:
    return str(json.loads((demo.data / "demo.json").read_text())["networks"][EVM]["rpc"])


async def invoice(demo: Demo, asset: str, amount: int) -> dict[str, Any]:
    key = json.loads((demo.data / "demo.json").read_text())["apiKey"]
    wish = {"network": EVM, "asset": asset, "amount": str(amount)}
    headers = {"authorization": f"Bearer {key}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{demo.url}/v1/invoices", json=wish) as answer,
    ):
        made: dict[str, Any] = await answer.json()
        return made


async def pay(folder: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "relay", "pay", *arguments, "--token-file", str(folder / "token")]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_page_is_paid_without_gas(demo: Demo, tmp_path: Path) -> None:
    before, coins = await held(node(demo), SHOP), await rpc(node(demo), "eth_getBalance", PAYERS[0].address, "latest")
    code, out, err = await pay(tmp_path, f"{demo.url}/demo/", "--network", EVM)
    assert (code, err) == (0, "")
    assert f"from     {PAYERS[0].address} on {EVM}" in out
    assert f"to       {SHOP}  0.05 USDC" in out
    assert "fee      none, the relay pays the gas" in out
    assert "settled" in out
    assert (tmp_path / "token").read_text().startswith("eyJ")
    assert await held(node(demo), SHOP) == before + 50_000
    assert await rpc(node(demo), "eth_getBalance", PAYERS[0].address, "latest") == coins


async def test_the_chains_own_coin_is_paid_by_a_transaction_of_the_wallet(demo: Demo, tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.json"
    wallet.write_text(json.dumps({"account": PAYERS[5].address.lower(), "key": PAYERS[5].key.to_0x_hex()}))
    asked = await invoice(demo, "native", 10**15)
    before = int(await rpc(node(demo), "eth_getBalance", SHOP, "latest"), 16)
    code, out, err = await pay(tmp_path, asked["url"], "--wallet", str(wallet), "--rpc", node(demo), "--yes")
    assert (code, err) == (0, "")
    assert f"from     {PAYERS[5].address} on {EVM}" in out
    assert "0.001 ETH" in out
    assert "settled" in out
    assert int(await rpc(node(demo), "eth_getBalance", SHOP, "latest"), 16) == before + 10**15


async def test_what_cannot_be_paid_is_said_in_a_line(demo: Demo, tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.json"
    wallet.write_text(json.dumps({"account": PAYERS[5].address, "key": PAYERS[6].key.hex()}))
    coin, dollars = await invoice(demo, "native", 1), await invoice(demo, ADDRESS, 1)
    cases = (
        ((coin["url"],), "needs --rpc URL"),
        ((dollars["url"], "--yes", "--max", "0.10"), "--max is for what is sold by x402"),
        ((dollars["url"], "--network", "eip155:1"), "can be paid on eip155:31337, not on eip155:1"),
        ((dollars["url"], "--wallet", str(wallet), "--yes"), f"is that of {PAYERS[6].address}"),
        ((coin["url"], "--rpc", "http://127.0.0.1:9"), "the node does not answer"),
        ((coin["url"], "--rpc", f"{demo.url}/v1/networks/kept-secret"), "the node does not answer"),  # JSON, no RPC
    )
    tried = await asyncio.gather(*(pay(tmp_path, *arguments) for arguments, _ in cases))
    for (code, _, err), (_, said) in zip(tried, cases, strict=True):
        assert code == (2 if said.startswith("--max") else 1)
        assert said in err
        assert err.count("\n") == 1
        assert "kept-secret" not in err
