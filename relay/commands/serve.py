"""`relay serve`: one process, or several behind one port."""

from __future__ import annotations

import asyncio
import gc
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from relay import log
from relay.app import open_relay
from relay.errors import Misconfigured
from relay.settings import Settings, load

RESTART_SECONDS = 1.0  # before a worker that died is started again


async def serve(config: Path, *, worker: Path | None, workers: int | None) -> int:
    """Run until SIGINT or SIGTERM, then drain. Prints `relay ready URL` once a payment can be taken.

    `workers` goes before what the configuration says. `worker` is where one of several leaves its numbers for the
    others; its standard input then is held open by whoever started it, and it stops when that ends.
    """
    settings = load(config)
    log.start(settings.log_level)
    workers = workers or settings.server.workers
    if workers > 1 and worker is None:
        return await _supervise(config, settings, workers)
    async with stopped_by_signals() as stop, open_relay(settings, numbers=worker) as app:
        if worker is not None:
            _stop_when_orphaned(stop)
        collect_little()
        say_ready(app.url)
        await stop.wait()
    return 0


def collect_little() -> None:
    """What a start leaves stays: no garbage collection need look at it again. From now on each is for less.

    A collection stops all payments while it looks at the objects made since the last: about a millisecond for 5,000
    of them, 50 and more for 50,000, which was the slowest answer in a hundred.
    """
    gc.freeze()
    gc.set_threshold(5_000, 200, 50)


@asynccontextmanager
async def stopped_by_signals(stop: asyncio.Event | None = None) -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set, the second time too: a stop is a drain, never a cut."""
    stop, loop = stop or asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _stop_when_orphaned(stop: asyncio.Event) -> None:
    """Nothing is ever written there, so the pipe is readable when its other end is gone, killed with -9 or not."""
    loop, pipe = asyncio.get_running_loop(), sys.stdin.fileno()

    def orphaned() -> None:
        loop.remove_reader(pipe)
        stop.set()

    loop.add_reader(pipe, orphaned)


def say_ready(url: str) -> None:
    """The line scripts and people wait for."""
    print(f"relay ready {url}", flush=True)  # contract.md


async def _supervise(config: Path, settings: Settings, most: int) -> int:
    """Keep so many processes on one port (SO_REUSEPORT); each is a whole relay, and any may take any payment."""
    if settings.server.port == 0:
        raise Misconfigured("server.port: several workers share one port, so it cannot be 0")
    command = [sys.executable, "-m", "relay", "serve", "--config", str(config), "--worker"]
    folder = Path(tempfile.mkdtemp(prefix="relay-numbers-"))
    ready, stop_all = asyncio.Semaphore(0), asyncio.Event()
    failed = 0

    async def keep_one(worker: int) -> None:
        nonlocal failed
        was_ready = False
        while True:
            process = await asyncio.create_subprocess_exec(
                *(*command, str(folder / f"{worker}.json")),
                stdin=asyncio.subprocess.PIPE,  # its end tells the worker that we are gone
                stdout=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                stdout = process.stdout
                while stdout is not None and (line := await stdout.readline()):
                    if line.startswith(b"relay ready"):
                        was_ready = True
                        ready.release()
                await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
            if not was_ready:  # it said why, the next would say the same; one that once was may lack its database now
                failed = process.returncode or 1
                stop_all.set()
            await asyncio.sleep(RESTART_SECONDS)

    async with stopped_by_signals(stop_all) as stop:
        workers = [asyncio.create_task(keep_one(worker)) for worker in range(most)]
        stopping = asyncio.create_task(stop.wait())
        all_ready = asyncio.create_task(_times(ready, most))
        await asyncio.wait({stopping, all_ready}, return_when=asyncio.FIRST_COMPLETED)
        if all_ready.done():
            say_ready(settings.issuer)
        await stopping
        all_ready.cancel()
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    shutil.rmtree(folder, ignore_errors=True)
    return failed


async def _times(semaphore: asyncio.Semaphore, times: int) -> None:
    for _ in range(times):
        await semaphore.acquire()
