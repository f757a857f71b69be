"""The x402 section: this relay and the reference facilitators of PyPI and npm, one after the other on chains alike.

Pinned as all that is measured, the facilitator to one core, chain and load to the other: a rate is what it does with a
core of its own. Where the three share all cores, it is also how they get on, and what else the machine does.
Settlements per CPU-second of the facilitator say the same where it need not use all of a core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.evm_chain import MERCHANT, Chain, sponsors
from tests.bench.figures import Figure, Rig, Values
from tests.bench.proc import cpu_seconds
from tests.bench.process import ROOT, Failed, Process
from tests.bench.servers import Load, RelayServer, fresh, module

CHAIN = 84532  # npm's clients know no network that is called otherwise
STOCK = ROOT / "tests/x402/stock"
PEERS = {  # each at its best: PyPI's on threads with secp256k1 in C, npm's with a nonce manager
    "pypi": module("tests.x402.stock.facilitate"),
    "npm": ["node", str(STOCK / "facilitate.mjs")],
}
WAITING, BLOCKS = 256, 3  # in flight, and blocks to settle so many in each: nobody can settle more of them
FIGURES = tuple(
    Figure(name, f"x402: {title}", "1/s", more=True, target_ratio=ratio)
    for name, title, ratio in (
        ("x402_verify_16", "/verify per second, 16 in flight", 5.0),
        ("x402_verify_64", "/verify per second, 64 in flight", 5.0),
        ("x402_settle_64", "/settle per second, 64 in flight, instant mining", 4.0),
        ("x402_settle_256", f"/settle per second, {WAITING} in flight, 1-second blocks: {WAITING} at most", 4.0),
        ("x402_verify_16_cpu", "/verify per CPU-second, 16 in flight", None),
        ("x402_verify_64_cpu", "/verify per CPU-second, 64 in flight", None),
        ("x402_settle_64_cpu", "/settle per CPU-second, 64 in flight, instant mining", None),
        ("x402_settle_256_cpu", f"/settle per CPU-second, {WAITING} in flight, 1-second blocks", 4.0),
    )
)


@dataclass
class Facilitator:
    """One that runs, and where."""

    url: str
    chain: Chain
    pid: int
    ours: bool = False


def facilitators(rig: Rig) -> Values:
    """Ours by its figure's name, a peer's by `name@peer`. What fails counts for nothing."""
    values: Values = {}
    for name in ("", *PEERS):
        with ExitStack() as stack:
            load = Load(rig.folder, rig.other_cores, "tests.bench.x402_load")
            stack.callback(load.stop)
            for figure, rate in _measure(rig, load, name).items():
                values[f"{figure}@{name}" if name else figure] = rate
    return values


def _measure(rig: Rig, load: Load, name: str) -> Values:
    found: Values = {}
    payments = rig.scale.x402
    with _running(rig, name) as one:
        _warm(load, one, payments)
        for in_flight in (16, 64):
            found |= _ask(load, one, "/verify", payments, in_flight, f"x402_verify_{in_flight}")
        found |= _ask(load, one, "/settle", payments, 64, "x402_settle_64")
        one.chain.mine_every(1)
        found |= _ask(load, one, "/settle", WAITING * BLOCKS, WAITING, "x402_settle_256", from_block=True)
    return found


def _warm(load: Load, one: Facilitator, payments: int) -> None:
    """Caches filled, code compiled; V8 takes some hundred verifications for that."""
    _ask(load, one, "/settle", 16, 16, "")
    _ask(load, one, "/verify", payments * 5 // 3, 64, "")
    _ask(load, one, "/settle", 64, 64, "")


def _ask(
    load: Load, one: Facilitator, path: str, payments: int, in_flight: int, figure: str, *, from_block: bool = False
) -> Values:
    load("authorize", payments=payments, network=one.chain.network, token=one.chain.token)
    if from_block:
        one.chain.next_block()  # or what is left of a first one decides how many are needed
    before = cpu_seconds(one.pid)
    done: Any = load("ask", url=one.url, path=path, in_flight=in_flight)
    spent = cpu_seconds(one.pid) - before
    if done["yes"] != payments and one.ours:
        raise Failed(f"{path}: {payments - done['yes']} of {payments} came to nothing, such as {done['said']}")
    return {figure: done["yes"] / done["seconds"], f"{figure}_cpu": done["yes"] / spent}


@contextmanager
def _running(rig: Rig, name: str) -> Iterator[Facilitator]:
    with ExitStack() as stack:
        chain = Chain(rig.other_cores, number=CHAIN)
        stack.callback(chain.stop)
        [key] = sponsors()[:1]  # one, as the peers have
        if name:
            command = [*PEERS[name], chain.url, "0x" + key, chain.network]
            process = Process(name, command, rig.server_cores, rig.folder / f"{name}.log")
            stack.callback(process.stop)
            yield Facilitator(f"http://127.0.0.1:{int(process.line(30.0))}", chain, process.pid)
        else:
            networks = {chain.network: (chain.options | {"sponsors": [key]}, MERCHANT)}
            server = RelayServer(rig.folder / fresh("x402"), networks, rig.server_cores)
            server.start()
            stack.callback(server.stop)
            yield Facilitator(f"{server.url}/x402", chain, server.pid, ours=True)


MEASUREMENTS = (facilitators,)
