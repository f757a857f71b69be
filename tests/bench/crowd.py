"""Many connections: news to all of them, what each weighs, what their coming and going costs.

News is what a payment makes: two events each. What the payments themselves cost is measured without a crowd, right
before, and taken off where the crowd is small. Ours runs
without journal and signature check, as the peer does here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import pay
from tests.bench.servers import Server

WISH = {"merchant": True}
EVENTS = 2  # of a payment
MANY, SOME, BASE = 10_000, 1_000, 200  # listeners; payments whose cost is taken off
SENDERS = 4
QUIET_SECONDS, QUIET_CPU, PATIENCE_SECONDS = 0.3, 0.02, 90.0
QUIET_TIMES = 3  # others may have kept it from the core once
LEAST = 0.1  # µs; a difference of two measurements can be nothing
PAYMENTS = {1: 400, 100: 200, 1_000: 40, 10_000: 6}  # told to that many listeners
STOCK_WARM = 2560  # nothing compiles it: its fan-out is the same after 8,960, which take it ten seconds
STOCK_PAYMENTS = {1: 400, 100: 60, 1_000: 10, 10_000: 2}  # the slowest need not be measured longer than the others

FIGURES = (
    Figure("fanout_1000", "fan-out per delivery, 1,000 subscribers", "µs", target_ratio=3.0, guarded=True),
    Figure("fanout_10000", "fan-out per delivery, 10,000 subscribers", "µs", target_ratio=3.0, guarded=True),
    Figure("fanout_1000_stock", "fan-out, 1,000 subscribers, against stock python-socketio", "µs", target_ratio=10.0),
    Figure("fanout_10000_stock", "fan-out, 10,000 subscribers, against stock python-socketio", "µs", target_ratio=10.0),
    Figure(
        "fanout_1", "fan-out per delivery, 1 subscriber (a small difference of two large numbers)", "µs", detail=True
    ),
    Figure("fanout_100", "fan-out per delivery, 100 subscribers", "µs", detail=True),
    Figure(
        "memory_per_connection",
        "memory per connection (MB per 1,000), 10,000 of them",
        "KB",
        target_ratio=1 / 1.3,
        guarded=True,
    ),
    Figure("connect_10000", "CPU time of a connection with key and subscription, 10,000 of them", "µs", guarded=True),
    Figure("disconnect_10000", "CPU time of a disconnection, 10,000 at once", "µs", guarded=True),
    Figure("disconnect_growth", "a disconnection of 10,000 against one of 1,000 (1: linear)", "times", target=1.5),
    Figure(
        "disconnect_stock", "stock python-socketio: CPU time of a disconnection, 1,000 of 10,000 leave at once", "µs"
    ),
    Figure(
        "disconnect_stock_growth",
        "stock python-socketio: the same against 1,000 of 1,000 (1: linear)",
        "times",
    ),
    Figure("idle_10000", "10,000 idle connections, share of a core", "%", target=3.0),
)


def fan_out(rig: Rig) -> Values:
    """1, 100 and 1,000 listeners, who then leave."""
    return _compared(rig, ("noverify", "node", "stock") if rig.scale.stock else ("noverify", "node"), _some)


def ten_thousand(rig: Rig) -> Values:
    """10,000 come, listen and leave at once; ours are watched idling in between."""

    def whole(rig: Rig, server: Server, name: str) -> Values:
        return _listen(rig, server, name, idle=name == "noverify") | _disconnections(rig, server)

    return _compared(rig, ("noverify", "node"), whole)


def ten_thousand_stock(rig: Rig) -> Values:
    """The same on python-socketio's own sockets, but only some leave: all of them take it half a minute."""
    left: Values = {}

    def stay(rig: Rig, server: Server, name: str) -> Values:
        found = _listen(rig, server, name, idle=False)
        _quiet(server)
        among_many = _leave(rig, server, SOME)
        server.kill()
        rig.load("scatter")
        left["disconnect_stock"] = among_many
        return found

    found = _compared(rig, ("stock",), stay)
    with rig.fleet.fresh("stock") as server:
        _gather(rig, server, SOME)
        _quiet(server)
        left["disconnect_stock_growth"] = left["disconnect_stock"] / _leave(rig, server, SOME)
    return found | left


