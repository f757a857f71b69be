"""A private PostgreSQL on a free port, gone when the tests are.

    from tests.servers.postgres import postgres, postgres_model, postgres_url     # in a conftest.py: three fixtures

`postgres` is one server for the whole session (about 1.2 s, started when first asked for); `postgres_url` is a fresh
database on it for each test, with this version's schema: a copy of `postgres_model`, which takes a third of the time
of the migrations.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from relay.devchain.ports import free_port
from relay.store.database import open_database
from relay.store.migrate import migrate

_USER = "postgres"
_SETTINGS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=100"
)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. Database names are numbered, so that parallel sessions on one server never meet."""

    port: int
    pid: int
    _numbers: count[int]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def run(self, sql: str) -> None:
        """Run a statement as superuser, outside any transaction."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[call-overload]  # not a literal

    @contextmanager
    def database(self, model: str = "template1") -> Iterator[str]:
        """A fresh database, empty or a copy; gives its URL and drops it afterwards, whoever is still connected."""
        name = f"relay_test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {model}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def start_postgres(settings: str = _SETTINGS, *, also: str | None = None) -> Iterator[PostgresServer]:
    """Start a server with an empty cluster in a temporary folder; refuses to run as root, so it runs as `postgres`.

    `also` is another address it listens on, and lets in everyone.
    """
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="relay-postgres-"))
    port = free_port()
    try:
        _as_postgres(
            folder,
            binaries / "initdb",
            "--auth=trust",
            "--no-sync",
            "--locale=C.UTF-8",
            "-U",
            _USER,
            "-D",
            folder / "data",
        )
        listen = "127.0.0.1"
        if also is not None:
            listen += f",{also}"
            with (folder / "data/pg_hba.conf").open("a") as access:
                access.write("host all all all trust\n")
        options = f"-p {port} -k {folder} -c listen_addresses={listen} {settings}"
        control = (binaries / "pg_ctl", "-D", folder / "data", "-l", folder / "log")
        _as_postgres(folder, *control, "-w", "-o", options, "start")
        try:
            pid = int((folder / "data/postmaster.pid").read_text().split()[0])
            yield PostgresServer(port, pid, count(1))
        finally:
            _as_postgres(folder, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_postgres() -> Path | None:
    """The newest installed version's programs; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return None if elsewhere is None else Path(elsewhere).parent


def _as_postgres(folder: Path, *command: str | Path) -> None:
    identity: dict[str, object] = {}
    if os.getuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile() as output:  # not a pipe: the server inherits it and would keep it open
        done = subprocess.run(
            command, cwd=folder, stdout=output, stderr=output, stdin=subprocess.DEVNULL, timeout=180, **identity
        )  # type: ignore[call-overload]  # mypy cannot see through **
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {output.read().decode()}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with start_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_model(postgres: PostgresServer) -> str:
    """The name of a database with this version's schema, to which nobody is connected."""
    name = "relay_model"
    postgres.run(f"CREATE DATABASE {name}")
    async with open_database(postgres.url(name)) as db:
        await migrate(db)
    return name


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_model: str) -> Iterator[str]:
    with postgres.database(postgres_model) as url:
        yield url
