"""EVM chains: `open_chain` connects to one of them; the `Eip155` it yields is the relay's view of it.

transaction.py authorization.py   signed bytes → Transfer   rlp.py calldata.py typed_data.py signature.py beneath them
verify.py                         what only the chain can say about it, before it is sent
submit.py sponsor.py tending.py   → Taken | Refused | Unknown   calls.py envelope.py fees.py faults.py beneath them,
                                                                rows.py promises.py beside sponsor.py
receipts.py                       → Receipt | Pending | Never (names its parts)
watch.py cursor.py found.py       payments not made through us
rpc.py                            the nodes                     endpoint.py websocket.py beneath it
networks.py tokens.py             what is known of each chain by name
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import relay.chains.eip155.recursion  # noqa: F401  # before anything that imports py_ecc
from relay.abilities import Node
from relay.chains.eip155.address import address, checksummed
from relay.chains.eip155.envelope import Key
from relay.chains.eip155.fees import Fees
from relay.chains.eip155.ledger import Eip155
from relay.chains.eip155.options import Options
from relay.chains.eip155.pace import USUAL, Pace
from relay.chains.eip155.receipts import open_receipts
from relay.chains.eip155.rows import Rows
from relay.chains.eip155.rpc import open_rpc
from relay.chains.eip155.sent import Sent
from relay.chains.eip155.spec import spec_of
from relay.chains.eip155.sponsor import Sponsor
from relay.chains.eip155.submit import Submitter
from relay.chains.eip155.tending import Tending
from relay.chains.eip155.verify import Verifier
from relay.chains.eip155.watch import Watcher
from relay.money import Account, ChainId
from relay.sends import Sends

__all__ = ["Eip155", "Options", "open_chain", "read_account"]


def read_account(text: str) -> Account:
    """An address with its checksum (EIP-55); raises `InvalidRequest`."""
    return checksummed(address(text))


@asynccontextmanager
async def open_chain(
    id: ChainId,
    options: Options,
    *,
    clock: Callable[[], datetime],
    report: Callable[[ChainId, Node], None],
    sends: Sends | None = None,
    pace: Pace = USUAL,
) -> AsyncIterator[Eip155]:
    """Connect to the chain until the block ends. `report` is told when an endpoint's health changes.

    Starts with endpoints away, too; raises `Misconfigured` where the options make no sense.
    """
    spec, sent = spec_of(id, options, clock, pace), Sent(id, sends)
    async with open_rpc(spec, report) as rpc, open_receipts(spec, rpc, sent) as receipts:
        watcher = Watcher(spec, rpc, receipts.sweep, receipts.patience, receipts.arrivals)
        keys = [Key.read(text) for text in spec.options.sponsors]
        fees = Fees(spec, rpc)
        rows = Rows(spec, rpc, fees, keys, lambda node: report(id, node))
        sponsor = Sponsor(spec, rpc, fees, sends, rows, sent, receipts.sweep.carry)
        tending: asyncio.Task[None] | None = None
        if keys and sends is not None:
            tending = asyncio.create_task(Tending(spec, rpc, fees, sends, rows, sponsor).run())
        try:
            verifier, submitter = (
                Verifier(spec, rpc, fees, sponsor),
                Submitter(spec, rpc, sponsor, receipts.sweep.expect),
            )
            yield Eip155(spec, rpc, verifier, submitter, receipts, watcher, rows)
        finally:
            if tending is not None:
                tending.cancel()
                await asyncio.gather(tending, return_exceptions=True)
