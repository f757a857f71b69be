"""From signed bytes to what a node made of them."""

from __future__ import annotations

from relay.chain import Refused, Sends, SignedTransfer, Submission
from relay.chains.eip155.rpc import Rpc
from relay.chains.eip155.spec import Spec


class Submitter:
    """`signed` sends the payer's bytes; `exact` puts them into a transaction of ours (sponsor.py)."""

    def __init__(self, spec: Spec, rpc: Rpc, sends: Sends | None) -> None:
        self._spec = spec
        self._rpc = rpc
        self._sends = sends

    async def submit(self, signed: SignedTransfer) -> Submission:
        return Refused("node_unreachable", "no endpoint answers")
