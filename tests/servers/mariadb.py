"""A private MariaDB on a Unix socket in a temporary folder, gone when the tests are.

from tests.servers.mariadb import mariadb     # in a conftest.py: one server for the whole session, about 2 s
"""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_READY_SECONDS = 90.0
_PATHS = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"  # Debian keeps servers out of a user's PATH
_SETTINGS = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--skip-networking",
    "--skip-log-bin",
)


@dataclass(frozen=True, slots=True)
class MariaDBServer:
    """A running server; whoever runs the tests may do everything on it, without a password."""

    address: Path
    _numbers: count[int]

    def new_database(self) -> str:
        """The name of a fresh, empty database."""
        name = f"relay_test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return name

    def run(self, sql: str) -> str:
        """What the client prints for a statement."""
        client = shutil.which("mariadb", path=_PATHS) or "mariadb"
        command = (client, "--no-defaults", f"--socket={self.address}", "--user=root", "--batch", f"--execute={sql}")
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@contextmanager
def start_mariadb() -> Iterator[MariaDBServer]:
    """Start a server with empty tables in a temporary folder, as whoever runs the tests."""
    server, install = (shutil.which(name, path=_PATHS) for name in ("mariadbd", "mariadb-install-db"))
    if server is None or install is None:
        pytest.skip("MariaDB is not installed: apt-get install mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="relay-mariadb-"))
    address = folder / "socket"
    user = f"--user={getpass.getuser()}"
    own = ("--no-defaults", f"--datadir={folder / 'data'}", user)
    process: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run(
            (install, *own, "--auth-root-authentication-method=normal", "--skip-test-db"),
            check=True,
            capture_output=True,
            timeout=180,
        )
        log = folder / "log"
        at = (f"--socket={address}", f"--pid-file={folder / 'pid'}")
        with log.open("wb") as said:
            process = subprocess.Popen((server, *own, *at, *_SETTINGS), stdout=said, stderr=said)
        _wait_until_ready(process, address, log)
        yield MariaDBServer(address, count(1))
    finally:
        if process is not None:
            process.kill()
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], address: Path, log: Path) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"mariadbd ended at once: {log.read_text()[-2000:]}")
        try:
            with socket.socket(socket.AF_UNIX) as wire:
                wire.settimeout(1)
                wire.connect(str(address))
                if wire.recv(1):  # its greeting
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("mariadbd did not get ready")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    with start_mariadb() as server:
        yield server
