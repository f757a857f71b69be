"""`python -m tests.bench [--quick] [--readme] [--rounds N]`: measure; write a table, a plot and bench.json."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench import between, crowd, evm, figures, ledger, plot, report, sender, x402
from tests.bench.figures import FULL, QUICK, Measurement, Rig, Scale
from tests.bench.fleet import Fleet
from tests.bench.proc import split_cores
from tests.bench.servers import NETWORK, ROOT, Failed, Load, RelayServer, Stub

SECTIONS = (sender, crowd, between, ledger, figures, evm, x402)
FIGURES = tuple(figure for section in SECTIONS for figure in section.FIGURES)
ALL = tuple(measurement for section in SECTIONS for measurement in section.MEASUREMENTS)
MEASUREMENTS: dict[str, Measurement] = {one.__name__: one for one in ALL}
SLOW = frozenset({"ten_thousand_stock", "latencies"})  # not for a quick look


BEGIN, END = "<!-- bench -->\n", "<!-- /bench -->\n"  # in README.md
OPEN_FILES = 65_536  # a connection is one, and both ends of it are ours


def main() -> int:
    """Run it; exit code 1 when a process failed, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look at it: one small round")
    parser.add_argument("--rounds", type=int, help="default: 5, quick 1")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="measure nothing else; may be repeated")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="default: build")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md too")
    parser.add_argument("--no-peer", dest="peers", action="store_false", help="leave the Node relay out")
    options = parser.parse_args()
    all_of_it = [name for name in MEASUREMENTS if not (options.quick and name in SLOW)]
    rounds = options.rounds or (1 if options.quick else 5)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, OPEN_FILES), hard))
    options.out.mkdir(parents=True, exist_ok=True)
    server_cores, other_cores = split_cores()
    try:
        chosen = [MEASUREMENTS[name] for name in options.only or all_of_it]
        ours = measure(
            chosen,
            rounds,
            QUICK if options.quick else FULL,
            options.out,
            (server_cores, other_cores),
            peers=options.peers,
        )
    except Failed as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    measured = report.lines(FIGURES, ours)
    method = report.method(rounds, server_cores, other_cores)
    text = report.as_markdown(FIGURES, measured, method=method)
    (options.out / "bench.json").write_text(json.dumps(report.as_json(measured), indent=1) + "\n")
    (options.out / "bench.md").write_text(text)
    (options.out / "bench.svg").write_text(plot.as_svg(FIGURES, measured))
    if options.readme:
        readme = ROOT / "README.md"
        before, _, rest = readme.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        short = report.as_markdown(FIGURES, measured, method=method, details=False)
        readme.write_text(f"{before}{BEGIN}\n{short}{END}{after}")
    print(text)
    return 0


def measure(
    chosen: Sequence[Measurement],
    rounds: int,
    scale: Scale,
    out: Path,
    cores: tuple[list[int], list[int]],
    *,
    peers: bool,
) -> dict[str, list[float]]:
    """Every measurement once per round, so that a noisy minute of the machine meets all of them."""
    values: dict[str, list[float]] = {}
    start, (server_cores, other_cores) = time.monotonic(), cores
    with ExitStack() as stack:
        # under `out`: on the disk of the project, where a temporary directory may be memory
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=out)))
        stub = Stub(folder, other_cores)
        stack.callback(stub.stop)
        load = Load(folder, other_cores)
        stack.callback(load.stop)
        network = {NETWORK: ({"nodes": {stub.address: "0.0.3"}}, "0.0.2001")}
        server = RelayServer(folder / "relay", network, server_cores)
        spare = server.copy(folder / "spare")
        fleet = Fleet(folder, server, stub.address, server_cores, load, peers=peers)
        stack.callback(fleet.stop)
        rig = Rig(
            stub=stub,
            load=load,
            fleet=fleet,
            spare=spare,
            folder=folder,
            scale=scale,
            server_cores=server_cores,
            other_cores=other_cores,
        )
        for round in range(1, rounds + 1):
            for one in chosen:
                sys.stderr.write(f"round {round}/{rounds} · {one.__name__} · {time.monotonic() - start:.0f} s\n")
                for name, value in one(rig).items():
                    values.setdefault(name, []).append(value)
    return values


if __name__ == "__main__":
    sys.exit(main())
