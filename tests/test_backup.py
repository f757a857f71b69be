"""`relay backup` under load and `relay restore`: the same journal, cut at one instant. PostgreSQL by its own tools."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from relay.devnet.network import DevNode
from relay.store.database import open_database
from relay.store.journal import Journal
from relay.store.migrate import migrate
from tests.conftest import MERCHANTS, Start
from tests.server.paying import get, invoice, post, signed
from tests.servers.postgres import PostgresServer, find_postgres
from tests.servers.relay_process import SIGNING_KEY, RelayProcess, prepare
from tests.store.nouns import LATER, a_payment, news, settled, taken


async def relay_command(relay: RelayProcess, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "relay", *arguments, "--config", str(relay.config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TEST_SIGNING_KEY": SIGNING_KEY, "TEST_REDIS_URL": ""},
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def events_of(relay: RelayProcess, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more, after = True, 0
    while more:
        page = (await get(relay.url, f"/v1/events?limit=500&after={after}", key))[1]
        found, more, after = found + page["data"], page["hasMore"], page["next"]
    return found


async def test_a_backup_under_load_restores_to_the_same_journal(
    tmp_path: Path, sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay, copy = await start_relay(sqlite_url, devnet), tmp_path / "backup.db"

    async def pay() -> None:
        asked = await invoice(relay.url, keys["shop"])
        wish = {"network": "hedera:devnet", "transaction": "0x" + signed(asked["memo"]).hex()}
        assert (await post(relay.url, "/v1/payments", json=wish))[0] == 200

    enough = asyncio.Event()

    async def pay_many() -> None:
        while not enough.is_set():
            await asyncio.gather(*(pay() for _ in range(4)))

    load = asyncio.create_task(pay_many())
    while len(await events_of(relay, keys["shop"])) < 10:
        await asyncio.sleep(0.02)
    _, verified = await relay_command(relay, "audit", "verify")
    code, said = await relay_command(relay, "backup", str(copy))
    assert code == 0, said
    await pay()  # which the copy cannot have
    enough.set()
    await load
    whole = await events_of(relay, keys["shop"])
    await relay.stop()

    assert copy.stat().st_mode & 0o077 == 0
    assert not [name for name in os.listdir(tmp_path) if name.startswith("backup.db.")]
    again = RelayProcess(tmp_path, f"sqlite:///{tmp_path}/restored.db", devnet.network, devnet.mirror)
    again.write_config()
    code, said = await relay_command(again, "restore", str(copy))
    assert code == 0, said
    head = verified.split()[-1]
    code, said = await relay_command(again, "audit", "verify", "--head", head)
    assert (code, said.split()[-1]) == (0, head), "the audit log is whole, and the one whose head was noted before"
    with sqlite3.connect(tmp_path / "restored.db") as raw:
        bodies = [json.loads(body) for (body,) in raw.execute("SELECT body FROM events ORDER BY seq")]
        last = {body["payment"]: body["status"] for body in bodies if body["type"].startswith("payment.")}
        told = {id: status for id, status in raw.execute("SELECT id, status FROM payments") if status != "accepted"}
    assert [body["seq"] for body in bodies] == list(range(1, len(bodies) + 1))
    assert bodies == whole[: len(bodies)]
    assert 10 <= len(bodies) < len(whole)
    assert told == last
    async with again:  # it goes on from there: the merchant's key is known, events are as they were, payments are taken
        assert (await events_of(again, keys["shop"]))[: len(bodies)] == bodies
        wish = {"network": "hedera:devnet", "transaction": "0x" + signed(pay_to=[("0.0.2001", 5)]).hex()}
        assert (await post(again.url, "/v1/payments", json=wish))[0] == 200


async def test_neither_overwrites_and_what_is_no_backup_is_refused(tmp_path: Path, devnet: DevNode) -> None:
    database = tmp_path / "relay.db"
    await prepare(f"sqlite:///{database}", MERCHANTS)
    relay = RelayProcess(tmp_path, f"sqlite:///{database}", devnet.network, devnet.mirror)
    relay.write_config()
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    for command, file, says in (
        ("backup", "taken", "is not overwritten"),
        ("backup", "no/such/folder", "cannot be written"),
        ("backup", "taken/in-it", "cannot be written"),
        ("restore", "junk", "move it away"),
        ("restore", "missing", "there is no backup"),
    ):
        code, said = await relay_command(relay, command, str(tmp_path / file))
        assert (code, said.count("\n")) == (1, 1), said
        assert says in said
    assert (tmp_path / "taken").read_text() == "mine"
    for left in os.listdir(tmp_path):
        if left.startswith("relay.db"):
            (tmp_path / left).unlink()
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE x (y)").connection.close()
    for file, says in (("junk", "cannot be copied"), ("other.db", "no relay's database")):
        code, said = await relay_command(relay, "restore", str(tmp_path / file))
        assert (code, said.count("\n")) == (1, 1), said
        assert says in said
    assert not database.exists()


async def test_a_damaged_page_is_noticed(tmp_path: Path, devnet: DevNode) -> None:
    database = tmp_path / "relay.db"
    await prepare(f"sqlite:///{database}", MERCHANTS)
    with sqlite3.connect(database) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [[page]] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'merchants'").fetchall()
        [[size]] = raw.execute("PRAGMA page_size").fetchall()
    raw.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    relay = RelayProcess(tmp_path, f"sqlite:///{database}", devnet.network, devnet.mirror)
    relay.write_config()
    code, said = await relay_command(relay, "backup", str(tmp_path / "copy.db"))
    assert code == 1
    assert "relay.db" in said
    assert not (tmp_path / "copy.db").exists()


async def test_postgresql_is_saved_by_the_commands_of_the_readme(
    tmp_path: Path, postgres: PostgresServer, devnet: DevNode
) -> None:
    binaries = find_postgres()
    assert binaries is not None
    with postgres.database() as old, postgres.database() as new:
        async with open_database(old) as db:
            await migrate(db)
            journal = Journal(db)
            for _ in range(3):
                before = a_payment()
                await journal.accept(before, LATER)
                for after in (taken(before), settled(taken(before))):
                    await journal.record(before, after, None, news(after))
                    before = after
            written = await journal.events("shop", 0, 100)
        relay = RelayProcess(tmp_path, old, devnet.network, devnet.mirror)
        relay.write_config()
        code, said = await relay_command(relay, "backup", str(tmp_path / "x"))
        assert code == 1
        assert "pg_dump" in said
        readme = (Path(__file__).parent.parent / "README.md").read_text().replace("\n", " ")
        for command, url in (
            ('pg_dump --format=custom --file=FILE "$DATABASE_URL"', old),
            ('pg_restore --single-transaction --no-owner --dbname="$DATABASE_URL" FILE', new),
        ):
            assert command in readme
            line = f"{binaries}/{command.replace('FILE', 'dump')}"
            done = await asyncio.create_subprocess_shell(line, cwd=tmp_path, env={**os.environ, "DATABASE_URL": url})
            assert await done.wait() == 0
        async with open_database(new) as db:
            assert await migrate(db) == 0
            assert await Journal(db).events("shop", 0, 100) == written
            assert len(written) == 6
