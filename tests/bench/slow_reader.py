"""One of 10,000 reads nothing: how late the others hear, and what the relay keeps for it until it is cut off."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from statistics import median

from tests.bench.crowd import EVENTS, MANY, WISH
from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import WARM_SOCKETS, pay
from tests.bench.proc import is_held, kernel_holds
from tests.bench.process import Failed
from tests.bench.servers import RelayServer
from tests.bench.wire import MOST_CONTROL_BYTES

RATE, PAYMENTS = 2, 2  # a second, which 10,000 hear of twice: half a core of the relay's; in one stretch
PAIRS = 4  # of stretches, beside a slow reader and without
ASKS = 44_000  # signs of life, all answered: 5.6 MB; kernels take some 4, and the relay keeps the rest
ANSWER = 2 + MOST_CONTROL_BYTES  # bytes
STEP, MOST = 640, 16_000  # payments at a time until it is cut off, and at most
QUIET_SECONDS, PATIENCE_SECONDS = 0.1, 10.0
FIGURES = (
    Figure("slow_reader_delay", "news to 10,000, p99, one of them reads nothing, against none", "times", target=1.5),
    Figure("slow_reader_memory", "what the relay's memory grew by until that one was cut off", "MB", target=16),
    Figure("slow_reader_p99", "news to 10,000, p99, one of them reads nothing", "ms"),
    Figure("slow_reader_p99_without", "news to 10,000, p99", "ms"),
    Figure("slow_reader_busy", "the relay, share of its core meanwhile", "%", detail=True),
    Figure("slow_reader_load_busy", "those who listen, share of theirs", "%", detail=True),
)


@dataclass(frozen=True)
class _Heard:
    """News that the crowd heard: milliseconds, p99, and percent of a core that the relay took and the crowd."""

    late: float
    busy: float
    load_busy: float


def slow_reader(rig: Rig) -> Values:
    """Memory first, of a relay that had no crowd; then the crowd hears beside a slow reader and without, in turn."""
    with rig.fleet.fresh("noverify") as server:
        assert isinstance(server, RelayServer)
        rig.fleet.warm(server)
        grown = _until_cut_off(rig, server)
        rig.load("gather", listeners=MANY, **_told(server))
        _news(rig, server)  # code compiled
        told: dict[bool, list[_Heard]] = {True: [], False: []}
        for pair in range(PAIRS):
            for slow in (pair % 2 == 0, pair % 2 == 1):
                told[slow].append(_beside_slow_reader(rig, server) if slow else _news(rig, server))
        rig.load("scatter")
    beside, alone = (median(each.late for each in told[slow]) for slow in (True, False))
    return {
        "slow_reader_delay": beside / alone,
        "slow_reader_memory": grown / 1e6,
        "slow_reader_p99": beside,
        "slow_reader_p99_without": alone,
        "slow_reader_busy": median(each.busy for each in chain(*told.values())),
        "slow_reader_load_busy": median(each.load_busy for each in chain(*told.values())),
    }


def _until_cut_off(rig: Rig, server: RelayServer) -> float:
    """Bytes, the most there were: it is told of payments until its buffers, the kernel's and the relay's are full."""
    before = most = server.memory()
    port, told = rig.load("stall", **_told(server))["port"], 0
    while is_held(port):
        if (told := told + STEP) > MOST:
            raise Failed(f"who reads nothing was not cut off after {MOST} payments")
        pay(rig.load, server, WARM_SOCKETS, STEP)
        most = max(most, server.memory())
    rig.load("let_go")
    return most - before


def _beside_slow_reader(rig: Rig, server: RelayServer) -> _Heard:
    """What it was sent fills its buffer and the kernel's, before and after; the relay has the rest, and the news."""
    port: int = rig.load("stall", asks=ASKS, **_told(server))["port"]
    _quiet(server)
    told = _news(rig, server)
    if not is_held(port) or kernel_holds(port) > ASKS * ANSWER:
        raise Failed("there was no slow reader: it was cut off, or the kernel took all that it did not read")
    rig.load("let_go")
    _quiet(server)
    return told


def _news(rig: Rig, server: RelayServer) -> _Heard:
    """A stretch: all that the crowd hears of some payments."""
    rig.load("sign", payments=PAYMENTS, wallets=1)
    rig.load("connect", url=server.url, sockets=1)
    rig.load("lateness", of=True)
    start, busy, load_busy = time.monotonic(), server.cpu_seconds(), rig.load.cpu_seconds()
    rig.load("pay_at", rate=RATE)
    rig.load("hear", deliveries=EVENTS * PAYMENTS * MANY)
    busy, load_busy = server.cpu_seconds() - busy, rig.load.cpu_seconds() - load_busy
    seconds = max(time.monotonic() - start, PAYMENTS / RATE)  # to when the next one would be
    late: float = rig.load("lateness", of=False)["milliseconds"]["p99"]
    rig.load("disconnect")
    return _Heard(late, 100 * busy / seconds, 100 * load_busy / seconds)


def _told(server: RelayServer) -> dict[str, object]:
    return {"url": server.url, "auth": {"apiKey": server.key}, "wish": WISH}


def _quiet(server: RelayServer) -> None:
    """Until the relay has nothing left to do, or not more than its many connections want."""
    until, before = time.monotonic() + PATIENCE_SECONDS, 0.0
    while time.monotonic() < until and server.cpu_seconds() - before > QUIET_SECONDS / 5:
        before = server.cpu_seconds()
        time.sleep(QUIET_SECONDS)


MEASUREMENTS = (slow_reader,)