def _some(rig: Rig, server: Server, name: str) -> Values:
    rig.fleet.warm(server, STOCK_WARM if name == "stock" else None)
    found: Values = {}
    for listeners in (1, 100, 1_000):
        cost = pay(rig.load, server, SENDERS, BASE).cpu / BASE
        _gather(rig, server, listeners)
        found[f"fanout_{listeners}"] = _delivery(rig, server, name, listeners, cost)
        rig.load("scatter")
        _quiet(server)
    return found


def _listen(rig: Rig, server: Server, name: str, *, idle: bool) -> Values:
    alone, before = server.memory(), server.cpu_seconds()
    _gather(rig, server, MANY)
    _quiet(server)
    found = {
        "connect_10000": 1e6 * (server.cpu_seconds() - before) / MANY,
        "memory_per_connection": (server.memory() - alone) / MANY / 1e3,
    }
    if idle:
        cpu, start = server.cpu_seconds(), time.monotonic()
        time.sleep(rig.scale.idle_seconds)
        found["idle_10000"] = 100 * (server.cpu_seconds() - cpu) / (time.monotonic() - start)
    _pay_and_hear(rig, server, 1, MANY)  # code compiled
    return found | {"fanout_10000": _delivery(rig, server, name, MANY, 0.0)}


def _disconnections(rig: Rig, server: Server) -> Values:
    """10,000 leave; 1,000 come and leave."""
    many = _leave(rig, server, MANY)
    _gather(rig, server, SOME)
    _quiet(server)
    return {"disconnect_10000": many, "disconnect_growth": many / _leave(rig, server, SOME)}


def _delivery(rig: Rig, server: Server, name: str, listeners: int, cost: float) -> float:
    """Microseconds of the server's CPU time, without `cost` of each payment."""
    payments = (STOCK_PAYMENTS if name == "stock" else PAYMENTS)[listeners]
    told = _pay_and_hear(rig, server, payments, listeners)
    return max(LEAST, 1e6 * (told - cost * payments) / (EVENTS * payments * listeners))


def _pay_and_hear(rig: Rig, server: Server, payments: int, listeners: int) -> float:
    """CPU seconds until every listener heard of every payment."""
    rig.load("sign", payments=payments, wallets=SENDERS)
    rig.load("connect", url=server.url, sockets=SENDERS)
    before = server.cpu_seconds()
    rig.load("pay", settle=True)
    rig.load("hear", deliveries=EVENTS * payments * listeners)
    spent = server.cpu_seconds() - before
    rig.load("disconnect")
    return spent


def _gather(rig: Rig, server: Server, listeners: int) -> None:
    rig.load("gather", url=server.url, listeners=listeners, auth={"apiKey": server.key}, wish=WISH)


def _leave(rig: Rig, server: Server, listeners: int) -> float:
    """Microseconds of CPU time for each of so many who leave at once, the first that came."""
    before = server.cpu_seconds()
    rig.load("scatter", listeners=listeners)
    _quiet(server)
    return 1e6 * (server.cpu_seconds() - before) / listeners


def _quiet(server: Server) -> None:
    """Until the server has nothing left to do."""
    until, quiet = time.monotonic() + PATIENCE_SECONDS, 0
    while quiet < QUIET_TIMES and time.monotonic() < until:
        before = server.cpu_seconds()
        time.sleep(QUIET_SECONDS)
        quiet = quiet + 1 if server.cpu_seconds() - before < QUIET_CPU else 0


def _compared(rig: Rig, names: tuple[str, ...], measure: Callable[[Rig, Server, str], Values]) -> Values:
    values: Values = {}
    for name in rig.fleet.names(*names):
        with rig.fleet.fresh(name) as server:
            found = measure(rig, server, name)
        for figure, value in found.items():
            against_stock = f"{figure}_stock" if figure in ("fanout_1000", "fanout_10000") else figure
            match name:
                case "noverify":
                    values |= {figure: value, against_stock: value}
                case "stock":
                    values[f"{against_stock}@stock"] = value
                case _:
                    values[f"{figure}@{name}"] = value
    return values


MEASUREMENTS = (fan_out, ten_thousand, ten_thousand_stock)
