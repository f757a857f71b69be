"""A Hedera network for development and tests: real gRPC and REST in front, real rules behind, one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from relay.devnet.network import DevNode


@asynccontextmanager
async def open_devnet(
    host: str = "127.0.0.1",
    port: int = 0,
    mirror_port: int = 0,
    *,
    consensus: timedelta = timedelta(milliseconds=300),
    nodes: int = 1,
    state: Path | None = None,
) -> AsyncIterator[DevNode]:
    """Run a network until the block ends; port 0 picks a free one, raises OSError when one is taken
    (`filename` is its host:port).

    `consensus` is the time from precheck to receipt. `nodes` adds node accounts 0.0.4, … on free ports of their own.
    `state` is a file the ledger is kept in: a second run with it goes on where the first stopped.
    """
    network = DevNode(consensus, nodes, state)
    try:
        await network.start(host, port, mirror_port)
        yield network
    finally:
        await network.stop()
