"""Two processes on Redis: how late a subscriber of one hears of payments that the other took."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from relay.devchain.ports import free_port
from tests.bench.crowd import EVENTS, WISH
from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import pay
from tests.bench.proc import cpu_seconds
from tests.bench.process import Process
from tests.bench.servers import START_SECONDS, Server

RATE = 1_000  # events per second
SOCKETS = 64
FIGURES = (
    Figure("cross_process_p99", f"news to the other process, p99, {RATE:,} events/s", "ms", target=10),
    Figure("cross_process_p50", "news to the other process, p50", "ms"),
    Figure("cross_process_cpu_hearing", "CPU time of an event at the process that hears it", "µs"),
    Figure("cross_process_cpu_bystander", "CPU time of an event at one that has no subscriber of it", "µs"),
    Figure("cross_process_cpu_redis", "CPU time of an event in Redis", "µs"),
)


def between_processes(rig: Rig) -> Values:
    """Without journals: what is measured is the way from one process to the other."""
    values: Values = {}
    if shutil.which("redis-server") is None:
        return values
    for name in rig.fleet.names("noverify", "node_noverify"):
        with ExitStack() as stack:
            redis = stack.enter_context(_redis(rig))
            url = f"redis://127.0.0.1:{redis.port}/0"
            taking, hearing, bystander = (rig.fleet.make(name, redis=url) for _ in range(3))
            for server in (taking, hearing, bystander):
                server.start()
                stack.callback(server.stop)
            found = _measure(rig, name, taking, hearing, bystander, redis)
        values |= {figure if name == "noverify" else f"{figure}@node": value for figure, value in found.items()}
    return values


@dataclass(frozen=True)
class Redis:
    """A server without persistence."""

    pid: int
    port: int


def _measure(rig: Rig, name: str, taking: Server, hearing: Server, bystander: Server, redis: Redis) -> Values:
    payments = max(1, int(RATE / EVENTS * 2 * rig.scale.seconds / SOCKETS)) * SOCKETS
    rig.load("gather", url=hearing.url, listeners=1, auth={"apiKey": hearing.key}, wish=WISH)
    rig.load("hear", deliveries=EVENTS * rig.fleet.warm(taking))
    rig.load("lateness", of=True)
    before, aside, carried = hearing.cpu_seconds(), bystander.cpu_seconds(), cpu_seconds(redis.pid)
    pay(rig.load, taking, SOCKETS, payments, RATE / EVENTS)
    rig.load("hear", deliveries=EVENTS * payments)
    spent, wasted = hearing.cpu_seconds() - before, bystander.cpu_seconds() - aside
    carried = cpu_seconds(redis.pid) - carried
    late = rig.load("lateness", of=False)["milliseconds"]
    rig.load("scatter")
    return {
        "cross_process_p99": late["p99"],
        "cross_process_p50": late["p50"],
        "cross_process_cpu_hearing": 1e6 * spent / (EVENTS * payments),
        "cross_process_cpu_bystander": 1e6 * wasted / (EVENTS * payments),
        "cross_process_cpu_redis": 1e6 * carried / (EVENTS * payments),
    }


@contextmanager
def _redis(rig: Rig) -> Iterator[Redis]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = Process("redis", command, rig.other_cores, rig.folder / "redis.log")
    try:
        while "Ready to accept connections" not in process.line(START_SECONDS):
            pass
        yield Redis(process.pid, port)
    finally:
        process.stop()


MEASUREMENTS = (between_processes,)
