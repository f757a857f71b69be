"""The stub node, the load, and the relay that is measured."""

from __future__ import annotations

import itertools
import json
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from relay.devchain.ports import free_port
from tests.bench import proc
from tests.bench.process import ROOT, Failed, Process

NETWORK = "hedera:devnet"
START_SECONDS = 30.0


class Server(Protocol):
    """What is measured: the relay, or a peer of it."""

    key: str  # opens the merchant's stream

    @property
    def url(self) -> str:
        """Where its Socket.IO is: `http://127.0.0.1:PORT`."""
        ...

    def start(self) -> float:
        """Start it; the seconds from exec until it says that it takes payments."""
        ...

    def stop(self) -> None: ...

    def kill(self) -> None:
        """Stop it without waiting for its goodbyes."""
        ...

    def cpu_seconds(self) -> float:
        """CPU time it and its children have used so far."""
        ...

    def memory(self) -> int:
        """Resident bytes of it and its children."""
        ...


class Stub:
    """stub_node.py."""

    def __init__(self, folder: Path, cores: Iterable[int]) -> None:
        self._process = Process("stub node", module("tests.bench.stub_node"), cores, folder / "stub.log")
        self.address = f"127.0.0.1:{int(self._process.line(START_SECONDS))}"

    def cpu_seconds(self) -> float:
        return proc.cpu_seconds(self._process.pid)

    def stop(self) -> None:
        self._process.stop()


class Load:
    """load.py, or another process that takes such orders."""

    def __init__(self, folder: Path, cores: Iterable[int], program: str = "tests.bench.load") -> None:
        self._process = Process("load", module(program), cores, folder / "load.log")

    def __call__(self, do: str, **what: object) -> dict[str, Any]:
        """One order of load.py, for example `load("pay", settle=True)`."""
        return self._process.ask({"do": do, **what})

    def cpu_seconds(self) -> float:
        return proc.cpu_seconds(self._process.pid)

    def stop(self) -> None:
        self._process.stop()


class Running:
    """A server's process, while it runs."""

    def __init__(self) -> None:
        self._process: Process | None = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def last_words(self) -> str:
        return "" if self._process is None else self._process.last_words()

    def cpu_seconds(self) -> float:
        return 0.0 if self._process is None else proc.cpu_seconds(self._process.pid)

    def memory(self) -> int:
        return 0 if self._process is None else proc.memory(self._process.pid)


Networks = Mapping[str, tuple[Mapping[str, object], str]]


class RelayServer(Running):
    """The real `relay serve`: journal on SQLite, one merchant. `networks`: their options, and his account there."""

    def __init__(
        self,
        folder: Path,
        networks: Networks,
        cores: Iterable[int],
        *,
        workers: int = 1,
        tables: str = "",
    ) -> None:
        super().__init__()
        folder.mkdir()
        self._folder = folder
        self._networks = networks
        self._cores = cores
        self._workers = workers
        self._tables = tables  # more of relay.toml
        self._port = free_port()
        self._seed = secrets.token_hex(32)
        self._bare: Sequence[str] | None = None
        self._direct, self._redis = True, ""
        self._configure()
        self._relay("migrate")
        self.key = self.merchant("shop", {name: account for name, (_, account) in networks.items()})

    def merchant(self, id: str, accounts: Mapping[str, str]) -> str:
        """One more; returns his key."""
        self._relay(
            "merchant", "add", id, *(part for pair in accounts.items() for part in ("--account", "=".join(pair)))
        )
        return re.findall(r"sk_[\w-]+", self._relay("key", "add", id, "--test"))[0]

    def copy(
        self,
        folder: Path,
        *,
        bare: Sequence[str] | None = None,
        direct: bool = True,
        redis: str = "",
        networks: Networks | None = None,
    ) -> RelayServer:
        """Another with the same content, to be started beside it. Only of one that has not been started yet.

        `bare` are options of bare_relay.py, which then is what runs.
        """
        shutil.copytree(self._folder, folder)
        other = RelayServer.__new__(RelayServer)
        other.__dict__.update(self.__dict__, _folder=folder, _port=free_port(), _networks=networks or self._networks)
        other._bare, other._direct, other._redis = bare, direct, redis
        other._configure()
        return other

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """While it runs."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> float:
        start = time.perf_counter()
        command = self._command("serve")
        if self._bare is not None:
            command = [*module("tests.bench.bare_relay"), *command[4:], *self._bare]
        self._process = Process("relay", command, self._cores, self._folder / "relay.log")
        line = self._process.line(START_SECONDS)
        seconds = time.perf_counter() - start
        if not line.startswith("relay ready"):
            raise Failed(f"relay serve said {line!r} instead of `relay ready`")
        return seconds

    def _configure(self) -> None:
        """Limits out of the way: all the load comes from one address."""
        tables = "\n".join(
            f'[chains."{name}"]\n' + "\n".join(f"{key} = {toml(value)}" for key, value in options.items())
            for name, (options, _) in self._networks.items()
        )
        redis = f"redis = {toml(self._redis)}" if self._redis else ""
        (self._folder / "relay.toml").write_text(f"""
public_url = "{self.url}"
signing_key = "{self._seed}"
database = "sqlite:///{self._folder / "relay.db"}"
log_level = "WARNING"
{redis}

[server]
port = {self._port}
workers = {self._workers}
direct_sockets = {toml(self._direct)}
connections_per_address = 100_000
requests_per_second = 1_000_000

{tables}
{self._tables}
""")

    def _command(self, *arguments: str) -> list[str]:
        return [*module("relay"), *arguments, "--config", str(self._folder / "relay.toml")]

    def _relay(self, *arguments: str) -> str:
        done = subprocess.run(self._command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Failed(f"relay {' '.join(arguments)}: {done.stderr.strip()[-1500:]}")
        return done.stdout


def toml(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


_numbers = itertools.count()


def fresh(name: str) -> str:
    """A folder or file of its own for each round."""
    return f"{next(_numbers)}-{name}"


def module(name: str) -> list[str]:
    return [sys.executable, "-m", name]
