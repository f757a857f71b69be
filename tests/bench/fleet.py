"""Everything that is measured, by name: started when first wanted in a section, warm, and gone at its end.

journal         `relay serve` as it is
verify          bare_relay.py: the journal in memory
noverify        the same, and no signature checked
stock           the same on python-socketio's own sockets (`server.direct_sockets = false`)
node            peer/relay.mjs, a good Node relay without a journal
node_noverify   the same, and no signature checked
node_libsodium  the same as node, with libsodium for signatures instead of Node's own library
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process import ROOT, Process
from tests.bench.servers import START_SECONDS, Load, RelayServer, Running, Server, fresh

PEER = ROOT / "tests/bench/peer"
OURS: Mapping[str, tuple[Sequence[str] | None, bool]] = {  # bare_relay.py's options, and whether sockets are direct
    "journal": (None, True),
    "verify": ((), True),
    "noverify": (("--no-verify",), True),
    "stock": (("--no-verify",), False),
}
CHECKS = {"node": "crypto", "node_noverify": None, "node_libsodium": "libsodium"}  # by which library
WARM_SOCKETS = 64
STRETCH = 1_280  # payments that warm, at a time: told, not only answered, before the next ones are sent


@dataclass(frozen=True)
class Paid:
    """`cpu` is the server's, in seconds, until the last is settled; `seconds` end at the last ack."""

    payments: int
    cpu: float
    seconds: float
    milliseconds: Mapping[str, float]  # p50, p95, p99: from sender to ack


class Peer(Running):
    """peer/relay.mjs."""

    def __init__(
        self, folder: Path, node: str, key: str, cores: Sequence[int], *, verify: str | None, redis: str = ""
    ) -> None:
        super().__init__()
        self.key = key
        self._log = folder / fresh("peer.log")
        self._options = {"node": node, "verify": verify, "redis": redis or None, "apiKey": key}
        self._cores = cores
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> float:
        command = ["node", str(PEER / "relay.mjs"), json.dumps(self._options)]
        self._process = Process("peer", command, self._cores, self._log)
        self._port = int(self._process.line(START_SECONDS))
        return 0.0


class Fleet:
    """`original` is the relay all of ours are copies of; it never runs."""

    def __init__(
        self,
        folder: Path,
        original: RelayServer,
        node: str,
        cores: Sequence[int],
        load: Load,
        *,
        peers: bool,
        warm: tuple[int, int],  # payments: after a start; of one that idled while others were measured
    ) -> None:
        self._warm, self._again = warm
        self._peers = peers and (PEER / "node_modules").exists()
        self._folder = folder
        self._original = original
        self._node = node
        self._cores = cores
        self._load = load
        self._running: dict[str, Server] = {}

    def names(self, *wanted: str) -> list[str]:
        """Those of these that can be measured here."""
        return [name for name in wanted if self._peers or not name.startswith("node")]

    def make(self, name: str, *, redis: str = "") -> Server:
        """A new one, not started."""
        if name.startswith("node"):
            return Peer(self._folder, self._node, self._original.key, self._cores, verify=CHECKS[name], redis=redis)
        bare, direct = OURS[name]
        return self._original.copy(self._folder / fresh(name), bare=bare, direct=direct, redis=redis)

    def running(self, name: str) -> Server:
        """The one of that name, which stays up until the section ends."""
        if name not in self._running:
            server = self.make(name)
            server.start()
            self._running[name] = server
            self.warm(server)
        return self._running[name]

    def again(self, name: str) -> Server:
        """The same, after others were measured: V8 collects what it can and drops code within seconds of idling."""
        server = self.running(name)
        pay(self._load, server, WARM_SOCKETS, self._again)
        return server

    @contextmanager
    def fresh(self, name: str) -> Iterator[Server]:
        """One that has just been started, and ends with the block."""
        server = self.make(name)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    def warm(self, server: Server, most: int | None = None) -> int:
        """Caches filled, code compiled, for all that are compared with Node by as many payments; returns how many."""
        stretches = -(-min(self._warm, most or self._warm) // STRETCH)
        for _ in range(stretches):
            pay(self._load, server, WARM_SOCKETS, STRETCH)
        return stretches * STRETCH

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()


def pay(load: Load, server: Server, sockets: int, payments: int, rate: float | None = None) -> Paid:
    """Many wallets pay, each when its last transfer is answered, or together at a rate."""
    load("sign", payments=payments, wallets=sockets)
    load("connect", url=server.url, sockets=sockets)
    before = server.cpu_seconds()
    paid = load("pay", settle=True) if rate is None else load("pay_at", rate=rate)
    cpu = server.cpu_seconds() - before
    load("disconnect")
    return Paid(payments, cpu, paid["seconds"], paid["milliseconds"])
