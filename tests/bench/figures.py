"""What is measured. A measurement runs once per round and returns figures; the runner takes medians over rounds.

CPU time is what a payment costs on any machine; rates and latencies belong to the machine they were measured on.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.fleet import Fleet, pay
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
    detail: bool = False  # for bench.md, not for README
    guarded: bool = False  # compared with baseline.json: a ratio of CPU time or memory, which any machine repeats


@dataclass(frozen=True)
class Scale:
    """How much of everything one round does."""

    many: int  # payments over 64 sockets, in four turns
    few: int  # payments over one socket, in four turns
    seconds: float  # at a fixed rate
    idle_seconds: float  # 10,000 connections are watched that long; each is pinged every 25 s
    journal: int  # payments written
    commits: int
    evm: int  # authorizations verified, and carried out
    x402: int  # the same over HTTP, by each facilitator
    warm: int  # payments after a start: V8 compiles what was run often; sooner, a payment costs twice as much
    stock: bool  # python-socketio's own sockets, too, which take the longest
    again: int  # payments before a timed stretch of one that idled while others were measured


FULL = Scale(
    many=4_000,
    few=1_200,
    seconds=1.5,
    idle_seconds=25.0,
    journal=6_000,
    commits=100,
    evm=3_000,
    x402=192,
    warm=8_960,
    stock=True,
    again=640,
)
QUICK = Scale(
    many=640,
    few=200,
    seconds=0.6,
    idle_seconds=3.0,
    journal=1_000,
    commits=20,
    evm=128,
    x402=64,
    warm=2_560,
    stock=False,
    again=320,
)


@dataclass(frozen=True)
class Rig:
    """All that runs. `spare` is one more relay, not running."""

    stub: Stub
    load: Load
    fleet: Fleet
    spare: Server
    folder: Path
    scale: Scale
    server_cores: Sequence[int]
    other_cores: Sequence[int]


Values = dict[str, float]
Measurement = Callable[[Rig], Values]


FIGURES = (
    Figure("ready", "from exec to `relay ready`", "s", target=1.0),
    Figure("memory_start", "memory once ready", "MB", target=90),
    Figure("latency_added_p50_1", "p50 the relay adds, 1 socket", "ms", target=5),
    Figure("node_p50_1", "the node alone, p50, 1 in flight", "ms"),
    Figure("node_p99_1", "the node alone, p99, 1 in flight", "ms"),
    Figure("disk_commit_full", "this disk: one SQLite commit, synchronous=FULL", "ms"),
    Figure("disk_commit_normal", "this disk: one SQLite commit, synchronous=NORMAL", "ms"),
)


def start_up(rig: Rig) -> Values:
    """A second server beside the idle first one: start, look, stop."""
    seconds = rig.spare.start()
    try:
        time.sleep(SETTLE_DOWN_SECONDS)
        return {"ready": seconds, "memory_start": rig.spare.memory() / 1e6}
    finally:
        rig.spare.stop()


def one_socket(rig: Rig) -> Values:
    """One wallet through the relay, and the same straight to the node: the difference is what the relay adds."""
    with rig.fleet.fresh("journal") as server:
        rig.fleet.warm(server)
        rig.load("sign", payments=rig.scale.few, wallets=1)
        node = rig.load("straight", node=rig.stub.address, in_flight=1)["milliseconds"]
        paid = pay(rig.load, server, 1, rig.scale.few)
    return {
        "node_p50_1": node["p50"],
        "node_p99_1": node["p99"],
        "latency_added_p50_1": paid.milliseconds["p50"] - node["p50"],
    }


def disk(rig: Rig) -> Values:
    """What a durable commit costs here at all: two of them are in every answer."""
    return {
        "disk_commit_full": _commit_milliseconds(rig, "FULL"),
        "disk_commit_normal": _commit_milliseconds(rig, "NORMAL"),
    }


MEASUREMENTS: tuple[Measurement, ...] = (start_up, one_socket, disk)


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
