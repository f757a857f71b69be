"""From a wallet to its answer: ours and Node's, the same transfers to the same node, in turn each round."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import pay
from tests.bench.servers import Server

IN_FLIGHT = (1, 16, 64, 256)
SHARES = (30, 60, 90)  # % of what the same server did with 64 in flight, a moment ago
SETTINGS = {  # ours, and the peer it is held against; what the table calls it; times the peer, and its p50 and p99
    "verify": ("verify", "node", "no journal", 2.5, 1.0),
    "noverify": ("noverify", "node_noverify", "no journal, no signature check", 2.0, None),
    "journal": ("journal", "node", "journal on", 1.5, None),
}
FIGURES = (
    *(
        Figure(
            f"relay_{name}_{number}",
            f"payments per CPU-second, {title}, {number} in flight",
            "1/s",
            more=True,
            target_ratio=times if number == 64 else None,
            detail=number not in (1, 64),
        )
        for name, (_, _, title, times, _) in SETTINGS.items()
        for number in (64, 1, 16, 256)
    ),
    *(
        Figure(
            f"throughput_{name}_{number}",
            f"payments answered per second, {title}, {number} in flight",
            "1/s",
            more=True,
            detail=number != 64,
        )
        for name, (_, _, title, _, _) in SETTINGS.items()
        for number in IN_FLIGHT
    ),
    *(
        Figure(
            f"latency_{name}_{quantile}_{number}",
            f"sender to response, {quantile}, {title}, {number} in flight",
            "ms",
            target_ratio=latency if (number, quantile) == (1, "p50") else None,
            detail=(number, quantile) not in ((1, "p50"), (64, "p99")),
        )
        for name, (_, _, title, _, latency) in SETTINGS.items()
        for number in IN_FLIGHT
        for quantile in ("p50", "p95", "p99")
    ),
    *(
        Figure(
            f"latency_{name}_{quantile}_at_{share}",
            f"sender to response, {quantile}, {title}, at {share} % of its own capacity",
            "ms",
            target_ratio=latency if (share, quantile) == (60, "p99") else None,
            detail=(share, quantile) != (60, "p99"),
        )
        for name, (_, _, title, _, latency) in SETTINGS.items()
        for share in SHARES
        for quantile in ("p50", "p95", "p99")
    ),
)


def many_sockets(rig: Rig) -> Values:
    """64 wallets on every server: what a payment costs."""
    return _compared(rig, lambda server: _closed(rig, server, 64, rig.scale.many))


def latencies(rig: Rig) -> Values:
    """One wallet, few and many; and at fixed rates, which say how long a payment takes before there is a queue."""

    def measure(server: Server) -> Values:
        capacity = _closed(rig, server, 64, rig.scale.many)["throughput_*_64"]
        found = _closed(rig, server, 1, rig.scale.few)
        found |= _closed(rig, server, 16, rig.scale.many // 2)
        found |= _closed(rig, server, 256, rig.scale.many)
        for share in SHARES:
            rate = capacity * share / 100
            payments = max(1, int(rate * rig.scale.seconds / 64)) * 64
            paid = pay(rig.load, server, 64, payments, rate)
            found |= {f"latency_*_{name}_at_{share}": value for name, value in paid.milliseconds.items()}
        return found

    return _compared(rig, measure)


def _closed(rig: Rig, server: Server, in_flight: int, payments: int) -> Values:
    paid = pay(rig.load, server, in_flight, payments)
    return {
        f"relay_*_{in_flight}": payments / paid.cpu,
        f"throughput_*_{in_flight}": payments / paid.seconds,
    } | {f"latency_*_{name}_{in_flight}": value for name, value in paid.milliseconds.items()}


def _compared(rig: Rig, measure: Callable[[Server], Values]) -> Values:
    """Each server once; ours by the figure's name, the peer's by `name@node`."""
    wanted = {server for ours, peer, *_ in SETTINGS.values() for server in (ours, peer)}
    found = {server: measure(rig.fleet.running(server)) for server in rig.fleet.names(*sorted(wanted))}
    values: Values = {}
    for name, (ours, peer, *_) in SETTINGS.items():
        values |= {figure.replace("*", name): value for figure, value in found[ours].items()}
        values |= {figure.replace("*", name) + "@node": value for figure, value in found.get(peer, {}).items()}
    return values


MEASUREMENTS = (many_sockets, latencies)
