"""Every measurement once per round, so that a noisy minute of the machine meets all of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from tests.bench.figures import Measurement, Rig, Scale
from tests.bench.fleet import Fleet
from tests.bench.process import Failed
from tests.bench.servers import NETWORK, Load, Networks, RelayServer, Stub, fresh

GIVE_UP = 2  # failures of one measurement; what hangs takes minutes each time
FAILURES = (Failed, OSError, ValueError, KeyError, subprocess.SubprocessError, TimeoutError, ZeroDivisionError)

OpenRig = Callable[[], AbstractContextManager[Rig]]


@dataclass
class Measured:
    """Values by figure and round; and what failed, by measurement, with its reasons."""

    rounds: int = 0  # that were whole
    values: defaultdict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    failures: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def measure(chosen: Sequence[Measurement], rounds: int, open_rig: OpenRig) -> Measured:
    """Each section of each round has processes of its own, so that no figure depends on what was measured before it.

    What fails is told and left out; the rest goes on. Ctrl-C ends it early.
    """
    measured, clock = Measured(), _Clock(chosen, rounds)
    try:
        for round in range(1, rounds + 1):
            for _, section in groupby(chosen, key=lambda one: one.__module__):
                _measure(list(section), round, open_rig, measured, clock)
            measured.rounds = round
    except KeyboardInterrupt:
        sys.stderr.write(f"bench: ended in round {measured.rounds + 1}; what was measured until then counts\n")
    return measured


def _measure(section: Sequence[Measurement], round: int, open_rig: OpenRig, measured: Measured, clock: _Clock) -> None:
    with ExitStack() as stack:
        rig: Rig | None = None
        for one in section:
            name = one.__name__
            if len(measured.failures.get(name, ())) >= GIVE_UP:
                continue
            clock.tell(one, round)
            began = time.monotonic()
            try:
                rig = rig or stack.enter_context(open_rig())
                found = one(rig)
            except FAILURES as error:
                reason = f"{type(error).__name__}: {error}"
                sys.stderr.write(f"bench: {name} failed: {reason}\n")
                measured.failures[name].append(reason)
                stack.close()
                rig = None  # the next one gets processes of which none has seen it fail
                continue
            clock.took[name] = time.monotonic() - began
            for figure, value in found.items():
                measured.values[figure][round] = value


class _Clock:
    """What there is to do, and how long that takes."""

    def __init__(self, chosen: Sequence[Measurement], rounds: int) -> None:
        self.took: dict[str, float] = {}
        self._chosen, self._rounds = list(chosen), rounds
        self._start = time.monotonic()

    def tell(self, now: Measurement, round: int) -> None:
        """Where we are; and, once each of them has run, how long it will take."""
        about = ""
        if all(one.__name__ in self.took for one in self._chosen):
            left = [*self._chosen[self._chosen.index(now) :], *self._chosen * (self._rounds - round)]
            about = f" · about {sum(self.took[one.__name__] for one in left) / 60:.0f} min to go"
        passed = time.monotonic() - self._start
        sys.stderr.write(f"round {round}/{self._rounds} · {now.__name__} · {passed:.0f} s{about}\n")


@contextmanager
def open_site(
    scale: Scale, out: Path, cores: tuple[list[int], list[int]], *, peers: bool
) -> Iterator[Callable[[], AbstractContextManager[Rig]]]:
    """What opens a rig. Files are under `out`: on the project's disk, where a temporary directory may be memory."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=out) as name:
        folder = Path(name)
        pristine = RelayServer(folder / "relay", _network("127.0.0.1:1"), cores[0])
        yield lambda: _open_rig(scale, folder / fresh("section"), pristine, cores, peers=peers)


@contextmanager
def _open_rig(
    scale: Scale, folder: Path, pristine: RelayServer, cores: tuple[list[int], list[int]], *, peers: bool
) -> Iterator[Rig]:
    """All processes, none of which ran before."""
    server_cores, other_cores = cores
    folder.mkdir()
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)  # a journal is large
        load = Load(folder, other_cores)
        stack.callback(load.stop)
        stub = Stub(folder, other_cores)
        stack.callback(stub.stop)
        original = pristine.copy(folder / fresh("relay"), networks=_network(stub.address))
        spare = original.copy(folder / fresh("spare"))
        fleet = Fleet(folder, original, stub.address, server_cores, load, peers=peers, warm=(scale.warm, scale.again))
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


def _network(node: str) -> Networks:
    return {NETWORK: ({"nodes": {node: "0.0.3"}}, "0.0.2001")}
