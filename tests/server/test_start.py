"""A relay that starts is ready soon and light: it loads what its configuration uses, and nothing else."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from relay.devnet.network import DevNode
from tests.servers.relay_process import READY_SECONDS, SIGNING_KEY, RelayProcess, prepare

UNUSED = ("redis", "requests", "websocket", "tornado", "prometheus_client", "opentelemetry", "web3", "jinja2")
MOST_BYTES = 90_000_000


async def test_a_relay_that_uses_neither_redis_nor_telemetry_loads_neither() -> None:
    ask = f"import sys, relay.app, relay.chains.hedera.books; print([name for name in {UNUSED} if name in sys.modules])"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ask, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"


async def test_a_relay_that_just_started_takes_less_than_90_mb(tmp_path: Path, devnet: DevNode) -> None:
    database = f"sqlite:///{tmp_path}/relay.db"
    await prepare(database, {})
    config = RelayProcess(tmp_path, database, devnet.network, devnet.mirror).write_config()
    relay = await asyncio.create_subprocess_exec(  # not forked from the tests', which has more in it
        *(sys.executable, "-m", "relay", "serve", "--config", str(config)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TEST_SIGNING_KEY": SIGNING_KEY, "TEST_REDIS_URL": ""},
    )
    assert relay.stdout is not None
    async with asyncio.timeout(READY_SECONDS):
        assert (await relay.stdout.readline()).startswith(b"relay ready ")
    assert resident(relay.pid) < MOST_BYTES
    relay.terminate()
    assert await relay.wait() == 0


def resident(pid: int) -> int:
    """Bytes of memory; as many pages as proc(5) counts."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
