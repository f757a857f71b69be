"""Every measurement once per round, so that a noisy minute of the machine meets all of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Measurement, Rig, Scale
from tests.bench.fleet import Fleet
from tests.bench.servers import NETWORK, Failed, Load, RelayServer, Stub, fresh

GIVE_UP = 2  # failures of one measurement; what hangs takes minutes each time
SELDOM = frozenset(
    {"ten_thousand_stock", "slow_reader", "settlement", "facilitators"}
)  # a minute each: in every second round
FAILURES = (Failed, OSError, ValueError, KeyError, subprocess.SubprocessError, TimeoutError, ZeroDivisionError)


@dataclass
class Measured:
    """Values by figure, one per round; and what failed, by measurement, with its reason."""

    rounds: int = 0  # that were whole
    values: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def measure(
    chosen: Sequence[Measurement], rounds: int, open_rig: Callable[[], AbstractContextManager[Rig]]
) -> Measured:
    """What fails is told and left out; the rest goes on, with processes of which none has seen it fail.

    Ctrl-C ends it early.
    """
    measured = Measured()
    try:
        _measure(chosen, rounds, open_rig, measured)
    except KeyboardInterrupt:
        sys.stderr.write(f"bench: ended in round {measured.rounds + 1}; what was measured until then counts\n")
    for name in [name for name, reasons in measured.failures.items() if not reasons]:
        del measured.failures[name]
    return measured


def _measure(
    chosen: Sequence[Measurement],
    rounds: int,
    open_rig: Callable[[], AbstractContextManager[Rig]],
    measured: Measured,
) -> None:
    start = time.monotonic()
    took: dict[str, float] = {}
    with ExitStack() as stack:
        rig = stack.enter_context(open_rig())
        for round in range(1, rounds + 1):
            for one in chosen:
                if len(measured.failures[one.__name__]) >= GIVE_UP or (one.__name__ in SELDOM and round % 2 == 0):
                    continue
                _progress(f"round {round}/{rounds} · {one.__name__}", start, _left(chosen, one, rounds - round, took))
                began = time.monotonic()
                try:
                    found = one(rig)
                except FAILURES as error:
                    reason = f"{type(error).__name__}: {error}"
                    sys.stderr.write(f"bench: {one.__name__} failed: {reason}\n")
                    measured.failures[one.__name__].append(reason)
                    stack.close()
                    rig = stack.enter_context(open_rig())
                    continue
                took[one.__name__] = time.monotonic() - began
                for name, value in found.items():
                    measured.values[name].append(value)
            measured.rounds = round


@contextmanager
def open_rig(scale: Scale, out: Path, cores: tuple[list[int], list[int]], *, peers: bool) -> Iterator[Rig]:
    """All processes, their files under `out`: on the disk of the project, where a temporary directory may be memory."""
    server_cores, other_cores = cores
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=out)))
        stub = Stub(folder, other_cores)
        stack.callback(stub.stop)
        load = Load(folder, other_cores)
        stack.callback(load.stop)
        network = {NETWORK: ({"nodes": {stub.address: "0.0.3"}}, "0.0.2001")}
        server = RelayServer(folder / "relay", network, server_cores)
        spare = server.copy(folder / fresh("spare"))
        fleet = Fleet(folder, server, stub.address, server_cores, load, peers=peers, warm=(scale.warm, scale.again))
        stack.callback(fleet.stop)
        yield Rig(
            stub=stub,
            load=load,
            fleet=fleet,
            spare=spare,
            folder=folder,
            scale=scale,
            server_cores=server_cores,
            other_cores=other_cores,
        )


def _left(chosen: Sequence[Measurement], now: Measurement, rounds: int, took: dict[str, float]) -> float | None:
    """Seconds until the end, once every measurement has run."""
    if any(one.__name__ not in took for one in chosen):
        return None
    remaining = chosen[chosen.index(now) :]
    return sum(took[one.__name__] for one in remaining) + rounds * sum(took.values())


def _progress(what: str, start: float, left: float | None) -> None:
    about = "" if left is None else f" · about {left / 60:.0f} min to go"
    sys.stderr.write(f"{what} · {time.monotonic() - start:.0f} s{about}\n")
