"""A relay that dies at a chosen await: run in a process of its own by tests/test_flow.py.

Every step of every task counts from the moment the transfer is handed in. At step `n` the process ends with `os._exit`:
no `finally`, no commit, no goodbye, exactly what a power cut leaves behind.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from relay.access import Signer
from relay.chain import SignedTransfer
from relay.chains.hedera import Options, open_chain
from relay.checkout import Checkout
from relay.invoice import InvoiceId
from relay.money import ChainId
from relay.payment import OVER
from relay.relay import Relay
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.store.sends import SentByUs

DIED = 77  # the exit code of a process that reached its step
DEVNET = ChainId("hedera", "devnet")


class Steps:
    """Counts the steps of tasks, and ends the process at the chosen one."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.taken = 0
        self.counting = False

    def step(self) -> None:
        if self.counting:
            self.taken += 1
            if self.taken > self.last:
                os._exit(DIED)


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine whose every step is counted."""

    def __init__(self, inner: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._inner, self._steps = inner, steps

    def send(self, value: Any) -> Any:
        self._steps.step()
        return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        self._steps.step()
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()


async def transfer(database: str, options: Options, scheme: str, raw: bytes, invoice: str, last: int) -> None:
    """Relay one transfer and follow it to its end, unless step `last` comes first. Exit code 0: it never came."""

    def clock() -> datetime:
        return datetime.now(UTC)

    steps = Steps(last)
    async with (
        open_database(database) as db,
        open_chain(DEVNET, options, clock=clock, report=lambda chain, node: None, sends=SentByUs(db)) as chain,
        asyncio.TaskGroup() as tasks,
    ):
        signer, journal = Signer(b"\x11" * 32, "http://relay.test"), Journal(db)
        checkout = Checkout(
            invoices=Invoices(db),
            merchants=Merchants(db),
            signer=signer,
            chains={DEVNET: chain},
            token_lifetime=timedelta(hours=1),
            clock=clock,
        )
        relay = Relay(
            chains={DEVNET: chain},
            journal=journal,
            checkout=checkout,
            announce=lambda event: None,
            spawn=tasks.create_task,
            clock=clock,
        )
        steps.counting = True
        asyncio.get_running_loop().set_task_factory(
            lambda loop, coro, **options: asyncio.Task(Stepped(coro, steps), loop=loop, **options)
        )
        answer = await tasks.create_task(
            _told(relay, SignedTransfer(DEVNET, scheme, raw), InvoiceId(invoice) if invoice else None)
        )
        while (await journal.payment(answer)).status not in OVER:  # type: ignore[union-attr]
            await asyncio.sleep(0.01)
        os._exit(0)  # all that follows is tidying up


async def _told(relay: Relay, signed: SignedTransfer, invoice: InvoiceId | None) -> Any:
    return (await relay.transfer(signed, invoice=invoice)).payment.id


def run(*arguments: Any) -> None:
    """In the child: the whole of it."""
    asyncio.run(transfer(*arguments))
