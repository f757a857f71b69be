"""`python -m tests.bench.soak [--minutes 30] [--share 80] [--readme]`: does it stay as it is under steady load?

The relay with its journal takes 80 % of what it can, while wallets come and go, visitors say junk, readers stop
reading, a webhook fails now and then and a subscriber counts. What it can is measured a moment before, with all of that
on. Nothing may grow but the database. What the relay said stays in `soak-relay.log`.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sqlite3
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import proc, readme, soak_report
from tests.bench.process import ROOT, Failed
from tests.bench.servers import NETWORK, Load, RelayServer, Stub

FLOOD_SECONDS = 30.0  # the second half counts
STORM, STORM_SECONDS = 1.5, 5.0  # times what it can: a disk that stalls has the same effect, and heaps keep that size
STEP_SECONDS = 5.0  # between two looks
STEPS = 12  # of a minute
WEBHOOKS = "[webhooks]\nallow_private = true\nretry_seconds = [0.0, 1.0, 5.0, 30.0]"
OVER_SECONDS = 120.0  # from the last transfer until all are settled
WARM = 0.2  # of the time, at least: caches fill to their bounds, and the allocator finds its size
GROWTH = 0.10  # of memory from there to the end; what leaks a hundred bytes a payment takes more
MORE_FILES = 16  # than before the load came: the journal's connections
LOG = "soak-relay.log"
LOOKED_AT = ("memory", "mapped", "files", "waiting", "sockets", "database")  # the most of a minute


@dataclass(frozen=True)
class Look:
    """The relay at one moment."""

    minute: float
    memory: int  # bytes of its own: heaps and stacks
    mapped: int  # bytes of libraries, and of the database where it is mapped
    files: int
    waiting: int  # operations, for the database
    sockets: int
    database: int  # bytes, with its write-ahead log


@dataclass(frozen=True)
class Minute:
    """What happened in one; of the looks, the most."""

    minute: int
    answered: int
    refused: dict[str, int]
    unsent: int  # would have started more than a second late
    p50: float
    p99: float
    memory: int
    mapped: int
    files: int
    waiting: int
    sockets: int
    database: int


@dataclass(frozen=True)
class Soak:
    """As written to soak.json."""

    rate: float
    capacity: float
    share: float
    minutes: list[Minute]
    looks: list[Look]
    slope: float  # bytes of its own memory per minute, after the warm-up
    each: float  # the same per payment
    creep: float  # the median of what it grew by from minute to minute: bursts make steps, what leaks creeps
    verdicts: dict[str, bool]
    facts: dict[str, Any]

    @property
    def sound(self) -> bool:
        return all(self.verdicts.values())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=80.0, help="%% of the capacity; default 80")
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md too")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        soak = run(options.minutes, options.share / 100, options.out)
    except (Failed, OSError) as error:
        sys.stderr.write(f"soak: {error}\nsoak: all the relay said is in {options.out / LOG}\n")
        return 1
    (options.out / "soak.json").write_text(json.dumps(asdict(soak), indent=1) + "\n")
    (options.out / "soak.svg").write_text(soak_report.as_svg(soak))
    text = soak_report.as_markdown(soak)
    if options.readme:
        readme.put("soak", text)
    print(text)
    return 0 if soak.sound else 1


def run(minutes: float, share: float, out: Path) -> Soak:
    server_cores, other_cores = proc.split_cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-", dir=out)))
        stub = Stub(folder, other_cores)
        stack.callback(stub.stop)
        load = Load(folder, other_cores, "tests.bench.soak_load")
        stack.callback(load.stop)
        network = {NETWORK: ({"nodes": {stub.address: "0.0.3"}}, "0.0.2001")}
        server = RelayServer(folder / "relay", network, server_cores, tables=WEBHOOKS)
        blog = server.merchant("blog", {NETWORK: "0.0.2002"})
        database = folder / "relay/relay.db"
        stack.callback(_keep_log, database.with_name("relay.log"), out / LOG)
        server.start()
        stack.callback(server.stop)
        files = proc.open_files(server.pid)
        try:
            load("open", url=server.url, shop=server.key, blog=blog)
            capacity = load("flood", seconds=min(FLOOD_SECONDS, 30 * minutes))["rate"]
            load("run", rate=capacity * STORM, seconds=min(STORM_SECONDS, 10 * minutes))
            _over(load, database)
            stormy = load("minute")
            sys.stderr.write(f"soak: {share:.0%} of {capacity:.0f} payments per second for {minutes:g} min\n")
            told, looks = _watch(load, server, database, minutes, capacity * share)
            _over(load, database)
            facts = load("finish") | _payments(database) | _events(database)
            facts["storm_refused"] = sum(stormy["refused"].values())
            facts["files_before"], facts["files_after"] = files, _settled_files(server.pid, files)
        except (Failed, OSError) as error:
            raise Failed(f"{error}. {server.last_words()}") from None
    warm = [look for look in looks if look.minute >= minutes * WARM]
    slope = _slope(warm)
    each = slope / max(1.0, sum(one.answered for one in told) / minutes)
    start = sum(look.memory for look in warm[:STEPS]) / len(warm[:STEPS])
    verdicts = {
        f"memory flat (less than {GROWTH:.0%} from the warm-up to the end)": slope * minutes * (1 - WARM)
        < start * GROWTH,
        "no payment left unfinished": facts["unfinished"] == 0,
        "every event once and in order": facts["doubled"] == facts["missing"] == 0 and facts["heard"] == facts["shop"],
        "every webhook delivered": facts["webhooks"] == facts["blog"],
        "nothing left open": facts["files_after"] <= files + MORE_FILES,
    }
    return Soak(capacity * share, capacity, share, told, looks, slope, each, _creep(told, minutes), verdicts, facts)


def _watch(
    load: Load, server: RelayServer, database: Path, minutes: float, rate: float
) -> tuple[list[Minute], list[Look]]:
    told, looks, start = list[Minute](), list[Look](), time.monotonic()
    for minute in range(1, ceil(minutes) + 1):
        recent = []
        for _ in range(STEPS):
            load("run", rate=rate, seconds=STEP_SECONDS * min(1.0, minutes))
            recent.append(_look(server, database, (time.monotonic() - start) / 60))
        said = load("minute")
        milliseconds = said.get("milliseconds", {"p50": 0.0, "p99": 0.0})
        told.append(
            Minute(
                minute,
                said.get("payments", 0),
                said["refused"],
                said["unsent"],
                milliseconds["p50"],
                milliseconds["p99"],
                *(max(getattr(look, name) for look in recent) for name in LOOKED_AT),
            )
        )
        looks += recent
        sys.stderr.write(f"soak: {soak_report.in_words(told[-1])}\n")
    return told, looks


def _look(server: RelayServer, database: Path, minute: float) -> Look:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    size = sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))
    waiting, sockets = _metric(metrics, "relay_database_waiting"), _metric(metrics, "relay_sockets")
    own = proc.own_memory(server.pid)
    return Look(minute, own, server.memory() - own, proc.open_files(server.pid), waiting, sockets, size)


def _metric(metrics: str, name: str) -> int:
    found = re.findall(rf"^{name}(?:{{.*}})? ([\d.e+]+)$", metrics, re.MULTILINE)
    return int(sum(map(float, found)))


def _payments(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as db:
        by_status = dict(db.execute("SELECT status, count(*) FROM payments GROUP BY status").fetchall())
    over = by_status.get("settled", 0) + by_status.get("rejected", 0)
    return {"settled": by_status.get("settled", 0), "unfinished": sum(by_status.values()) - over}


def _over(load: Load, database: Path) -> None:
    """Wait until every payment is settled, and told to all; the verdict is another's."""
    until = time.monotonic() + OVER_SECONDS
    while _payments(database)["unfinished"] and time.monotonic() < until:
        time.sleep(STEP_SECONDS / 10)
    load("quiet", **_events(database))


def _events(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database)) as db:
        heads = dict(db.execute("SELECT merchant, max(seq) FROM events GROUP BY merchant").fetchall())
    return {"shop": heads.get("shop", 0), "blog": heads.get("blog", 0)}


def _settled_files(pid: int, before: int) -> int:
    """How many are open once the relay has noticed that everybody left, of which it tells nobody: we have to look."""
    until = time.monotonic() + OVER_SECONDS
    while proc.open_files(pid) > before + MORE_FILES and time.monotonic() < until:
        time.sleep(0.2)
    return proc.open_files(pid)


def _keep_log(log: Path, kept: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.copyfile(log, kept)


def _creep(told: list[Minute], minutes: float) -> float:
    warm = [one.memory for one in told if one.minute > minutes * WARM]
    return median(after - before for before, after in pairwise(warm)) if len(warm) > 1 else 0.0


def _slope(looks: list[Look]) -> float:
    """Bytes per minute, by least squares."""
    if len(looks) < 2:
        return 0.0
    mean = sum(look.minute for look in looks) / len(looks)
    spread = sum((look.minute - mean) ** 2 for look in looks)
    return sum((look.minute - mean) * look.memory for look in looks) / spread


if __name__ == "__main__":
    sys.exit(main())
