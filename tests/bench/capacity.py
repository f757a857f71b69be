"""`python -m tests.bench.capacity`: what so many payments per second need, from build/bench.json, into README.

Every figure is a measured one times a number of payments. Nothing runs above `BUSY`: queues grow without bound near 1.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import readme
from tests.bench.process import ROOT

RATES = (1_000, 10_000, 100_000)  # payments per second
BUSY = 0.6  # of a core, a Redis server, a PostgreSQL instance
EVENTS = 2  # of a payment: submitted, settled
HEARD = 2  # subscribers of a payment in other processes than its own: its page, its merchant's server
SENT = 3  # messages to the wallet: ack, and both events
NODE_BYTES = 800  # to a node and back: the transfer, a receipt
YEAR, MONTH = 365 * 86_400, 30 * 86_400


@dataclass(frozen=True)
class Need:
    """One row of the table."""

    what: str
    of: Callable[[float], float]  # payments per second → how much
    unit: str = ""
    whole: bool = False


def main() -> int:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/bench.json"
    try:
        measured = {line["figure"]: float(line["ours"]) for line in json.loads(source.read_text())}
        text = as_markdown(measured)
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"capacity: {source} lacks what is needed ({error}); run make bench first\n")
        return 1
    readme.put("capacity", text)
    print(text)
    return 0


def as_markdown(measured: Mapping[str, float]) -> str:
    """The measured costs in a sentence, then a table."""
    payment = _core_seconds(measured)
    costs = (
        f"Measured: {1e6 * payment:.0f} µs of a relay's core for a payment whose journal is PostgreSQL, "
        f"{measured['cross_process_cpu_hearing']:.0f} µs where an event of it is heard, "
        f"{measured['cross_process_cpu_redis']:.0f} µs in Redis; "
        f"{measured['journal_postgresql']:,.0f} payments a second on one PostgreSQL that shares two cores with its "
        f"client, {measured['postgresql_one_merchant']:,.0f} when all are one merchant's; "
        f"{measured['postgresql_wal'] / 1e3:.1f} KB of its log and {measured['postgresql_rows'] / 1e3:.1f} KB of its "
        f"disk each. Everything at {BUSY:.0%} of what it can."
    )
    head = ["| | " + " | ".join(f"{rate:,}/s" for rate in RATES) + " |", "|---|" + "---:|" * len(RATES)]
    rows = [
        f"| {need.what} | " + " | ".join(_number(need, need.of(rate)) for rate in RATES) + " |"
        for need in _needs(measured, payment)
    ]
    return "\n".join([costs, "", *head, *rows])


def _needs(measured: Mapping[str, float], payment: float) -> list[Need]:
    event = measured["event_bytes"]
    redis = 1e-6 * measured["cross_process_cpu_redis"] * EVENTS
    wire = 8 * (event * EVENTS * (SENT + HEARD) + NODE_BYTES)
    one = BUSY * measured["postgresql_one_merchant"]
    return [
        Need("relay processes, one core each", lambda rate: rate * payment / BUSY, whole=True),
        Need("Redis shards, by merchant", lambda rate: rate * redis / BUSY, whole=True),
        Need(
            "PostgreSQL instances, by merchant", lambda rate: rate / (BUSY * measured["journal_postgresql"]), whole=True
        ),
        Need("merchants, at least", lambda rate: rate / one, whole=True),
        Need("write-ahead log", lambda rate: rate * measured["postgresql_wal"] / 1e6, "MB/s"),
        Need("rows of a month", lambda rate: rate * measured["postgresql_rows"] * MONTH / 1e12, "TB"),
        Need("rows of a year", lambda rate: rate * measured["postgresql_rows"] * YEAR / 1e12, "TB"),
        Need("network, wallets and nodes", lambda rate: rate * wire / 1e6, "Mbit/s"),
    ]


def _core_seconds(measured: Mapping[str, float]) -> float:
    """Of the relay: as measured on SQLite, with PostgreSQL's part for SQLite's; and its events heard by others."""
    here = 1e6 / measured["relay_journal_64"] - measured["journal_sqlite_cpu"] + measured["journal_postgresql_cpu"]
    return 1e-6 * (here + EVENTS * HEARD * measured["cross_process_cpu_hearing"])


def _number(need: Need, amount: float) -> str:
    text = f"{math.ceil(round(amount, 6)):,}" if need.whole else f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"
    return f"{text} {need.unit}".strip()


if __name__ == "__main__":
    sys.exit(main())
