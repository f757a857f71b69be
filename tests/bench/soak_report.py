"""What a soak was, for people: a table, a sentence a minute, and a picture whose line should be flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.soak import Minute, Soak

ROWS = 7  # of the table
LEFT, WIDTH, HEIGHT, TOP = 60, 640, 110, 24
INK, LINE, SECOND, FAINT = "#1c2733", "#0a7d5c", "#8894a0", "#dde2e7"


def in_words(minute: Minute) -> str:
    refused = ", ".join(f"{number} {reason}" for reason, number in minute.refused.items())
    return (
        f"minute {minute.minute}: {minute.answered:,} answered, p99 {minute.p99:.1f} ms, "
        f"{minute.memory / 1e6:.1f} MB and {minute.mapped / 1e6:.1f} mapped, {minute.files} files"
        f"{', refused: ' + refused if refused else ''}{f', {minute.unsent} not sent' if minute.unsent else ''}"
    )


def as_markdown(soak: Soak) -> str:
    facts, last = soak.facts, len(soak.minutes)
    lines = [
        f"{last} minutes at {soak.rate:,.0f} payments per second, {soak.share:.0%} of what the relay's one core took "
        f"right before with all of this on ({soak.capacity:,.0f}), journal on SQLite; "
        f"{facts['sent']:,} sent, {facts['settled']:,} settled, {facts['shop']:,} events to a subscriber, "
        f"{facts['blog']:,} webhooks, of which every 97th call failed and {facts['webhooks_doubled']} came twice. "
        f"The relay's own memory after the warm-up: {soak.slope / 1e3:+.1f} KB a minute, {soak.each:+.1f} bytes a "
        f"payment; {soak.creep / 1e3:+.0f} KB in the median minute (bursts make steps, a leak creeps). Mapped are "
        "libraries and the index of SQLite's log. Not sent: more than a second late on our side. Before minute 1 "
        f"it was offered half as much again as it can, and refused {facts['storm_refused']:,}.",
        "",
        "| minute | answered | refused | not sent | p50 | p99 | own memory | mapped | open files "
        "| waiting for the database | database |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    shown = {1 + round(row * (last - 1) / (ROWS - 1)) for row in range(ROWS)}
    lines += [
        f"| {one.minute} | {one.answered:,} | {sum(one.refused.values()):,} | {one.unsent:,} | {one.p50:.1f} ms "
        f"| {one.p99:.1f} ms | {one.memory / 1e6:.1f} MB | {one.mapped / 1e6:.1f} MB "
        f"| {one.files} | {one.waiting} | {one.database / 1e6:,.0f} MB |"
        for one in soak.minutes
        if one.minute in shown
    ]
    lines += ["", *(f"* {what}: {'yes' if true else '**NO**'}" for what, true in soak.verdicts.items())]
    return "\n".join(lines) + "\n"


def as_svg(soak: Soak) -> str:
    """Memory above, latency below, over time."""
    memory = [(look.minute, look.memory / 1e6) for look in soak.looks]
    late = [(float(one.minute), one.p99) for one in soak.minutes]
    height = 2 * (HEIGHT + TOP) + 30
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {height}" '
            f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *_chart("the relay's own memory, MB", memory, TOP, LINE),
            *_chart("sender to response, p99, ms", late, HEIGHT + 2 * TOP, SECOND),
            f'<text x="{LEFT}" y="{height - 6}">{len(soak.minutes)} minutes, {soak.rate:,.0f} payments a second</text>',
            "</svg>\n",
        ]
    )


def _chart(title: str, points: list[tuple[float, float]], top: int, colour: str) -> list[str]:
    most, end = max((y for _, y in points), default=1.0) * 1.1 or 1.0, max((x for x, _ in points), default=1.0) or 1.0
    where = " ".join(f"{LEFT + WIDTH * x / end:.1f},{top + HEIGHT * (1 - y / most):.1f}" for x, y in points)
    return [
        f'<text x="{LEFT}" y="{top - 7}">{title}</text>',
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{top + HEIGHT}" y2="{top + HEIGHT}" stroke="{FAINT}"/>',
        f'<text x="{LEFT - 6}" y="{top + 8}" text-anchor="end">{most:.0f}</text>',
        f'<text x="{LEFT - 6}" y="{top + HEIGHT + 4}" text-anchor="end">0</text>',
        f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
    ]
