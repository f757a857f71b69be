"""What the benchmark makes of its rounds: ratios, the guard's verdicts, and failures that stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from tests.bench import capacity, guard, report
from tests.bench.figures import Figure, Rig, Values
from tests.bench.measure import measure
from tests.bench.process import Failed

COST = Figure("cost", "what it costs", "µs", target_ratio=2.0, guarded=True)
RATE = Figure("rate", "how many", "1/s", more=True, target=1_000)


def test_a_ratio_above_one_says_that_ours_is_better() -> None:
    [cost, rate] = report.lines([COST, RATE], {"cost": {1: 2.0}, "cost@node": {1: 6.0}, "rate": {1: 1_500.0}})

    assert (cost.peer, cost.ratio, cost.reached) == (6.0, 3.0, True)
    assert (rate.peer, rate.ratio, rate.reached, rate.peers) == (1_000.0, 1.5, True, {})


def test_the_spread_of_a_ratio_is_of_rounds_that_were_measured_together() -> None:
    [line] = report.lines([COST], {"cost": {1: 1.0, 2: 2.0, 3: 4.0, 4: 2.0}, "cost@node": {1: 2.0, 2: 4.0, 3: 8.0}})

    assert (line.ratio_low, line.ratio, line.ratio_high) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("node", "verdict"),
    [((3.0, 3.1, 3.2), "same"), ((2.0, 2.1, 2.2), "worse"), ((4.0, 4.1, 4.2), "better"), ((2.0, 3.0, 4.0), "same")],
    ids=["the same", "slower", "faster", "noisy"],
)
def test_the_guard_calls_worse_what_is_beyond_the_spread(tmp_path: Path, node: tuple[float, ...], verdict: str) -> None:
    def measured(peer: tuple[float, ...]) -> list[report.Line]:
        return report.lines([COST], {"cost": dict.fromkeys(range(3), 1.0), "cost@node": dict(enumerate(peer))})

    guard.store([COST], measured((3.0, 3.1, 3.2)), tmp_path / "baseline.json")

    [said], worse = guard.compare([COST], measured(node), tmp_path / "baseline.json")

    assert said.split()[0] == verdict
    assert worse == (verdict == "worse")


def test_the_guard_is_silent_about_what_was_not_measured(tmp_path: Path) -> None:
    guard.store([COST], report.lines([COST], {"cost": {1: 1.0}, "cost@node": {1: 3.0}}), tmp_path / "baseline.json")

    assert guard.compare([COST], report.lines([RATE], {"rate": {1: 1.0}}), tmp_path / "baseline.json") == ([], False)


def test_a_measurement_that_fails_leaves_the_others_their_rounds() -> None:
    opened = []

    @contextmanager
    def rig() -> Iterator[Rig]:
        opened.append(True)
        yield cast("Rig", None)

    def sound(rig: Rig) -> Values:
        return {"sound": 1.0}

    def broken(rig: Rig) -> Values:
        raise Failed("the relay did not answer")

    measured = measure([broken, sound], 3, rig)

    assert measured.values == {"sound": {1: 1.0, 2: 1.0, 3: 1.0}}
    assert measured.failures == {"broken": ["Failed: the relay did not answer"] * 2}
    assert len(opened) == 5, "one for each round, and after each failure one that has not seen it"
    text = report.as_markdown([], [], method="", failed=measured.failures)
    assert "**FAILED** 2 times: broken. Failed: the relay did not answer" in text


def test_capacity_is_measured_costs_times_payments() -> None:
    measured = {
        "relay_journal_64": 5_000.0,  # 200 µs a payment, of them 50 the journal on SQLite: 300 with PostgreSQL
        "journal_sqlite_cpu": 50.0,
        "journal_postgresql_cpu": 150.0,
        "journal_postgresql": 2_500.0,
        "cross_process_cpu_hearing": 75.0,  # four times, so 600 in all: a thousand a second is 0.6 of a core
        "cross_process_cpu_redis": 30.0,
        "postgresql_wal": 5_000.0,
        "postgresql_rows": 4_000.0,
        "postgresql_one_merchant": 1_000.0,
        "event_bytes": 500.0,
    }

    rows = {
        line.split("|")[1].strip(): line.split("|")[2:5] for line in capacity.as_markdown(measured).splitlines()[2:]
    }

    def row(name: str) -> list[str]:
        return [cell.strip() for cell in rows[name]]

    assert row("relay processes, one core each") == ["1", "10", "100"]
    assert row("Redis shards, by merchant") == ["1", "1", "10"]
    assert row("PostgreSQL instances, by merchant") == ["1", "7", "67"]
    assert row("merchants, at least") == ["2", "17", "167"]
    assert row("write-ahead log") == ["5 MB/s", "50 MB/s", "500 MB/s"]
