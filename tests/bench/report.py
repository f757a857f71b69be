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
    peers: Mapping[str, float]  # each peer's median; `peer` is the best of them


def lines(figures: Sequence[Figure], measured: Rounds) -> list[Line]:
    """Those figures that were measured, in order: ours by their names, those of peers as `name@peer`."""
    return [_line(figure, measured) for figure in figures if figure.name in measured]


def as_json(measured: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in measured]


def as_markdown(figures: Sequence[Figure], measured: Sequence[Line], *, method: str, details: bool = True) -> str:
    """Ratios first, a table for each set of peers; then bounds, then the rest."""
    titles = {figure.name: figure for figure in figures}
    shown = [line for line in measured if details or not titles[line.figure].detail]
    text = [method, ""]
    sets = dict.fromkeys(tuple(line.peers) for line in shown if line.ratio is not None)
    for names in sorted(sets, key=len):
        text += [f"| side by side | ours | {' | '.join(names)} | times the best | bound | |"]
        text += ["|---|---:|" + "---:|" * (len(names) + 2) + "---|"]
        among = [line for line in shown if line.ratio is not None and tuple(line.peers) == names]
        among.sort(key=lambda line: titles[line.figure].target_ratio is None)
        text += [_side_by_side(titles[line.figure], line, names) for line in among]
        text.append("")
    bound = [line for line in shown if line.target is not None]
    if bound:
        text += ["| target | median | spread | bound | |", "|---|---:|---:|---:|---|"]
    text += [
        f"| {titles[line.figure].title} | **{_number(line.ours)} {line.unit}** | {_spread(line)} "
        f"| {'>' if titles[line.figure].more else '<'} {line.target:g} {line.unit} "
        f"| {'reached' if line.reached else 'MISSED'} |"
        for line in bound
    ]
    rest = [line for line in shown if line.target is None and line.ratio is None]
    if rest:
        text += ["", "| figure | median | spread |", "|---|---:|---:|"]
    text += [f"| {titles[line.figure].title} | {_number(line.ours)} {line.unit} | {_spread(line)} |" for line in rest]
    return "\n".join(text) + "\n"


def method(rounds: int, server_cores: Sequence[int], other_cores: Sequence[int]) -> str:
    """One paragraph that says what the numbers are."""
    apart = "pinned to different cores" if set(server_cores) != set(other_cores) else "sharing the only core"
    return (
        f"Medians of {rounds} interleaved round{'s' if rounds != 1 else ''} [lowest to highest]; "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, what is measured and everything else {apart}; "
        f"load average {os.getloadavg()[1]:.1f} at the end. node: a Node relay of ours (tests/bench/peer) that does "
        "the same without a journal. stock: ours on python-socketio's own sockets. No journal: ours with the journal "
        "in memory (tests/bench/bare_relay.py); fan-out and connections are measured so, without a signature check. "
        "The journal is SQLite with synchronous=FULL. A stub node says yes at once; CPU time covers a payment until "
        "it is settled: two node calls, two events and, with the journal, three writes. EVM: anvil "
        "beside the load, asked for its head every 20 ms; four keys of the relay, one transaction per payment; a "
        "verification is decode and every check, no server in front. x402: over HTTP with one key each, "
        "facilitators in turn on chains alike: PyPI's on 256 threads with secp256k1 in C, npm's with a nonce manager."
    )


def _side_by_side(figure: Figure, line: Line, names: Sequence[str]) -> str:
    theirs = " | ".join(f"{_number(line.peers[name])} {line.unit}" if name in line.peers else "" for name in names)
    bound = "" if figure.target_ratio is None else f"≥ {figure.target_ratio:g}"
    reached = "" if line.reached is None else "reached" if line.reached else "MISSED"
    ours = f"{_number(line.ours)} {line.unit}"
    return f"| {figure.title} | {ours} | {theirs} | **{_number(line.ratio or 0)}** | {bound} | {reached} |"


def _line(figure: Figure, measured: Rounds) -> Line:
    ours = measured[figure.name]
    value = median(ours)
    peers = {
        name.partition("@")[2]: _rounded(median(values))
        for name, values in measured.items()
        if name.startswith(f"{figure.name}@")
    }
    other = (max if figure.more else min)(peers.values()) if peers else None
    ratio = None if not other or not value else (value / other if figure.more else other / value)
    reached = None
    if figure.target is not None:
        reached = value > figure.target if figure.more else value < figure.target
    if figure.target_ratio is not None and ratio is not None:
        reached = ratio >= figure.target_ratio
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
        peers=peers,
    )


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _spread(line: Line) -> str:
    return f"{_number(line.low)} to {_number(line.high)}"
