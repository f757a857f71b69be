"""The nodes of one chain, asked over JSON-RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from relay.chain import Node
from relay.chains.eip155.spec import Spec
from relay.errors import Unreachable
from relay.money import ChainId


class Rpc:
    """Every question bounded in time; raises `Unreachable` when no endpoint answers."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def nodes(self) -> tuple[Node, ...]:
        return tuple(Node(f"endpoint {n + 1}", "", healthy=False) for n in range(len(self._spec.options.rpc)))

    async def check(self) -> str:
        raise Unreachable("no endpoint answers")


@asynccontextmanager
async def open_rpc(spec: Spec, report: Callable[[ChainId, Node], None]) -> AsyncIterator[Rpc]:
    """Connect until the block ends; starts with endpoints away, too."""
    yield Rpc(spec)
