"""The EVM section: what a verification and a sponsored payment cost, with blocks at once and blocks every second."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.evm_chain import CHAIN, MERCHANT, Chain
from tests.bench.figures import Figure, Rig, Values
from tests.bench.process import Process
from tests.bench.servers import Load, RelayServer, fresh, module

VERIFY, WAITING = 64, 256  # in flight
BLOCKS = 5  # to settle so many in each
FIGURES = (
    Figure("evm_verify", f"EVM: verifications per second, {VERIFY} in flight", "1/s", more=True, target=1_000),
    Figure("evm_verify_p99", f"EVM: verification, p99, {VERIFY} in flight", "ms", target=150),
    Figure("evm_settle", "EVM: sponsored payments settled per second, instant mining, 64 sockets", "1/s", True, 400),
    Figure("evm_settle_blocks", f"EVM: the same, 1-second blocks, {WAITING} in flight", "1/s", True, 200),
    Figure("evm_verify_p50", f"EVM: verification, p50, {VERIFY} in flight", "ms"),
    Figure("evm_verify_p99_busy", f"EVM: verification, p99, while {WAITING} payments wait for a block", "ms"),
    Figure("evm_verify_cpu", "EVM: CPU time of a verification", "ms"),
    Figure("evm_settle_p50", "EVM: sender to settled, p50, instant mining", "ms"),
    Figure("evm_settle_p99", "EVM: sender to settled, p99, instant mining", "ms"),
    Figure("evm_ack_blocks_p99", f"EVM: sender to response, p99, 1-second blocks, {WAITING} in flight", "ms"),
    Figure("evm_cpu", "EVM: the relay's CPU time per sponsored payment", "ms"),
)


def verification(rig: Rig) -> Values:
    """No server in front: decode and every check, as `transfer` and x402's `/verify` run them."""
    with _chain(rig, 0) as chain:
        command = [*module("tests.bench.evm_verify"), json.dumps(chain.options), str(rig.folder / fresh("verify.db"))]
        process = Process("verify", command, rig.server_cores, rig.folder / "verify.log")
        try:
            process.ask({"do": "verify", "payments": rig.scale.few, "in_flight": VERIFY})  # caches filled
            alone = process.ask({"do": "verify", "payments": rig.scale.evm, "in_flight": VERIFY})
            process.ask({"do": "send", "payments": WAITING})
            busy = process.ask({"do": "verify", "payments": rig.scale.evm, "in_flight": VERIFY})
        finally:
            process.stop()
    return {
        "evm_verify": rig.scale.evm / alone["seconds"],
        "evm_verify_p50": alone["milliseconds"]["p50"],
        "evm_verify_p99": alone["milliseconds"]["p99"],
        "evm_verify_p99_busy": busy["milliseconds"]["p99"],
        "evm_verify_cpu": 1000 * alone["cpu"] / rig.scale.evm,
    }


def settlement(rig: Rig) -> Values:
    """The whole relay: from a wallet's authorization to `payment.settled`, each with a transaction of its own."""
    with ExitStack() as stack:
        at_once, by_the_second = (
            stack.enter_context(_chain(rig, block_seconds, CHAIN + n)) for n, block_seconds in enumerate((None, 1))
        )
        networks = {chain.network: (chain.options, MERCHANT) for chain in (at_once, by_the_second)}
        server = RelayServer(rig.folder / fresh("evm"), networks, rig.server_cores)
        server.start()
        stack.callback(server.stop)
        load = Load(rig.folder, rig.other_cores, "tests.bench.evm_load")
        stack.callback(load.stop)
        instant = _settle(server, load, at_once, 64, rig.scale.evm // 2)
        blocks = _settle(server, load, by_the_second, WAITING, WAITING * BLOCKS, from_block=True)
    return {
        "evm_settle": instant["rate"],
        "evm_settle_p50": instant["p50"],
        "evm_settle_p99": instant["p99"],
        "evm_cpu": instant["cpu"],
        "evm_settle_blocks": blocks["rate"],
        "evm_ack_blocks_p99": blocks["ack_p99"],
    }


def _settle(
    server: RelayServer, load: Load, chain: Chain, sockets: int, payments: int, *, from_block: bool = False
) -> Values:
    load("connect", url=server.url, sockets=sockets)
    load("authorize", payments=sockets, network=chain.network, token=chain.token)
    load("pay_each")  # caches filled
    load("authorize", payments=payments, network=chain.network, token=chain.token)
    if from_block:
        chain.next_block()  # or what is left of a first one decides how many are needed
    before = server.cpu_seconds()
    paid = load("pay_each")
    cpu = server.cpu_seconds() - before
    load("disconnect")
    return {
        "rate": payments / paid["seconds"],
        "p50": paid["milliseconds"]["p50"],
        "p99": paid["milliseconds"]["p99"],
        "ack_p99": paid["ack"]["p99"],
        "cpu": 1000 * cpu / payments,
    }


@contextmanager
def _chain(rig: Rig, block_seconds: int | None, number: int = CHAIN) -> Iterator[Chain]:
    chain = Chain(rig.other_cores, block_seconds, number)
    try:
        yield chain
    finally:
        chain.stop()


MEASUREMENTS = (verification, settlement)
