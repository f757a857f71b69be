"""What is measured. A measurement runs once per round and returns figures; the runner takes medians over rounds.

CPU time is what a payment costs on any machine; rates and latencies belong to the machine they were measured on.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.servers import Load, Server, Stub

SETTLE_DOWN_SECONDS = 0.3  # after a start, before memory is read


@dataclass(frozen=True)
class Figure:
    """One line of the table. `target` is a bound: an upper one, for `more` a lower one."""

    name: str
    title: str
    unit: str
    more: bool = False  # is more better?
    target: float | None = None
    target_ratio: float | None = None  # how many times better than the best peer


@dataclass(frozen=True)
class Scale:
    """How much of everything one round does."""

    many: int  # payments over 64 sockets
    few: int  # payments over one socket
    idle: int  # connections that only are there
    commits: int
    evm: int  # authorizations verified, and carried out
    x402: int  # the same over HTTP, by each facilitator


FULL = Scale(many=3_000, few=300, idle=1_000, commits=100, evm=3_000, x402=640)
QUICK = Scale(many=640, few=100, idle=200, commits=20, evm=128, x402=64)


@dataclass(frozen=True)
class Rig:
    """All that runs. `server` is up and warm; `spare` is one more like it, not running."""

    stub: Stub
    load: Load
    server: Server
    spare: Server
    folder: Path
    scale: Scale
    server_cores: Sequence[int]
    other_cores: Sequence[int]


Values = dict[str, float]
Measurement = Callable[[Rig], Values]


FIGURES = (
    Figure("ready", "from exec to `relay ready`", "s", target=1.5),
    Figure("memory_start", "memory once ready", "MB", target=120),
    Figure("latency_added_p50_1", "p50 the relay adds, 1 socket", "ms", target=5),
    Figure("relay_journal_64", "payments per CPU-second, journal on, 64 sockets", "1/s", more=True),
    Figure("relay_journal_1", "payments per CPU-second, journal on, 1 socket", "1/s", more=True),
    Figure("throughput_64", "payments answered per second, 64 sockets", "1/s", more=True),
    Figure("latency_p50_64", "sender to response, p50, 64 sockets", "ms"),
    Figure("latency_p95_64", "sender to response, p95, 64 sockets", "ms"),
    Figure("latency_p99_64", "sender to response, p99, 64 sockets", "ms"),
    Figure("latency_p50_1", "sender to response, p50, 1 socket", "ms"),
    Figure("latency_p95_1", "sender to response, p95, 1 socket", "ms"),
    Figure("latency_p99_1", "sender to response, p99, 1 socket", "ms"),
    Figure("node_p50_1", "the node alone, p50, 1 in flight", "ms"),
    Figure("node_p99_1", "the node alone, p99, 1 in flight", "ms"),
    Figure("memory_per_connection", "memory per idle connection (MB per 1,000)", "KB"),
    Figure("disk_commit_full", "this disk: one SQLite commit, synchronous=FULL", "ms"),
    Figure("disk_commit_normal", "this disk: one SQLite commit, synchronous=NORMAL", "ms"),
)


def start_up(rig: Rig) -> Values:
    """A second server beside the idle first one: start, look, let many connect, look again, stop."""
    seconds = rig.spare.start()
    try:
        time.sleep(SETTLE_DOWN_SECONDS)
        alone = rig.spare.memory()
        rig.load("connect", url=rig.spare.url, sockets=rig.scale.idle)
        crowded = rig.spare.memory()
        rig.load("disconnect")
    finally:
        rig.spare.stop()
    return {
        "ready": seconds,
        "memory_start": alone / 1e6,
        "memory_per_connection": (crowded - alone) / rig.scale.idle / 1e3,
    }


def many_sockets(rig: Rig) -> Values:
    """64 wallets, each sends its next transfer when the last is answered."""
    cpu, paid = _pay(rig, 64, rig.scale.many)
    latency = paid["milliseconds"]
    return {
        "relay_journal_64": rig.scale.many / cpu,
        "throughput_64": rig.scale.many / paid["seconds"],
        "latency_p50_64": latency["p50"],
        "latency_p95_64": latency["p95"],
        "latency_p99_64": latency["p99"],
    }


def one_socket(rig: Rig) -> Values:
    """One wallet through the relay, and the same straight to the node: the difference is what the relay adds."""
    rig.load("sign", payments=rig.scale.few, wallets=1)
    node = rig.load("straight", node=rig.stub.address, in_flight=1)["milliseconds"]
    cpu, paid = _pay(rig, 1, rig.scale.few)
    latency = paid["milliseconds"]
    return {
        "relay_journal_1": rig.scale.few / cpu,
        "latency_p50_1": latency["p50"],
        "latency_p95_1": latency["p95"],
        "latency_p99_1": latency["p99"],
        "node_p50_1": node["p50"],
        "node_p99_1": node["p99"],
        "latency_added_p50_1": latency["p50"] - node["p50"],
    }


def disk(rig: Rig) -> Values:
    """What a durable commit costs here at all: two of them are in every answer."""
    return {
        "disk_commit_full": _commit_milliseconds(rig, "FULL"),
        "disk_commit_normal": _commit_milliseconds(rig, "NORMAL"),
    }


MEASUREMENTS: tuple[Measurement, ...] = (start_up, many_sockets, one_socket, disk)


def warm_up(rig: Rig) -> None:
    """Caches filled, connections made, one-time imports done."""
    _pay(rig, 64, 320)


def _pay(rig: Rig, sockets: int, payments: int) -> tuple[float, dict[str, Any]]:
    """CPU seconds of the server from the first transfer until the last is settled, and what the wallets saw."""
    rig.load("sign", payments=payments, wallets=sockets)
    rig.load("connect", url=rig.server.url, sockets=sockets)
    before = rig.server.cpu_seconds()
    paid = rig.load("pay", settle=True)
    cpu = rig.server.cpu_seconds() - before
    rig.load("disconnect")
    return cpu, paid


def _commit_milliseconds(rig: Rig, synchronous: str) -> float:
    with sqlite3.connect(rig.folder / f"disk-{synchronous}.db", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute(f"PRAGMA synchronous={synchronous}")
        db.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, row BLOB)")
        row = bytes(600)  # a payment with its raw bytes
        start = time.perf_counter()
        for _ in range(rig.scale.commits):
            db.execute("INSERT INTO t (row) VALUES (?)", (row,))
        milliseconds = 1000 * (time.perf_counter() - start) / rig.scale.commits
    db.close()
    return milliseconds
