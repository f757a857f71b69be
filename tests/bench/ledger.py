"""The journal alone, on SQLite and on a local PostgreSQL: whole payments, each three durable writes and two events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.figures import Figure, Rig, Values
from tests.bench.proc import favour
from tests.bench.servers import Load, fresh
from tests.servers.postgres import find_postgres, start_postgres

IN_FLIGHT = 256
DURABLE = "-c shared_buffers=128MB -c max_connections=50"  # fsync and synchronous_commit as they are by default
LOG_BYTES = 200_000_000  # a server that has run for a while writes its log into old files; a new one zeroes each first
KINDS = {"sqlite": ("SQLite", 5_000), "postgresql": ("local PostgreSQL", 3_000)}
FIGURES = (
    *(
        Figure(f"journal_{kind}", f"journal on {title}: durable payments per second", "1/s", more=True, target=bound)
        for kind, (title, bound) in KINDS.items()
    ),
    *(
        Figure(f"journal_{kind}_p99", f"journal on {title}: p99 of a write at {bound // 2:,} 1/s", "ms", target=20)
        for kind, (title, bound) in KINDS.items()
    ),
    *(
        Figure(f"journal_{kind}_cpu", f"journal on {title}: our CPU time per payment", "µs")
        for kind, (title, _) in KINDS.items()
    ),
    *(
        Figure(f"journal_{kind}_accepts", f"journal on {title}: payments accepted per second", "1/s", more=True)
        for kind, (title, _) in KINDS.items()
    ),
    Figure("replay", "events replayed to one subscriber per second", "1/s", more=True),
    Figure("replay_cpu", "CPU time of a replayed event", "µs"),
)


def journal(rig: Rig) -> Values:
    """On all cores: there is no server beside it."""
    values: Values = {}
    for kind, (_, bound) in KINDS.items():
        if kind == "postgresql" and find_postgres() is None:
            continue
        with _database(rig, kind) as url:
            cores = sorted({*rig.server_cores, *rig.other_cores})
            load = Load(rig.folder, cores, "tests.bench.ledger_load")
            try:
                load("open", url=url)
                load("write", payments=rig.scale.journal // 4, in_flight=IN_FLIGHT)  # files and plans are made
                accepted = load("accept", payments=rig.scale.journal, in_flight=IN_FLIGHT)
                whole = load("write", payments=rig.scale.journal, in_flight=IN_FLIGHT)
                rate = rig.scale.journal / whole["seconds"]
                half = load("write_at", payments=int(bound * rig.scale.seconds / 2), rate=bound / 2)
                load("close")
            finally:
                load.stop()
        values |= {
            f"journal_{kind}": rate,
            f"journal_{kind}_p99": half["milliseconds"]["p99"],
            f"journal_{kind}_cpu": 1e6 * whole["cpu"] / rig.scale.journal,
            f"journal_{kind}_accepts": rig.scale.journal / accepted["seconds"],
        }
    return values


def replays(rig: Rig) -> Values:
    """A subscriber who comes back after all that was paid; at least ten pages of it."""
    with rig.fleet.fresh("journal") as server:
        rig.fleet.warm(server)
        cpu = server.cpu_seconds()
        done = rig.load("replay", url=server.url, auth={"apiKey": server.key}, wish={"merchant": True, "after": 0})
        spent = server.cpu_seconds() - cpu
    return {"replay": done["replayed"] / done["seconds"], "replay_cpu": 1e6 * spent / done["replayed"]}


@contextmanager
def _database(rig: Rig, kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{rig.folder / fresh('journal.db')}"
        return
    with postgresql() as url:
        yield url


@contextmanager
def postgresql() -> Iterator[str]:
    """A database of a server that comes before others as its client does, or on a busy machine it is starved by it."""
    with start_postgres(DURABLE) as server, server.database() as url:
        favour(server.pid)
        server.run(f"SELECT pg_logical_emit_message(false, 'bench', repeat('x', {LOG_BYTES}))")
        server.run("CHECKPOINT")
        yield url


MEASUREMENTS = (journal, replays)
