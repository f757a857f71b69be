"""Processes of their own for what the tests kill, forked from one that has imported the relay already.

A fresh interpreter takes more than a second of CPU to import it, a fork a few milliseconds, and the suite starts
hundreds. What runs is the same: the command line's `main`, in a session of its own, with its own standard output, log
and signals. What a shell does with `relay …` is for the tests of the commands, which start it from there.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from relay.cli import main

LOADED = ["relay.commands.serve", "relay.commands.demo", "relay.chains.hedera", "relay.chains.eip155"]
CLONE_NEWNET = 0x40000000  # sched.h
ROOT = Path(__file__).resolve().parents[2]
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload([*LOADED, "tests.crash", "tests.evm_crash", "tests.x402.crash"])


class Fork:
    """A running `relay …`, with the members of `asyncio.subprocess.Process` that tests use."""

    def __init__(
        self, arguments: Sequence[str], environ: Mapping[str, str], stderr: Path | None, network: str | None
    ) -> None:
        self._output, output = _forkserver.Pipe(duplex=False)
        self._process = _forkserver.Process(
            target=_run_command, args=(tuple(arguments), dict(environ), stderr, network, output), daemon=True
        )
        self._process.start()
        output.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def line(self) -> bytes:
        """The next line it prints; what it printed so far when it ended before."""
        line = b""
        while not line.endswith(b"\n"):
            await _readable(self._output.fileno())
            if not (more := os.read(self._output.fileno(), 1)):
                break
            line += more
        return line

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            await _readable(self._process.sentinel)
        self._output.close()
        assert self.returncode is not None
        return self.returncode


async def start_command(
    *arguments: str, stderr: Path | None = None, network: str | None = None, **environ: str
) -> Fork:
    """Start `relay arguments`, in the folder of the project; its errors are added to `stderr`, or go where ours go.

    `network` is a network namespace, named as `ip netns` does.
    """
    return await asyncio.to_thread(Fork, arguments, {**os.environ, **environ}, stderr, network)


async def run_fork(target: Callable[..., None], *arguments: Any) -> int:
    """Run a function in a process that may end at any instant; its exit code."""
    process = _forkserver.Process(target=target, args=arguments, daemon=True)
    await asyncio.to_thread(process.start)
    async with asyncio.timeout(60):
        await _readable(process.sentinel)
    assert process.exitcode is not None
    return process.exitcode


async def _readable(handle: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(handle)


def _run_command(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    stderr: Path | None,
    network: str | None,
    output: Connection,
) -> None:
    """In the fork."""
    os.setsid()
    if network is not None:
        with Path("/run/netns", network).open() as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "it cannot be moved into another network")
    os.chdir(ROOT)
    os.dup2(output.fileno(), 1)
    output.close()
    if stderr is not None:
        log = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 2)
        os.close(log)
    os.environ.clear()
    os.environ.update(environ)
    raise SystemExit(main(arguments))
