"""The regression guard: this run's ratios to the Node peer, against those of baseline.json.

Ratios of CPU time and of memory only, which differ little between machines; a figure counts as changed when the rounds
of this run and those of the baseline do not overlap.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.report import Line

BASELINE = Path(__file__).with_name("baseline.json")
SLACK = 0.05  # of a ratio: rounds that agree closer than this agree by luck
SLACK_FEW, FEW = 0.20, 3  # with less than three rounds there is no spread to speak of


def compare(figures: Sequence[Figure], measured: Sequence[Line], path: Path = BASELINE) -> tuple[list[str], bool]:
    """A sentence for each guarded figure that was measured; and whether one of them is worse."""
    if not path.exists():
        return ["no baseline: `make bench BENCH=--baseline` writes one"], False
    said, worse = [], False
    stored = json.loads(path.read_text())["ratios"]
    for line in _guarded(figures, measured):
        if line.figure not in stored:
            continue
        before = stored[line.figure]
        low, high = _range(_ratios(line))
        was_low, was_high = _range(before)
        verdict = "worse" if high < was_low else "better" if low > was_high else "same"
        worse |= verdict == "worse"
        said.append(f"{verdict:6} {line.figure}: {line.ratio:.3g} times Node, was {before['ratio']:.3g}")
    return said, worse


def store(figures: Sequence[Figure], measured: Sequence[Line], path: Path = BASELINE) -> None:
    """Make this run the baseline. What it did not measure stays."""
    kept = json.loads(path.read_text())["ratios"] if path.exists() else {}
    ratios = kept | {line.figure: _ratios(line) for line in _guarded(figures, measured)}
    text = json.dumps({"python": platform.python_version(), "ratios": ratios}, indent=1)
    path.write_text(text + "\n")


def _guarded(figures: Sequence[Figure], measured: Sequence[Line]) -> list[Line]:
    names = {figure.name for figure in figures if figure.guarded}
    return [line for line in measured if line.figure in names and "node" in line.peers]


def _ratios(line: Line) -> dict[str, float]:
    ratio = line.ratio or 0.0
    return {"ratio": ratio, "low": line.ratio_low or ratio, "high": line.ratio_high or ratio, "rounds": line.rounds}


def _range(ratios: Mapping[str, float]) -> tuple[float, float]:
    slack = ratios["ratio"] * (SLACK_FEW if ratios["rounds"] < FEW else SLACK)
    return min(ratios["low"], ratios["ratio"] - slack), max(ratios["high"], ratios["ratio"] + slack)
