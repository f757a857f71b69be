"""Anvil as a child process that ends when we do, whatever way that is, and keeps its ledger in a file."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from relay.errors import Unreachable

CHAIN_ID = 31337  # what every development tool calls a chain of its own
READY_SECONDS = 10.0
STOP_SECONDS = 5.0
CALL_SECONDS = 10.0
# A shell stands between and reads from a pipe that we hold: a kill -9 of us ends anvil too, with its ledger saved.
GUARD = """
exec 3<&0
"$@" </dev/null 3<&- & node=$!
{ read -r _ <&3; kill "$node"; } 2>/dev/null & guard=$!
wait "$node"; code=$?
kill "$guard" 2>/dev/null
exit "$code"
"""


def find_anvil(clone: Path) -> Path | None:
    """The program: what `make demo` installed from npm, else whatever is on the PATH."""
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    package = f"anvil-{platform.system().lower()}-{machine}"
    installed = clone / "browser_demo" / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
    if installed.exists():
        return installed
    found = shutil.which("anvil")
    return None if found is None else Path(found)


@dataclass(frozen=True, slots=True)
class Anvil:
    url: str
    http: aiohttp.ClientSession

    async def rpc(self, method: str, *params: object) -> Any:
        """One call; raises `Unreachable` with what the node said."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            async with self.http.post(self.url, json=request) as response:
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"the local EVM chain does not answer: {error}") from None
        if "error" in answer:
            raise Unreachable(f"the local EVM chain refused {method}: {answer['error'].get('message')}")
        return answer["result"]


@asynccontextmanager
async def run_anvil(program: Path, *, state: Path, port: int) -> AsyncIterator[Anvil]:
    """Run it until the block ends; raises `Unreachable` when it does not start."""
    command = (str(program), "--port", str(port), "--chain-id", str(CHAIN_ID), "--silent")
    process = await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", GUARD, "sh", *command, "--state", str(state), "--state-interval", "2"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is for us: the chain lives until the last payment is followed
    )
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as http:
            anvil = Anvil(f"http://127.0.0.1:{port}", http)
            await _until_ready(anvil, process)
            yield anvil
    finally:
        await _end(process)


async def _until_ready(anvil: Anvil, process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(READY_SECONDS):
            while process.returncode is None:
                try:
                    await anvil.rpc("eth_chainId")
                except Unreachable:
                    await asyncio.sleep(0.01)
                else:
                    return
    except TimeoutError:
        raise Unreachable(f"anvil was not ready within {READY_SECONDS:.0f} s") from None
    raise Unreachable(f"anvil ended at once with code {process.returncode}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the pipe, which the shell takes as the end, and wait until the ledger is saved."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
