"""The processes of a benchmark: the stub node, the load, and the servers measured, each pinned to its cores."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "hedera:devnet"
START_SECONDS = 30.0
ORDER_SECONDS = 120.0
STOP_SECONDS = 10.0
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # prctl(2)
TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A process of the benchmark did not do its part; the message says which, and what it said."""


class Server(Protocol):
    """What is measured: the relay, or a peer of it."""

    @property
    def url(self) -> str:
        """Where its Socket.IO is: `http://127.0.0.1:PORT`."""
        ...

    def start(self) -> float:
        """Start it; the seconds from exec until it says that it takes payments."""
        ...

    def stop(self) -> None: ...

    def cpu_seconds(self) -> float:
        """CPU time it and its children have used so far."""
        ...

    def memory(self) -> int:
        """Resident bytes of it and its children."""
        ...


class Process:
    """A child process that answers in lines."""

    def __init__(self, name: str, command: Sequence[str], cores: Iterable[int], errors: Path) -> None:
        self.name = name
        self._errors = errors
        with errors.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                cwd=ROOT,
                preexec_fn=lambda: settle_in(cores),
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    def line(self, seconds: float) -> str:
        """Its next line."""
        stdout: IO[bytes] = self._popen.stdout  # type: ignore[assignment]  # it is a pipe
        line = stdout.readline() if select.select([stdout], [], [], seconds)[0] else b""
        if not line:
            said = self._errors.read_text(errors="replace")[-1500:].strip()
            raise Failed(f"{self.name} did not answer within {seconds:.0f} s; it said:\n{said or '(nothing)'}")
        return line.decode().strip()

    def ask(self, order: dict[str, object]) -> dict[str, Any]:
        """One JSON object there, one back."""
        stdin: IO[bytes] = self._popen.stdin  # type: ignore[assignment]  # it is a pipe
        stdin.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self.line(ORDER_SECONDS))
        if "error" in answer:
            raise Failed(f"{self.name}: {answer['error']}")
        return answer

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()


class Stub:
    """stub_node.py."""

    def __init__(self, folder: Path, cores: Iterable[int]) -> None:
        self._process = Process("stub node", module("tests.bench.stub_node"), cores, folder / "stub.log")
        self.address = f"127.0.0.1:{int(self._process.line(START_SECONDS))}"

    def stop(self) -> None:
        self._process.stop()


class Load:
    """load.py, or another process that takes such orders."""

    def __init__(self, folder: Path, cores: Iterable[int], program: str = "tests.bench.load") -> None:
        self._process = Process("load", module(program), cores, folder / "load.log")

    def __call__(self, do: str, **what: object) -> dict[str, Any]:
        """One order of load.py, for example `load("pay", settle=True)`."""
        return self._process.ask({"do": do, **what})

    def stop(self) -> None:
        self._process.stop()


class RelayServer:
    """The real `relay serve`: journal on SQLite, one merchant. `networks`: their options, and his account there."""

    def __init__(
        self,
        folder: Path,
        networks: Mapping[str, tuple[Mapping[str, object], str]],
        cores: Iterable[int],
        *,
        workers: int = 1,
    ) -> None:
        folder.mkdir()
        self._folder = folder
        self._networks = networks
        self._cores = cores
        self._workers = workers
        self._process: Process | None = None
        self._port = free_port()
        self._configure()
        self._relay("migrate")
        accounts = [part for name, (_, account) in networks.items() for part in ("--account", f"{name}={account}")]
        self._relay("merchant", "add", "shop", *accounts)

    def copy(self, folder: Path) -> RelayServer:
        """Another with the same content, to be started beside it. Only of one that has not been started yet."""
        shutil.copytree(self._folder, folder)
        other = RelayServer.__new__(RelayServer)
        other.__dict__.update(self.__dict__, _folder=folder, _port=free_port())
        other._configure()
        return other

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> float:
        start = time.perf_counter()
        self._process = Process("relay", self._command("serve"), self._cores, self._folder / "relay.log")
        line = self._process.line(START_SECONDS)
        seconds = time.perf_counter() - start
        if not line.startswith("relay ready"):
            raise Failed(f"relay serve said {line!r} instead of `relay ready`")
        return seconds

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None

    def cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, self._pids()))

    def memory(self) -> int:
        return sum(map(_memory, self._pids()))

    def _pids(self) -> list[int]:
        return [] if self._process is None else _family(self._process.pid)

    def _configure(self) -> None:
        """Limits out of the way: all the load comes from one address."""
        tables = "\n".join(
            f'[chains."{name}"]\n' + "\n".join(f"{key} = {toml(value)}" for key, value in options.items())
            for name, (options, _) in self._networks.items()
        )
        (self._folder / "relay.toml").write_text(f"""
public_url = "{self.url}"
signing_key = "{secrets.token_hex(32)}"
database = "sqlite:///{self._folder / "relay.db"}"
log_level = "WARNING"

[server]
port = {self._port}
workers = {self._workers}
connections_per_address = 100_000
requests_per_second = 1_000_000

{tables}
""")

    def _command(self, *arguments: str) -> list[str]:
        return [*module("relay"), *arguments, "--config", str(self._folder / "relay.toml")]

    def _relay(self, *arguments: str) -> None:
        done = subprocess.run(self._command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Failed(f"relay {' '.join(arguments)}: {done.stderr.strip()[-1500:]}")


def toml(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def split_cores() -> tuple[list[int], list[int]]:
    """Cores for the server and for everything else; the same ones if there is only one."""
    first, *rest = sorted(os.sched_getaffinity(0))
    return rest[-1:] or [first], [first, *rest[:-1]]


def settle_in(cores: Iterable[int]) -> None:
    """In the child, before exec: on these cores only, and not longer than the benchmark, however that ends."""
    os.sched_setaffinity(0, cores)
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_numbers = itertools.count()


def fresh(name: str) -> str:
    """A folder or file of its own for each round."""
    return f"{next(_numbers)}-{name}"


def module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    children = [
        int(child) for threads in Path(f"/proc/{pid}/task").glob("*/children") for child in threads.read_text().split()
    ]
    return [pid, *(member for child in children for member in _family(child))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime and stime, proc(5)


def _memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0
