"""The x402 section: this relay and the reference facilitators of PyPI and npm, one after the other on chains alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.evm_chain import MERCHANT, Chain, sponsors
from tests.bench.figures import Figure, Rig, Values
from tests.bench.servers import ROOT, Failed, Load, Process, RelayServer, fresh, module

CHAIN = 84532  # npm's clients know no network that is called otherwise
STOCK = ROOT / "tests/x402/stock"
PEERS = {  # each at its best: PyPI's on threads with secp256k1 in C, npm's with a nonce manager
    "pypi": module("tests.x402.stock.facilitate"),
    "npm": ["node", str(STOCK / "facilitate.mjs")],
}
FIGURES = tuple(
    Figure(name, f"x402: {title}", "1/s", more=True, target_ratio=ratio)
    for name, title, ratio in (
        ("x402_verify_16", "/verify per second, 16 in flight", 5.0),
        ("x402_verify_64", "/verify per second, 64 in flight", 5.0),
        ("x402_settle_64", "/settle per second, 64 in flight, instant mining", 4.0),
        ("x402_settle_256", "/settle per second, 256 in flight, 1-second blocks", 4.0),
    )
)


@dataclass
class Facilitator:
    """One that runs, and where."""

    url: str
    chain: Chain
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
    with _running(rig, name, None) as one:
        _ask(load, one, "/settle", 16, 16)  # caches filled
        for in_flight in (16, 64):
            found[f"x402_verify_{in_flight}"] = _ask(load, one, "/verify", rig.scale.x402, in_flight)
        found["x402_settle_64"] = _ask(load, one, "/settle", rig.scale.x402, 64)
    with _running(rig, name, 1) as one:
        _ask(load, one, "/settle", 16, 16)
        blocks = max(2, rig.scale.x402 // 160)  # whole ones: none can settle more than is in flight
        found["x402_settle_256"] = _ask(load, one, "/settle", 256 * blocks, 256)
    return found


def _ask(load: Load, one: Facilitator, path: str, payments: int, in_flight: int) -> float:
    load("authorize", payments=payments, network=one.chain.network, token=one.chain.token)
    done: Any = load("ask", url=one.url, path=path, in_flight=in_flight)
    if done["yes"] != payments and one.ours:
        raise Failed(f"{path}: {payments - done['yes']} of {payments} came to nothing, such as {done['said']}")
    return float(done["yes"] / done["seconds"])


@contextmanager
def _running(rig: Rig, name: str, block_seconds: int | None) -> Iterator[Facilitator]:
    with ExitStack() as stack:
        chain = Chain(rig.other_cores, block_seconds, CHAIN)
        stack.callback(chain.stop)
        [key] = sponsors()[:1]  # one, as the peers have
        if name:
            command = [*PEERS[name], chain.url, "0x" + key, chain.network]
            process = Process(name, command, rig.server_cores, rig.folder / f"{name}.log")
            stack.callback(process.stop)
            yield Facilitator(f"http://127.0.0.1:{int(process.line(30.0))}", chain)
        else:
            networks = {chain.network: (chain.options | {"sponsors": [key]}, MERCHANT)}
            server = RelayServer(rig.folder / fresh("x402"), networks, rig.server_cores)
            server.start()
            stack.callback(server.stop)
            yield Facilitator(f"{server.url}/x402", chain, ours=True)


MEASUREMENTS = (facilitators,)
