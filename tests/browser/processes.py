"""`relay demo` and `relay devnet` in processes of their own: stopped, killed and started again on the same port."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from relay.devchain.ports import free_port
from relay.devnet import open_devnet
from relay.devnet.network import DevNode
from tests.servers.forks import ROOT, Fork, start_command

__all__ = ["ROOT"]
READY_SECONDS = 90.0
HELD = 3_600_000  # milliseconds: longer than any test


@dataclass
class Command:
    """One `relay …` that says `… ready …` when it is."""

    arguments: tuple[str, ...]
    ready: list[str] = field(default_factory=list)
    process: Fork | None = None

    async def start(self) -> None:
        self.process = await start_command(*self.arguments)
        line = await asyncio.wait_for(self.process.line(), READY_SECONDS)
        self.ready = line.decode().split()
        assert "ready" in self.ready, f"relay {self.arguments[0]} said {line!r}"

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(sign)
        async with asyncio.timeout(90):
            await self.process.wait()


@dataclass
class Demo:
    """A relay with its demo page, as `make demo` starts it.

    `node` is set when its Hedera node is a process of its own, `ledger` when it is in this one.
    """

    url: str
    data: Path
    relay: Command
    node: Command | None = None
    ledger: DevNode | None = None

    def hold(self) -> None:
        """From now on the ledger takes payments and agrees on none, until it is told: time to do something to them."""
        assert self.ledger is not None
        self.ledger.faults.slow_consensus_ms = HELD

    def agree(self) -> None:
        """What the ledger took is on it, and what comes will be soon."""
        assert self.ledger is not None
        self.ledger.faults.clear()
        self.ledger.agree_now()

    @property
    def node_address(self) -> str:
        told = json.loads((self.data / "demo.json").read_text())
        return next(iter(told["networks"]["hedera:devnet"]["nodes"]))


@asynccontextmanager
async def running_demo(data: Path) -> AsyncIterator[Demo]:
    relay = Command(("demo", "--port", "0", "--node-port", "0", "--data", str(data)))
    try:
        await relay.start()
        yield Demo(relay.ready[-1], data, relay)
    finally:
        await relay.stop(signal.SIGKILL)  # else it would wait for browsers to say goodbye; its chain dies with it


@asynccontextmanager
async def demo_over_a_ledger(data: Path) -> AsyncIterator[Demo]:
    """The relay can be killed, and the ledger told when to agree."""
    async with open_devnet() as ledger:
        relay = Command(("demo", "--port", str(free_port()), "--node", ledger.address, "--data", str(data)))
        try:
            await relay.start()
            yield Demo(relay.ready[-1], data, relay, ledger=ledger)
        finally:
            await relay.stop(signal.SIGKILL)


@asynccontextmanager
async def demo_over_a_node(data: Path) -> AsyncIterator[Demo]:
    """Relay and node can be killed apart, and come back at the same address."""
    node_port = str(free_port())
    node = Command(("devnet", "--port", node_port))
    address = ("--node", f"127.0.0.1:{node_port}")
    relay = Command(("demo", "--port", str(free_port()), *address, "--data", str(data)))
    try:
        await node.start()
        await relay.start()
        yield Demo(relay.ready[-1], data, relay, node)
    finally:
        await relay.stop(signal.SIGKILL)
        await node.stop(signal.SIGKILL)
