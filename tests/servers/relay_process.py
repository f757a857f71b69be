"""A real `relay serve` in a process of its own, that tests may kill and start again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from relay.devchain.ports import free_port
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.database import open_database
from relay.store.keys import Keys
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from tests.servers.forks import Fork, start_command

READY_SECONDS = 60.0
SIGNING_KEY = "11" * 32


async def prepare(database: str, merchants: Mapping[str, str]) -> dict[str, str]:
    """Bring a database up to date and put merchants (id → account on hedera:devnet) in it; returns their keys."""
    keys = {}
    async with open_database(database) as db:
        await migrate(db)
        for id, account in merchants.items():
            await Merchants(db).add(
                Merchant(id, id, ((ChainId.parse("hedera:devnet"), Account(account)),), f"https://{id}.example")
            )
            keys[id] = (await Keys(db).add(id, "tests")).text
    return keys


@dataclass
class RelayProcess:
    """One configured relay; the same `folder` and port across restarts."""

    folder: Path
    database: str
    nodes: Mapping[str, str]
    mirror: str | None = None
    redis: str | None = None
    workers: int = 1
    log_level: str = "WARNING"
    extra: str = ""  # more TOML for the head of the file
    server: str = ""  # more TOML for [server]
    chain: str = ""  # more TOML for the chain
    port: int = field(default_factory=free_port)
    address: str = "127.0.0.1"
    network: str | None = None  # the namespace it runs in
    options: tuple[str, ...] = ()  # of the command
    process: Fork | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    @property
    def config(self) -> Path:
        return self.folder / f"relay-{self.port}.toml"

    def write_config(self) -> Path:
        nodes = ", ".join(f"{json.dumps(address)} = {json.dumps(account)}" for address, account in self.nodes.items())
        mirror = f"mirror = {json.dumps(self.mirror)}" if self.mirror else ""
        redis = 'redis = "$TEST_REDIS_URL"' if self.redis else ""
        self.config.write_text(
            f"""
            public_url = "{self.url}"
            signing_key = "$TEST_SIGNING_KEY"
            database = {json.dumps(self.database)}
            log_level = {json.dumps(self.log_level)}
            {redis}
            {self.extra}
            [server]
            host = "{self.address}"
            port = {self.port}
            workers = {self.workers}
            {self.server}
            [chains."hedera:devnet"]
            nodes = {{ {nodes} }}
            assets = [{{ asset = "0.0.5001", symbol = "DUSD", decimals = 6 }}]
            {mirror}
            {self.chain}
            """
        )
        return self.config

    async def start(self) -> None:
        """Run it and wait for its ready line."""
        self.process = await start_command(
            *("serve", "--config", str(self.write_config()), *self.options),
            stderr=self.folder / f"relay-{self.port}.log",
            network=self.network,
            TEST_SIGNING_KEY=SIGNING_KEY,
            TEST_REDIS_URL=self.redis or "",
        )
        async with asyncio.timeout(READY_SECONDS):
            line = await self.process.line()
            if not line:
                await self.process.wait()
        assert line.startswith(b"relay ready "), (line, self.log())

    async def kill(self) -> None:
        """As a power cut: SIGKILL to all of it."""
        process = self._running()
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        self.process = None

    async def stop(self) -> int:
        """As an operator does: SIGTERM, and wait. Returns the exit code."""
        process = self._running()
        process.terminate()
        async with asyncio.timeout(READY_SECONDS):
            code = await process.wait()
        self.process = None
        return code

    def log(self) -> str:
        return (self.folder / f"relay-{self.port}.log").read_text()

    def _running(self) -> Fork:
        assert self.process is not None, "the relay does not run"
        return self.process

    async def __aenter__(self) -> RelayProcess:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self.process is not None and self.process.returncode is None:
            await self.kill()
