"""`relay demo` and `relay devnet` in processes of their own: stopped, killed and started again on the same port."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 30.0
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Command:
    """One `relay …` that says `… ready …` when it is."""

    arguments: tuple[str, ...]
    ready: list[str] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relay", *self.arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), READY_SECONDS)
        self.ready = line.decode().split()
        assert "ready" in self.ready, f"relay {self.arguments[0]} said {line!r}"

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(sign)
        async with asyncio.timeout(15):
            await self.process.communicate()  # reads to the end, so that the pipe is closed too


@dataclass
class Demo:
    """A relay with its demo page, over a development node of its own that outlives it."""

    url: str
    relay: Command
    node: Command
    node_address: str


@asynccontextmanager
async def running_demo(data: Path, *, consensus_ms: int = 300) -> AsyncIterator[Demo]:
    node_port, port = free_port(), free_port()
    node = Command(("devnet", "--port", str(node_port), "--consensus-ms", str(consensus_ms)))
    address = f"127.0.0.1:{node_port}"
    relay = Command(("demo", "--port", str(port), "--node", address, "--data", str(data)))
    try:
        await node.start()
        await relay.start()
        yield Demo(relay.ready[-1], relay, node, address)
    finally:
        await relay.stop()
        await node.stop()
