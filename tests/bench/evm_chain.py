"""Anvil as the bench needs it: mining at once or every second, a token, payers who hold plenty of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterable
from typing import Any

from eth_abi import encode

from relay.devchain.accounts import DevAccount, part
from relay.devchain.ports import free_port
from tests.bench.proc import settle_in
from tests.bench.process import Failed
from tests.servers.anvil import PROGRAM
from tests.servers.evm import artifact

CHAIN = 31337
MERCHANT = part("merchant").address
DEPLOYER = part("deployer").address
PAYERS = 64
SPONSORS = 4  # keys that share the work, as an operator with this much traffic has them
PLENTY = 10**15
READY_SECONDS = 30.0


def payer(number: int) -> DevAccount:
    """One of the bench's own payers; load and chain derive the same ones."""
    return DevAccount.of(hashlib.sha256(f"bench payer {number}".encode()).digest())


def sponsors() -> list[str]:
    return [hashlib.sha256(f"bench sponsor {number}".encode()).hexdigest() for number in range(SPONSORS)]


class Chain:
    """`block_seconds` None mines every transaction at once, 0 mines nothing until told."""

    def __init__(self, cores: Iterable[int], block_seconds: int | None = None, number: int = CHAIN) -> None:
        if not PROGRAM.exists():
            raise Failed("anvil is not installed: npm install in browser_demo")
        self.network = f"eip155:{number}"
        self.url = f"http://127.0.0.1:{free_port()}"
        port = self.url.rpartition(":")[2]
        self._popen = subprocess.Popen(
            [str(PROGRAM), "--port", port, "--chain-id", str(number), "--silent", "--prune-history", "64"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=lambda: settle_in(cores),
        )
        self._wait()
        self.token = self._deploy()
        if block_seconds is not None:
            self.mine_every(block_seconds)

    @property
    def options(self) -> dict[str, object]:
        """Its table in relay.toml."""
        token = {"address": self.token, "symbol": "USDC", "name": "USDC", "version": "2", "decimals": 6}
        return {
            "rpc": [self.url],
            "tokens": [token | {"eip3009": True, "trusted": True}],
            "sponsors": sponsors(),
            "finality": 1,
            "poll_seconds": 0.02,
        }

    def rpc(self, method: str, *params: object) -> Any:
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(self.url, request, headers), timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            raise Failed(f"anvil: {method}: {answer['error']}")
        return answer["result"]

    def mine_every(self, seconds: int) -> None:
        """From now on a block comes by the clock."""
        self.rpc("evm_setAutomine", False)
        self.rpc("evm_setIntervalMining", seconds)

    def next_block(self) -> None:
        """Wait for it."""
        head, until = self.rpc("eth_blockNumber"), time.monotonic() + READY_SECONDS
        while self.rpc("eth_blockNumber") == head:
            if time.monotonic() > until:
                raise Failed("anvil mines nothing")
            time.sleep(0.003)

    def stop(self) -> None:
        self._popen.kill()
        self._popen.wait()

    def _wait(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                self.rpc("eth_chainId")
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise Failed("anvil did not start")

    def _deploy(self) -> str:
        coins = hex(10_000 * 10**18)
        for account in (DEPLOYER, *(DevAccount.of(bytes.fromhex(key)).address for key in sponsors())):
            self.rpc("anvil_setBalance", account, coins)
        self.rpc("anvil_impersonateAccount", DEPLOYER)
        creation = artifact("TestUSDC")["bytecode"]
        creation += encode(["string", "string", "string", "uint8"], ["USDC", "USDC", "2", 6]).hex()
        sent = self.rpc("eth_sendTransaction", {"from": DEPLOYER, "gas": hex(5_000_000), "data": creation})
        token: str = self._mined(sent)["contractAddress"]
        for number in range(PAYERS):
            mint = f"0x40c10f19{encode(['address', 'uint256'], [payer(number).address, PLENTY]).hex()}"
            sent = self.rpc("eth_sendTransaction", {"from": DEPLOYER, "to": token, "gas": hex(200_000), "data": mint})
        self._mined(sent)
        return token

    def _mined(self, hash: str) -> Any:
        """The receipt; anvil answers before it has mined."""
        while (receipt := self.rpc("eth_getTransactionReceipt", hash)) is None:
            time.sleep(0.001)
        return receipt
