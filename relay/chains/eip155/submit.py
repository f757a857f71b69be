"""From signed bytes to what a node made of them: the payer's own transaction here, authorizations in sponsor.py."""

from __future__ import annotations

from collections.abc import Callable

from relay.chain import EXACT, Refused, SignedTransfer, Submission, Taken, Unknown
from relay.chains.eip155 import transaction
from relay.chains.eip155.endpoint import Fault
from relay.chains.eip155.faults import Declined, declined
from relay.chains.eip155.rpc import Heard, Lost, Rpc
from relay.chains.eip155.spec import Spec
from relay.chains.eip155.sponsor import Sponsor
from relay.errors import Unreachable


class Submitter:
    """`expect` is told of a hash before it goes out, so that the next block is searched for it."""

    def __init__(self, spec: Spec, rpc: Rpc, sponsor: Sponsor, expect: Callable[[str], None]) -> None:
        self._spec = spec
        self._rpc = rpc
        self._sponsor = sponsor
        self._expect = expect

    async def submit(self, signed: SignedTransfer) -> Submission:
        if signed.scheme == EXACT:
            return await self._sponsor.submit(signed)
        sent = transaction.read(signed.raw, self._spec)
        self._expect(sent.hash)
        match await self._rpc.send(signed.raw):
            case Lost(sent=True):
                return Unknown("no node answered, and one of them may have the transaction")
            case Lost():
                return Refused("node_unreachable", f"UNAVAILABLE. No node of {self._spec.id} answers.")
            case Heard(Fault() as fault, before=before):
                return await self._declined(sent.hash, fault, before=before)
            case Heard():
                return Taken()

    async def _declined(self, hash: str, fault: Fault, *, before: bool) -> Submission:
        why = declined(fault)
        if why is Declined.KNOWN:
            return Taken()
        if before:
            return Unknown(f"one node gave no answer, another says: {why.value}")
        if why is Declined.NONCE_USED:
            return await self._used(hash)
        message = f"the node declined the transaction: {why.value} ({fault.message[:200]})"
        reason = "insufficient_funds" if why is Declined.POOR else "node_refused"
        return Refused(reason, message, fault.code)

    async def _used(self, hash: str) -> Submission:
        """Its nonce is used. By itself, if its payer sent it, too: a node that does not show it proves nothing."""
        try:
            if await self._rpc.call("eth_getTransactionByHash", hash) is not None:
                return Taken()
        except Unreachable:
            pass
        return Unknown("its nonce is used, perhaps by itself")
