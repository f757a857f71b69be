"""The benchmark runs and writes what it promises. How fast the relay is, is for `make bench` to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


HEDERA = {"ready", "memory_start", "latency_added_p50_1", "disk_commit_full"}
ALONE = {"relay_verify_64", "relay_noverify_64", "relay_journal_64"}
EVM = {"evm_verify", "evm_verify_p99", "evm_verify_p99_busy", "evm_verify_cpu"}


@pytest.mark.parametrize(
    ("measurements", "expected"),
    [
        (("start_up", "one_socket", "disk"), HEDERA),
        (("many_sockets",), ALONE),
        (("verification",), EVM),
    ],
    ids=["hedera", "side-by-side", "evm"],
)
def test_a_quick_round_writes_well_formed_figures(
    tmp_path: Path, measurements: tuple[str, ...], expected: set[str]
) -> None:
    chosen = [part for name in measurements for part in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--rounds", "1", "--no-peer", "--out", str(tmp_path), *chosen],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr

    lines = json.loads((tmp_path / "bench.json").read_text())
    figures = {line["figure"]: line for line in lines}
    assert expected <= set(figures)
    for line in lines:
        assert {"figure", "unit", "ours", "peer", "ratio", "rounds"} <= set(line)
        assert isinstance(line["ours"], float)
        assert line["rounds"] == 1
        assert line["peer"] is None or line["peer"] > 0
    assert all(figures[name]["ours"] > 0 for name in expected)
    assert (tmp_path / "bench.md").read_text() in done.stdout
