"""Rounds become medians and spread: a Markdown table for people, a list of objects for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench.figures import Figure

Rounds = Mapping[str, Sequence[float]]  # values by figure name, one per round


@dataclass(frozen=True)
class Line:
    """One figure as written to bench.json. `ratio` above 1 means that ours is better; `rounds` is how many."""

    figure: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    rounds: int
    low: float
    high: float
    target: float | None
    reached: bool | None


def lines(figures: Sequence[Figure], ours: Rounds, peer: Rounds) -> list[Line]:
    """Those figures that were measured, in order. `peer` may lack any."""
    return [_line(figure, ours[figure.name], peer.get(figure.name)) for figure in figures if figure.name in ours]


def as_json(measured: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in measured]


def as_markdown(figures: Sequence[Figure], measured: Sequence[Line], *, method: str) -> str:
    """Ratios and targets first, then the rest."""
    titles = {figure.name: figure for figure in figures}
    text = [method, ""]
    compared = [line for line in measured if line.ratio is not None]
    if compared:
        text += ["| against the peer | ours | peer | ratio |", "|---|---:|---:|---:|"]
        text += [
            f"| {titles[line.figure].title} | {_number(line.ours)} {line.unit} "
            f"| {_number(line.peer or 0)} {line.unit} | **{_number(line.ratio or 0)}** |"
            for line in compared
        ]
        text.append("")
    bound = [line for line in measured if line.target is not None]
    text += ["| target | median | spread | bound | |", "|---|---:|---:|---:|---|"]
    text += [
        f"| {titles[line.figure].title} | **{_number(line.ours)} {line.unit}** | {_spread(line)} "
        f"| {'>' if titles[line.figure].more else '<'} {line.target:g} {line.unit} "
        f"| {'reached' if line.reached else 'MISSED'} |"
        for line in bound
    ]
    text += ["", "| figure | median | spread |", "|---|---:|---:|"]
    text += [
        f"| {titles[line.figure].title} | {_number(line.ours)} {line.unit} | {_spread(line)} |"
        for line in measured
        if line.target is None
    ]
    return "\n".join(text) + "\n"


def method(rounds: int, server_cores: Sequence[int], other_cores: Sequence[int]) -> str:
    """One paragraph that says what the numbers are."""
    apart = "pinned to different cores" if set(server_cores) != set(other_cores) else "sharing the only core"
    return (
        f"Medians of {rounds} interleaved round{'s' if rounds != 1 else ''} [lowest to highest]; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, the relay and everything else {apart}. "
        "One relay process, journal on SQLite with synchronous=FULL, signatures checked, a stub node that says yes "
        "at once. CPU time covers a payment until it is settled: two node calls, three journal writes. EVM: anvil "
        "beside the load, asked for its head every 20 ms; four keys of the relay, one transaction per payment; a "
        "verification is decode and every check, no server in front."
    )


def _line(figure: Figure, ours: Sequence[float], peer: Sequence[float] | None) -> Line:
    value = median(ours)
    other = median(peer) if peer else None
    ratio = None if not other or not value else (value / other if figure.more else other / value)
    reached = None
    if figure.target is not None:
        reached = value > figure.target if figure.more else value < figure.target
    return Line(
        figure=figure.name,
        unit=figure.unit,
        ours=_rounded(value),
        peer=None if other is None else _rounded(other),
        ratio=None if ratio is None else _rounded(ratio),
        rounds=len(ours),
        low=_rounded(min(ours)),
        high=_rounded(max(ours)),
        target=figure.target,
        reached=reached,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _spread(line: Line) -> str:
    return f"{_number(line.low)} to {_number(line.high)}"
