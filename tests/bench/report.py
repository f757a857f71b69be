"""Rounds become medians and spread: a Markdown table for people, a list of objects for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench.figures import Figure

Rounds = Mapping[str, Mapping[int, float]]  # by figure name, values by round


REASON = 300  # characters of a failure's reason


@dataclass(frozen=True)
class Line:
    """One figure as written to bench.json.

    `ratio` above 1 means that ours is better. `peer` is the best of `peers`, medians by name; where nobody else does
    the same, `peers` is empty and `peer` is the bound to reach, so that `ratio` says how far beyond it we are.
    """

    figure: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    rounds: int  # how many
    low: float
    high: float
    ratio_low: float | None  # of the rounds, each with its own ratio
    ratio_high: float | None
    target: float | None
    reached: bool | None
    peers: Mapping[str, float]


def lines(figures: Sequence[Figure], measured: Rounds) -> list[Line]:
    """Those figures that were measured, in order: ours by their names, those of peers as `name@peer`."""
    return [_line(figure, measured) for figure in figures if figure.name in measured]


def as_json(measured: Sequence[Line]) -> list[dict[str, object]]:
    return [asdict(line) for line in measured]


def as_markdown(
    figures: Sequence[Figure],
    measured: Sequence[Line],
    *,
    method: str,
    failed: Mapping[str, Sequence[str]],
    details: bool = True,
) -> str:
    """What failed; then ratios, a table for each set of peers; then bounds, then the rest."""
    titles = {figure.name: figure for figure in figures}
    shown = [line for line in measured if details or not titles[line.figure].detail]
    text = [method, ""]
    text += [f"**FAILED** {len(reasons)} times: {name}. {_short(reasons[-1])}\n" for name, reasons in failed.items()]
    sets = dict.fromkeys(tuple(line.peers) for line in shown if line.peers)
    for names in sorted(sets, key=len):
        text += [f"| side by side | times the best | spread | ours | {' | '.join(names)} | bound | |"]
        text += ["|---|---:|---:|---:|" + "---:|" * (len(names) + 1) + "---|"]
        among = [line for line in shown if line.peers and tuple(line.peers) == names]
        among.sort(key=lambda line: titles[line.figure].target_ratio is None)
        text += [_side_by_side(titles[line.figure], line, names) for line in among]
        text.append("")
    bound = [line for line in shown if line.target is not None]
    if bound:
        text += ["| target | median | spread | bound | |", "|---|---:|---:|---:|---|"]
    text += [
        f"| {titles[line.figure].title} | **{_number(line.ours)} {line.unit}** | {_spread(line.low, line.high)} "
        f"| {'>' if titles[line.figure].more else '<'} {line.target:g} {line.unit} "
        f"| {'reached' if line.reached else 'MISSED'} |"
        for line in bound
    ]
    rest = [line for line in shown if line.target is None and not line.peers]
    if rest:
        text += ["", "| figure | median | spread |", "|---|---:|---:|"]
    text += [
        f"| {titles[line.figure].title} | {_number(line.ours)} {line.unit} | {_spread(line.low, line.high)} |"
        for line in rest
    ]
    return "\n".join(text) + "\n"


def _side_by_side(figure: Figure, line: Line, names: Sequence[str]) -> str:
    theirs = " | ".join(f"{_number(line.peers[name])} {line.unit}" for name in names)
    bound = "" if figure.target_ratio is None else f"≥ {figure.target_ratio:.2g}"
    reached = "" if figure.target_ratio is None else "reached" if (line.ratio or 0) >= figure.target_ratio else "MISSED"
    ratio = f"**{_number(line.ratio or 0)}** | {_spread(line.ratio_low or 0, line.ratio_high or 0)}"
    return f"| {figure.title} | {ratio} | {_number(line.ours)} {line.unit} | {theirs} | {bound} | {reached} |"


def _line(figure: Figure, measured: Rounds) -> Line:
    rounds = measured[figure.name]
    ours = median(rounds.values())
    peers = {name.partition("@")[2]: values for name, values in measured.items() if name.startswith(f"{figure.name}@")}
    medians = {name: median(values.values()) for name, values in peers.items()}
    best = (max if figure.more else min)(medians, key=lambda name: medians[name], default=None)
    peer = figure.target if best is None else medians[best]
    theirs = {} if best is None else peers[best]
    each = [_ratio(figure, rounds[round], theirs[round]) for round in rounds.keys() & theirs.keys()]
    ratio = None if peer is None else _ratio(figure, ours, peer)
    reached = [ours > figure.target if figure.more else ours < figure.target] if figure.target is not None else []
    if figure.target_ratio is not None and peers:
        reached.append((ratio or 0) >= figure.target_ratio)
    return Line(
        figure=figure.name,
        unit=figure.unit,
        ours=_rounded(ours),
        peer=None if peer is None else _rounded(peer),
        ratio=None if ratio is None else _rounded(ratio),
        rounds=len(rounds),
        low=_rounded(min(rounds.values())),
        high=_rounded(max(rounds.values())),
        ratio_low=_rounded(min(each)) if each else None,
        ratio_high=_rounded(max(each)) if each else None,
        target=figure.target,
        reached=all(reached) if reached else None,
        peers={name: _rounded(value) for name, value in medians.items()},
    )


def _ratio(figure: Figure, ours: float, peer: float) -> float:
    better, worse = (ours, peer) if figure.more else (peer, ours)
    return better / worse if worse else 0.0


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _short(reason: str) -> str:
    """One line of it, that is no table."""
    line = " ".join(reason.split()).replace("|", "/")
    return line if len(line) < REASON else f"{line[:REASON]} …"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _spread(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"
