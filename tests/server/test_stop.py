"""Starting and stopping: what is being sent is answered, what cannot start ends, and says why."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from relay.devnet.network import DevNode
from tests.conftest import Start
from tests.server.paying import get, signed
from tests.servers.listener import Listener
from tests.servers.redis import RedisServer
from tests.servers.relay_process import READY_SECONDS, RelayProcess, prepare
from tests.test_readme import ENVIRONMENT, run


@pytest.mark.parametrize("milliseconds", [0, 2, 10, 30])
async def test_a_stop_at_any_moment_answers_every_transfer_that_came_in(
    relay: RelayProcess, devnet: DevNode, milliseconds: int
) -> None:
    raws = [signed() for _ in range(20)]
    async with Listener(relay.url) as payer:
        asked = [asyncio.create_task(payer.call("CRYPTOTRANSFER", raw)) for raw in raws]
        await asyncio.sleep(0)  # each is emitted now, in its task's first step
        await payer.call("SUBSCRIBE", {})  # by its answer the relay has read what came before it
        await asyncio.sleep(milliseconds / 1000)
        assert await relay.stop() == 0
        answers = await asyncio.gather(*asked)
    assert {answer["status"] for answer in answers} <= {"submitted", "rejected"}
    assert {answer["reason"] for answer in answers if answer["status"] == "rejected"} <= {"overloaded"}
    assert relay.log() == ""


async def test_a_relay_stays_ready_when_the_database_is_migrated_for_the_next(
    relay: RelayProcess, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "relay.db", timeout=30)) as db, db:
        db.execute("INSERT INTO schema_version (version, name) VALUES (10000, 'of the next')")
    assert (await get(relay.url, "/readyz"))[0] == 200


async def test_a_relay_without_its_redis_is_slower_and_still_ready(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start, redis_server: RedisServer
) -> None:
    relay = await start_relay(sqlite_url, devnet, redis=redis_server.url)
    async with asyncio.timeout(40):  # a node that is slow to answer is not waited for by a start
        while (await get(relay.url, "/readyz"))[1]["status"] != "ready":
            await asyncio.sleep(0.05)
    redis_server.kill()
    code, body = await get(relay.url, "/readyz")
    assert (code, body["status"], body["checks"]["database"]) == (200, "degraded", "ok")
    assert body["checks"]["redis"] != "ok"


async def test_workers_that_cannot_start_end_with_the_reason(tmp_path: Path, devnet: DevNode) -> None:
    relay = RelayProcess(tmp_path, f"sqlite:///{tmp_path}/new.db", devnet.network, devnet.mirror, workers=2)
    relay.write_config()
    code, _, err = await run(
        f"relay serve --config {relay.config}", tmp_path, TEST_SIGNING_KEY="11" * 32, TEST_REDIS_URL=""
    )
    assert code == 1
    assert "relay migrate" in err and "Traceback" not in err


async def test_a_worker_that_died_is_started_again_until_it_can_be(tmp_path: Path, devnet: DevNode) -> None:
    """As while its database is away: the others wait for that, and are not stopped because one more cannot start."""
    database = f"sqlite:///{tmp_path}/relay.db"
    await prepare(database, {})
    async with RelayProcess(tmp_path, database, devnet.network, devnet.mirror, workers=2) as relay:
        assert relay.process is not None
        config = relay.config.read_text()
        first, second = children(relay.process.pid)
        relay.config.write_text("nothing to start with")
        os.kill(int(first), signal.SIGKILL)
        async with asyncio.timeout(READY_SECONDS):
            while "is not TOML" not in relay.log():
                await asyncio.sleep(0.02)
        relay.config.write_text(config)
        os.kill(int(second), signal.SIGKILL)
        async with asyncio.timeout(READY_SECONDS):
            while await alive(relay.url) != 200:
                await asyncio.sleep(0.02)
        assert await relay.stop() == 0


async def alive(url: str) -> int | None:
    try:
        return (await get(url, "/healthz"))[0]
    except aiohttp.ClientError:  # nobody listens
        return None


async def test_workers_stop_by_themselves_when_whoever_keeps_them_is_killed(tmp_path: Path, devnet: DevNode) -> None:
    database = f"sqlite:///{tmp_path}/relay.db"
    await prepare(database, {})
    relay = RelayProcess(tmp_path, database, devnet.network, devnet.mirror, options=("--workers", "2"))
    await relay.start()
    supervisor = relay.process
    assert supervisor is not None
    workers = children(supervisor.pid)
    gone = [asyncio.ensure_future(ended(int(worker))) for worker in workers]
    await asyncio.sleep(0)  # each is followed by its handle now, not by its number
    supervisor.kill()
    try:
        async with asyncio.timeout(40):
            await asyncio.gather(*gone)
    finally:
        for worker, end in zip(workers, gone, strict=True):
            if not end.done() or end.cancelled():
                os.kill(int(worker), signal.SIGKILL)
    assert len(workers) == 2
    assert "Traceback" not in relay.log()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", relay.port)
    await supervisor.wait()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


async def ended(pid: int) -> None:
    """Wait for a process that is not our child."""
    handle, over = os.pidfd_open(pid), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def test_check_finds_a_mirror_that_is_away_and_a_key_that_is_too_short(tmp_path: Path, devnet: DevNode) -> None:
    relay = RelayProcess(tmp_path, f"sqlite:///{tmp_path}/new.db", devnet.network, "http://127.0.0.1:1")
    relay.write_config()
    environment = {"TEST_SIGNING_KEY": "11" * 32, "TEST_REDIS_URL": ""}
    assert (await run(f"relay migrate --config {relay.config}", tmp_path, **environment))[0] == 0
    code, out, _ = await run(f"relay check --config {relay.config}", tmp_path, **environment)
    assert code == 1
    assert "ok    database" in out and "FAIL  hedera:devnet" in out and "11" * 32 not in out
    environment["TEST_SIGNING_KEY"] = "abcd"
    code, _, err = await run(f"relay check --config {relay.config}", tmp_path, **environment)
    assert code == 1
    assert "signing_key" in err and "abcd" not in err


async def test_two_demos_do_not_share_a_folder(tmp_path: Path) -> None:
    demo = await asyncio.create_subprocess_shell(
        f"exec relay demo --port 0 --node-port 0 --data {tmp_path}/data",
        stdout=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert demo.stdout is not None
    url = (await asyncio.wait_for(demo.stdout.readline(), 60)).decode().split()[-1]
    before = (tmp_path / "data" / "demo.json").read_bytes()
    code, _, err = await run(f"relay demo --port 0 --node-port 0 --data {tmp_path}/data", tmp_path)
    assert (code, err.count("\n")) == (1, 1) and "another `relay demo`" in err
    assert (tmp_path / "data" / "demo.json").read_bytes() == before
    assert (await get(url, "/readyz"))[0] == 200
    demo.terminate()
    assert await asyncio.wait_for(demo.wait(), 60) == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("relay demo --port 0 --node 127.0.0.1:1 --data new", "no development node answers"),
        ("relay demo --port 0 --node-port 0 --data file", "--data file"),
        ("relay demo --port 0 --node-port 0 --data /proc/nowhere", "--data /proc/nowhere"),
    ],
)
async def test_a_demo_that_cannot_run_says_why_in_a_line(tmp_path: Path, command: str, says: str) -> None:
    (tmp_path / "file").touch()
    code, _, err = await run(command, tmp_path)
    assert (code, err.count("\n")) == (1, 1), err
    assert says in err


async def test_a_merchant_s_account_must_be_one(tmp_path: Path, devnet: DevNode) -> None:
    relay = RelayProcess(tmp_path, f"sqlite:///{tmp_path}/new.db", devnet.network, devnet.mirror)
    relay.write_config()
    environment = {"TEST_SIGNING_KEY": "11" * 32, "TEST_REDIS_URL": ""}
    await run(f"relay migrate --config {relay.config}", tmp_path, **environment)
    for account in ("hedera:devnet=xx", "hedera:nope=0.0.5", "0.0.5", "hedera:devnet="):
        add = f"relay merchant add new --account {account} --config {relay.config}"
        code, _, err = await run(add, tmp_path, **environment)
        assert (code, err.count("\n")) == (2, 1), account
