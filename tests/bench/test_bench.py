"""The benchmark runs and writes what it promises. How fast the relay is, is for `make bench` to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_quick_round_writes_well_formed_figures(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--rounds", "1", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr

    lines = json.loads((tmp_path / "bench.json").read_text())
    figures = {line["figure"]: line for line in lines}
    assert {"ready", "memory_start", "latency_added_p50_1", "relay_journal_64", "memory_per_connection"} <= set(figures)
    for line in lines:
        assert {"figure", "unit", "ours", "peer", "ratio", "rounds"} <= set(line)
        assert isinstance(line["ours"], float)
        assert line["rounds"] == 1
    assert figures["relay_journal_64"]["ours"] > 0
    assert (tmp_path / "bench.md").read_text() in done.stdout
