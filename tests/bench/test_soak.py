"""The soak runs, and what it promises holds in seconds too. Whether memory is flat takes `make soak` half an hour."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OF_TIME = "memory flat"


def test_a_short_soak_loses_nothing_and_leaves_nothing_open(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.soak", "--minutes", "0.05", "--share", "50", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )

    soak = json.loads((tmp_path / "soak.json").read_text())
    verdicts = {what: sound for what, sound in soak["verdicts"].items() if not what.startswith(OF_TIME)}
    assert len(verdicts) == 4
    assert all(verdicts.values()), (verdicts, soak["facts"], done.stderr)
    assert soak["facts"]["settled"] > 0
    assert len(soak["looks"]) == 12
    assert (tmp_path / "soak.svg").read_text().startswith("<svg")
    assert "| own memory |" in done.stdout
