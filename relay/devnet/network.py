"""The development network as one thing to open and close: a ledger, its nodes, the mirror and, if asked, a file."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

from relay.devnet import genesis
from relay.devnet.accounts import Entry
from relay.devnet.archive import Archive
from relay.devnet.clock import Clock
from relay.devnet.faults import Faults
from relay.devnet.ledger import KEPT_ENTRIES, Ledger
from relay.devnet.mirror import Mirror
from relay.devnet.node import Node


class DevNode:
    """A running development network, spoken of as its first node, 0.0.3; made by `open_devnet`.

    `ledger` holds the balances and entries and `ledger.clock` can be pushed on; `nodes` are all its nodes in order.
    """

    def __init__(self, consensus: timedelta, nodes: int, state: Path | None) -> None:
        accounts, entries = genesis.opening_accounts(nodes), list[Entry]()
        self._archive = Archive(state) if state is not None else None
        if self._archive is not None:
            kept, entries = self._archive.load(KEPT_ENTRIES)
            accounts = list(({each.number: each for each in accounts} | {each.number: each for each in kept}).values())
        self.ledger = Ledger(accounts, Clock())
        self.ledger.restore(entries)
        self.nodes: list[Node] = []
        for number in range(genesis.FIRST_NODE, genesis.FIRST_NODE + nodes):
            self.nodes.append(Node(number, self.ledger, consensus, self.nodes))
        self._mirror = Mirror(self.ledger, self.nodes)
        self.mirror = ""
        if self._archive is not None:
            self.ledger.tell(self._keep)

    @property
    def address(self) -> str:
        """`host:port` of node 0.0.3."""
        return self.nodes[0].address

    @property
    def network(self) -> dict[str, str]:
        """Address to node account, as SDKs and relay.toml want it: `{"127.0.0.1:50211": "0.0.3"}`."""
        return {node.address: f"0.0.{node.number}" for node in self.nodes}

    @property
    def faults(self) -> Faults:
        """Those of node 0.0.3 and of the mirror."""
        return self.nodes[0].faults

    @property
    def seen(self) -> list[bytes]:
        """Every Transaction node 0.0.3 received by cryptoTransfer, in order, byte for byte."""
        return self.nodes[0].seen

    def agree_now(self) -> None:
        """Let all that any node took reach consensus; with a long `slow_consensus_ms` a test decides when."""
        for node in self.nodes:
            node.agree_now()

    async def start(self, host: str, port: int, mirror_port: int) -> None:
        for wanted in (port, mirror_port):
            _check_free(host, wanted)
        for node in self.nodes:
            await node.start(host, port if node is self.nodes[0] else 0)
        self.mirror = f"http://{host}:{await self._mirror.start(host, mirror_port)}"

    async def stop(self) -> None:
        await self._mirror.stop()
        for node in self.nodes:
            await node.stop()
        if self._archive is not None:
            self._archive.close()

    def _keep(self, entry: Entry) -> None:
        if self._archive is not None:
            touched = {number for number, _ in entry.transfers} | {number for _, number, _ in entry.token_transfers}
            touched |= {entry.created} if entry.created else set()
            self._archive.note(entry, [self.ledger.accounts[number] for number in touched])


def _check_free(host: str, port: int) -> None:
    """Raise OSError, `filename` being host:port, before gRPC writes lines of its own to stderr."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from None
