"""The comparisons as a picture: how many times better than the best peer, each bar with its bound."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log2

from tests.bench.figures import Figure
from tests.bench.report import Line

ROW, LABELS, WIDTH, RIGHT = 22, 520, 420, 60
LOW, HIGH = 1 / 8, 32.0
BETTER, WORSE, MISSED = "#0a7d5c", "#8894a0", "#c2571a"
INK, FAINT = "#1c2733", "#dde2e7"


def as_svg(figures: Sequence[Figure], measured: Sequence[Line]) -> str:
    """Ratios of what has a bound, or is not a detail, on a logarithmic scale."""
    titles = {figure.name: figure for figure in figures}
    lines = [line for line in measured if line.peers and not titles[line.figure].detail]
    height = ROW * (len(lines) + 2) + 10
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LABELS + WIDTH + RIGHT} {height}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for power in range(round(log2(LOW)), round(log2(HIGH)) + 1):
        x, times = _x(2.0**power), f"{2**power}" if power >= 0 else f"1/{2**-power}"
        stroke = INK if power == 0 else FAINT
        out.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{ROW}" y2="{height - 10}" stroke="{stroke}"/>')
        out.append(f'<text x="{x:.0f}" y="{ROW - 7}" text-anchor="middle">{times}</text>')
    for number, line in enumerate(lines):
        out += _bar(titles[line.figure], line, ROW * (number + 1) + 4)
    return "\n".join([*out, "</svg>\n"])


def _bar(figure: Figure, line: Line, y: int) -> list[str]:
    ratio = line.ratio or LOW
    left, right = sorted((_x(1.0), _x(ratio)))
    middle, colour = y + ROW // 2, BETTER if ratio >= 1 else WORSE
    if line.reached is False:
        colour = MISSED
    out = [
        f'<text x="{LABELS - 10}" y="{middle + 2}" text-anchor="end">{escape(figure.title)}</text>',
        f'<rect x="{left:.1f}" y="{y + 2}" width="{max(1.0, right - left):.1f}" height="{ROW - 9}" fill="{colour}"/>',
        f'<text x="{right + 6:.0f}" y="{middle + 2}" font-weight="600" '
        f'stroke="#fff" stroke-width="3" paint-order="stroke">{ratio:.2f}</text>',
    ]
    if figure.target_ratio is not None:
        x = _x(figure.target_ratio)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + ROW - 5}" stroke="{INK}" stroke-width="2"/>')
    return out


def _x(ratio: float) -> float:
    """Where a ratio is, from left to right."""
    return LABELS + WIDTH * log2(min(HIGH, max(LOW, ratio)) / LOW) / log2(HIGH / LOW)
