"""A relay on an EVM chain that dies at a chosen await: run in a process of its own by tests/test_evm_flow.py."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from relay.chain import SignedTransfer
from relay.invoice import InvoiceId
from relay.payment import OVER
from tests.crash import Stepped, Steps
from tests.evm_site import EVM, EvmSite, options


async def transfer(database: str, url: str, token: str, scheme: str, raw: bytes, invoice: str, last: int) -> None:
    """Relay one transfer and follow it to its end, unless step `last` comes first. Exit code 0: it never came."""
    steps = Steps(last)
    async with EvmSite(database, options(url, token)) as site:
        steps.counting = True
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coro, **other: asyncio.Task(Stepped(coro, steps), loop=loop, **other))
        signed = SignedTransfer(EVM, scheme, raw)
        answer = await loop.create_task(site.relay.transfer(signed, invoice=InvoiceId(invoice)))
        while (await site.journal.payment(answer.payment.id)).status not in OVER:  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        os._exit(0)  # all that follows is tidying up


def run(*arguments: Any) -> None:
    """In the child: the whole of it."""
    asyncio.run(transfer(*arguments))
