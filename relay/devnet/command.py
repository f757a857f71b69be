"""`relay devnet`: the development network by itself, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

from relay.devnet import open_devnet


async def serve(host: str = "127.0.0.1", port: int = 50211, mirror_port: int = 0, consensus_ms: int = 300) -> None:
    """Run the network, say on stdout when it is ready, and close it cleanly; raises OSError when a port is taken."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    try:
        async with open_devnet(host, port, mirror_port, consensus=timedelta(milliseconds=consensus_ms)) as devnet:
            print(f"devnet ready {devnet.address} mirror {devnet.mirror}", flush=True)  # noqa: T201 - contract.md
            await stop.wait()
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
