"""One of 10,000 reads nothing: how late the others hear, and what the relay keeps for it until it is cut off."""

from __future__ import annotations

from tests.bench.crowd import EVENTS, MANY, WISH
from tests.bench.figures import Figure, Rig, Values
from tests.bench.fleet import pay
from tests.bench.proc import open_files
from tests.bench.process import Failed

SENDERS, RATE = 4, 8  # payments per second, which 10,000 hear of twice: a third of a core
STALLED = 3_000  # payments until neither its buffers nor the kernel's take more, and the relay has to keep them
STEP, MOST = 640, 12_800  # payments at a time until it is cut off, and at most
FIGURES = (
    Figure("slow_reader_delay", "news to 10,000, p99, one of them reads nothing, against none", "times", target=1.5),
    Figure("slow_reader_memory", "what the relay's memory grew by until that one was cut off", "MB", target=16),
    Figure("slow_reader_p99", "news to 10,000, p99, one of them reads nothing", "ms"),
    Figure("slow_reader_p99_without", "news to 10,000, p99", "ms"),
)


def slow_reader(rig: Rig) -> Values:
    """Its buffers are full before the others come; once they are gone, it is told more until it is cut off.

    A crowd comes and goes before: what it leaves of the heap is not the slow reader's.
    """
    with rig.fleet.fresh("noverify") as server:
        rig.fleet.warm(server)
        told: dict[str, object] = {"url": server.url, "auth": {"apiKey": server.key}, "wish": WISH}
        alone = _lateness(rig, told)
        memory = server.memory()
        rig.load("stall", **told)
        pay(rig.load, server, SENDERS, STALLED)
        beside = _lateness(rig, told)
        pid = server.pid
        files, more = open_files(pid), 0
        while open_files(pid) == files:
            if (more := more + STEP) > MOST:
                raise Failed(f"who reads nothing was not cut off after {STALLED + more} payments")
            pay(rig.load, server, SENDERS, STEP)
        kept = server.memory() - memory
    return {
        "slow_reader_delay": beside / alone,
        "slow_reader_memory": kept / 1e6,
        "slow_reader_p99": beside,
        "slow_reader_p99_without": alone,
    }


def _lateness(rig: Rig, told: dict[str, object]) -> float:
    """Milliseconds, p99, of all that the crowd hears; it then leaves."""
    payments = max(1, round(RATE * 2 * rig.scale.seconds / SENDERS)) * SENDERS
    rig.load("gather", listeners=MANY, **told)
    _pay_and_hear(rig, told, SENDERS)  # code compiled
    rig.load("lateness", of=True)
    _pay_and_hear(rig, told, payments)
    late = rig.load("lateness", of=False)["milliseconds"]["p99"]
    rig.load("scatter")
    return float(late)


def _pay_and_hear(rig: Rig, told: dict[str, object], payments: int) -> None:
    rig.load("sign", payments=payments, wallets=SENDERS)
    rig.load("connect", url=told["url"], sockets=SENDERS)
    rig.load("pay_at", rate=RATE)
    rig.load("hear", deliveries=EVENTS * payments * MANY)
    rig.load("disconnect")


MEASUREMENTS = (slow_reader,)
