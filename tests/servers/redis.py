"""A private Redis on a free port that can be killed and started again on the same one.

from tests.servers.redis import redis_server     # in a conftest.py: a fixture, fresh for each test (30 ms)

redis_server.kill()      # as a crash: no goodbye, everything in it is lost
redis_server.start()     # same URL
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from relay.devchain.ports import free_port

_READY_SECONDS = 90.0
_END_SECONDS = 60.0


class RedisServer:
    def __init__(self, folder: Path, host: str = "127.0.0.1", options: Sequence[str] = ()) -> None:
        self.host = host
        self.port = free_port(host=host)
        self._options = options
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers. Nothing is kept on disk."""
        if self._process is not None:
            raise RuntimeError("it runs already")
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("Redis is not installed: apt-get install redis-server")
        self._process = subprocess.Popen(
            [program, *self._arguments()],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait_until_ready(self._process)

    def _arguments(self) -> list[str]:
        words = f"--port {self.port} --bind {self.host} --protected-mode no --appendonly no".split()
        return [*words, "--save", "", *self._options]

    def stop(self) -> None:
        """Let it say goodbye."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_END_SECONDS)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_SECONDS)
            self._process = None

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError(f"redis-server ended at once with {process.returncode}")
            try:
                with socket.create_connection((self.host, self.port), timeout=1) as wire:
                    wire.sendall(b"PING\r\n")
                    if wire.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                time.sleep(0.005)
        self.kill()
        raise RuntimeError("redis-server did not get ready")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.kill()
