"""From a wallet to its answer: ours and Node's, the same transfers to the same node, in turn and in turn again.

Two kinds of fixed rate. "At 60 % of its own capacity" asks how long each of them takes when it is as busy as the other:
the faster one then does more work. "At the same rate" is 60 % of what the slowest of all did: the same work for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import Paid, pay
from tests.bench.servers import Server

IN_FLIGHT = (64, 1, 16, 256)
SHARES = (30, 60, 90)  # % of what the same server answered per second with 64 in flight, a moment ago
SAME = 60  # % of what the slowest server did
QUANTILES = ("p50", "p95", "p99")
SIDES = ("", "@node")
TURNS = 4
CHECKED = "no journal"
SETTINGS = {  # ours, and the peer it is held against; what the table calls it; times the peer at 64 in flight
    "verify": ("verify", "node", CHECKED, 2.5),
    "noverify": ("noverify", "node_noverify", "no journal, no signature check", 2.0),
    "journal": ("journal", "node", "journal on", 1.5),
}
BOUND_LATENCIES = {  # no worse than Node's
    "latency_verify_p50_1",
    "latency_verify_p99_at_60",
    "latency_verify_p99_same_60",
}
SHOWN = BOUND_LATENCIES | {"latency_journal_p50_1", "latency_journal_p99_same_60"}  # the rest is in bench.md


def _latency(name: str, title: str) -> Figure:
    bound = 1.0 if name in BOUND_LATENCIES else None
    return Figure(name, f"sender to response, {title}", "ms", target_ratio=bound, detail=name not in SHOWN)


FIGURES = (
    *(
        Figure(
            f"relay_{name}_{number}",
            f"payments per CPU-second, {title}, {number} in flight",
            "1/s",
            more=True,
            target_ratio=times if number == 64 else None,
            detail=number != 64,
            guarded=number == 64,
        )
        for name, (_, _, title, times) in SETTINGS.items()
        for number in IN_FLIGHT
    ),
    Figure(
        "relay_libsodium_64",
        "payments per CPU-second, no journal, 64 in flight, Node with libsodium",
        "1/s",
        more=True,
    ),
    *(
        Figure(
            f"throughput_{name}_{number}",
            f"payments answered per second, {title}, {number} in flight",
            "1/s",
            more=True,
            detail=True,
        )
        for name, (_, _, title, _) in SETTINGS.items()
        for number in IN_FLIGHT
    ),
    *(
        _latency(f"latency_{name}_{quantile}_{number}", f"{quantile}, {title}, {number} in flight")
        for name, (_, _, title, _) in SETTINGS.items()
        for number in (1, 16, 64, 256)
        for quantile in QUANTILES
    ),
    *(
        _latency(f"latency_{name}_{quantile}_same_{SAME}", f"{quantile}, {title}, at the same rate")
        for name, (_, _, title, _) in SETTINGS.items()
        for quantile in QUANTILES
    ),
    *(
        _latency(f"latency_{name}_{quantile}_at_{share}", f"{quantile}, {title}, at {share} % of its own capacity")
        for name, (_, _, title, _) in SETTINGS.items()
        for share in SHARES
        for quantile in QUANTILES
    ),
    Figure("same_rate", "payments per second at that same rate", "1/s", detail=True),
    Figure(
        "load_busy", "load and stub node, share of their core at 64 in flight, no signature check", "%", detail=True
    ),
)


def many_sockets(rig: Rig) -> Values:
    """64 wallets on every server, in turn and in turn again: what a payment costs."""
    names = [*_names(rig), *rig.fleet.names("node_libsodium")]
    found = _in_turn(rig, names, 64, rig.scale.many)
    values = _compared(found)
    values["relay_libsodium_64"] = found["verify"]["relay_*_64"]
    if "node_libsodium" in found:
        values["relay_libsodium_64@node"] = found["node_libsodium"]["relay_*_64"]
    return values


def latencies(rig: Rig) -> Values:
    """One wallet, few and many; and at fixed rates, which say how long a payment takes before there is a queue."""
    names = _names(rig)
    found = _in_turn(rig, names, 64, rig.scale.many // 2)
    capacity = {name: values["throughput_*_64"] for name, values in found.items()}
    slowest = min(capacity.values())
    for in_flight, payments in ((1, rig.scale.few), (16, rig.scale.many // 4), (256, rig.scale.many * 3 // 4)):
        for name, values in _in_turn(rig, names, in_flight, payments).items():
            found[name] |= values
    for called, rate in (
        *((f"at_{share}", {name: capacity[name] * share / 100 for name in names}) for share in SHARES),
        (f"same_{SAME}", dict.fromkeys(names, slowest * SAME / 100)),
    ):
        for name in names:
            found[name] |= _at(rig, rig.fleet.again(name), rate[name], called)
    # many_sockets has these, with more behind them
    known = {f"{kind}_{name}_64{side}" for kind in ("relay", "throughput") for name in SETTINGS for side in SIDES}
    known |= {f"latency_{name}_{quantile}_64{side}" for name in SETTINGS for quantile in QUANTILES for side in SIDES}
    values = {figure: value for figure, value in _compared(found).items() if figure not in known}
    return values | {"same_rate": slowest * SAME / 100}


def generator(rig: Rig) -> Values:
    """How busy those are who ask and answer: near 100 %, the throughput is theirs, and the CPU time a little high."""
    server = rig.fleet.again("noverify")
    rig.load("sign", payments=rig.scale.many, wallets=64)
    rig.load("connect", url=server.url, sockets=64)
    before = rig.load.cpu_seconds() + rig.stub.cpu_seconds()
    seconds = rig.load("pay", settle=False)["seconds"]
    busy = rig.load.cpu_seconds() + rig.stub.cpu_seconds() - before
    rig.load("disconnect")
    return {"load_busy": 100 * busy / seconds}


def _names(rig: Rig) -> list[str]:
    wanted = {server for ours, peer, *_ in SETTINGS.values() for server in (ours, peer)}
    return rig.fleet.names(*sorted(wanted))


def _in_turn(rig: Rig, names: Sequence[str], in_flight: int, payments: int) -> dict[str, Values]:
    """So many payments for each of them, one a while and then the next: a slow second of the machine meets all.

    Cost and rate are of all that was paid together, a latency is the median of the turns.
    """
    for name in names:
        rig.fleet.running(name)
    turns: dict[str, list[Paid]] = {name: [] for name in names}
    for _ in range(TURNS):
        for name, paid in turns.items():
            paid.append(pay(rig.load, rig.fleet.running(name), in_flight, payments // TURNS))
    return {
        name: {
            f"relay_*_{in_flight}": sum(each.payments for each in paid) / sum(each.cpu for each in paid),
            f"throughput_*_{in_flight}": sum(each.payments for each in paid) / sum(each.seconds for each in paid),
        }
        | {
            f"latency_*_{quantile}_{in_flight}": median(each.milliseconds[quantile] for each in paid)
            for quantile in QUANTILES
        }
        for name, paid in turns.items()
    }


def _at(rig: Rig, server: Server, rate: float, called: str) -> Values:
    payments = max(1, int(rate * rig.scale.seconds / 64)) * 64
    paid = pay(rig.load, server, 64, payments, rate)
    return {f"latency_*_{quantile}_{called}": value for quantile, value in paid.milliseconds.items()}


def _compared(found: dict[str, Values]) -> Values:
    """Ours by the figure's name, the peer's by `name@node`."""
    values: Values = {}
    for name, (ours, peer, *_) in SETTINGS.items():
        values |= {figure.replace("*", name): value for figure, value in found[ours].items()}
        values |= {figure.replace("*", name) + "@node": value for figure, value in found.get(peer, {}).items()}
    return values


MEASUREMENTS = (many_sockets, generator, latencies)
