"""What the ledger says of a transfer, and when to ask again."""

from __future__ import annotations

import asyncio

from relay.chain import Sight, SignedTransfer
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec
from relay.errors import Unreachable


class Receipts:
    def __init__(self, spec: Spec, rpc: Rpc, sends: object) -> None:
        self._spec = spec
        self._rpc = rpc
        self._sends = sends

    async def receipt(self, signed: SignedTransfer) -> Sight:
        raise Unreachable("no endpoint answers")

    async def changed(self, signed: SignedTransfer) -> None:
        await asyncio.Event().wait()

    def finality(self) -> str:
        """In words."""
        match self._spec.finality:
            case int(depth):
                return f"settled with {depth} blocks on top of it"
            case tag:
                return f"settled when its block is {tag}"
