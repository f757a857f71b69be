"""`python -m tests.bench [--quick] [--readme] [--rounds N]`: measure; write a table, a plot and bench.json."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import (
    between,
    crowd,
    evm,
    figures,
    guard,
    ledger,
    plot,
    readme,
    report,
    sender,
    slow_reader,
    weight,
    x402,
)
from tests.bench.figures import FULL, QUICK, Measurement
from tests.bench.measure import Measured, measure, open_site
from tests.bench.method import method
from tests.bench.proc import split_cores
from tests.bench.process import ROOT, Failed

SECTIONS = (sender, crowd, slow_reader, between, ledger, weight, figures, evm, x402)
FIGURES = tuple(figure for section in SECTIONS for figure in section.FIGURES)
ALL = tuple(measurement for section in SECTIONS for measurement in section.MEASUREMENTS)
MEASUREMENTS: dict[str, Measurement] = {one.__name__: one for one in ALL}
SLOW = frozenset({  # not for a quick look
    "facilitators", "latencies", "replays", "rows", "settlement", "slow_reader",
    "ten_thousand_stock",
})  # fmt: skip
OPEN_FILES = 65_536  # a connection is one, and both ends of it are ours


def main() -> int:
    """Run it; exit code 1 when a measurement failed, or with `--guard` when a figure got worse."""
    options = _options()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, OPEN_FILES), hard))
    options.out.mkdir(parents=True, exist_ok=True)
    rounds = options.rounds or (1 if options.quick else 5)
    names = options.only or [name for name in MEASUREMENTS if not (options.quick and name in SLOW)]
    scale, cores = QUICK if options.quick else FULL, split_cores()
    try:
        with open_site(scale, options.out, cores, peers=options.peers) as open_rig:
            measured = measure([MEASUREMENTS[name] for name in names], rounds, open_rig)
    except Failed as error:  # before anything could be measured
        sys.stderr.write(f"bench: {error}\n")
        return 1
    except KeyboardInterrupt:  # then, too
        return 1
    lines = report.lines(FIGURES, measured.values)
    _write(options.out, lines, method(measured.rounds, *cores), measured.failures, into_readme=options.readme)
    said, worse = guard.compare(FIGURES, lines)
    print("\n".join(said))
    if options.baseline:
        guard.store(FIGURES, lines)
    return 1 if _tell_failures(measured) or (worse and options.guard) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a look at it: one small round")
    parser.add_argument("--rounds", type=int, help="default: 5, quick 1")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="measure nothing else; may be repeated")
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="default: build")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md too")
    parser.add_argument("--no-peer", dest="peers", action="store_false", help="leave the Node relay out")
    parser.add_argument(
        "--guard", action="store_true", help="fail when a figure is worse than tests/bench/baseline.json"
    )
    parser.add_argument("--baseline", action="store_true", help="make this run that baseline")
    return parser.parse_args()


def _write(
    out: Path, lines: Sequence[report.Line], method: str, failed: Mapping[str, Sequence[str]], *, into_readme: bool
) -> None:
    text = report.as_markdown(FIGURES, lines, method=method, failed=failed)
    (out / "bench.json").write_text(json.dumps(report.as_json(lines), indent=1) + "\n")
    (out / "bench.md").write_text(text)
    (out / "bench.svg").write_text(plot.as_svg(FIGURES, lines))
    if into_readme:
        readme.put("bench", report.as_markdown(FIGURES, lines, method=method, failed=failed, details=False))
    print(text)


def _tell_failures(measured: Measured) -> bool:
    for name, reasons in measured.failures.items():
        sys.stderr.write(f"bench: {name} failed {len(reasons)} times, such as {reasons[-1]}\n")
    return bool(measured.failures)


if __name__ == "__main__":
    sys.exit(main())
