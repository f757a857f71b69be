"""The whole way of a payment, once per crash point: stop after the n-th await, restart, same end."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from relay.access import Signer
from relay.chain import SignedTransfer
from relay.chains.hedera import Options, open_chain
from relay.checkout import Checkout
from relay.devnet.network import DevNode
from relay.invoice import InvoiceId, InvoiceStatus
from relay.payment import OVER, Payment, Status
from relay.relay import LEASE, Relay
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.wallet import Wallet, transfer
from relay.wire import api
from relay.wire.events import as_json
from relay.worker import follow
from tests.crash import DEVNET, DIED, run
from tests.servers.relay_process import prepare

forkserver = multiprocessing.get_context("forkserver")
forkserver.set_forkserver_preload(["tests.crash"])
PRICE = 1_000


def clock() -> datetime:
    return datetime.now(UTC)


def after_the_lease() -> datetime:
    """The clock of a worker that looks once every lease of the dead process ran out."""
    return clock() + 2 * LEASE


class Site:
    """The relay's parts over one database, as a restarted process has them, and what an outsider can see."""

    def __init__(self, database: str, devnet: DevNode) -> None:
        self.database, self.devnet = database, devnet

    async def __aenter__(self) -> Site:
        self._stack = stack = AsyncExitStack()
        db = await stack.enter_async_context(open_database(self.database))
        options = Options(nodes=self.devnet.network, mirror=self.devnet.mirror)
        chain = await stack.enter_async_context(
            open_chain(DEVNET, options, clock=clock, report=lambda chain, node: None)
        )
        self.tasks = await stack.enter_async_context(asyncio.TaskGroup())
        self.journal, self.invoices, self.merchants = Journal(db), Invoices(db), Merchants(db)
        self.checkout = Checkout(
            invoices=self.invoices,
            merchants=self.merchants,
            signer=Signer(b"\x11" * 32, "http://relay.test"),
            chains={DEVNET: chain},
            token_lifetime=timedelta(hours=1),
            clock=clock,
        )
        self.relay = Relay(
            chains={DEVNET: chain},
            journal=self.journal,
            checkout=self.checkout,
            announce=lambda event: None,
            spawn=self.tasks.create_task,
            clock=clock,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    async def invoice(self) -> tuple[InvoiceId, bytes]:
        """An invoice of the shop, and the bytes that pay it."""
        shop = await self.merchants.get("shop")
        assert shop is not None
        wish = api.CreateInvoice(network=str(DEVNET), amount=str(PRICE), content_id="post-1")
        invoice = await self.checkout.create(shop, wish)
        raw = transfer(
            Wallet.development("0.0.1001"),
            pay_to=[("0.0.2001", PRICE)],
            asset="0.0.0",
            memo=invoice.memo,
            nodes=["0.0.3"],
            now=clock(),
        )
        return invoice.id, raw

    async def recover(self) -> None:
        """Run the worker until nothing is open."""
        worker = asyncio.create_task(follow(self.relay, self.journal, after_the_lease))
        async with asyncio.timeout(20):
            while any(payment.status not in OVER for payment in await self.payments()):
                await asyncio.sleep(0.01)
        worker.cancel()

    async def payments(self) -> list[Payment]:
        return list((await self.journal.payments("shop", limit=500)).items)

    def received(self) -> int:
        """What the shop's account got, by the ledger."""
        return self.devnet.ledger.balance(2001) - 10_000 * 100_000_000


@pytest.mark.timeout(280)
async def test_killed_at_any_await_a_payment_ends_the_same(database_url: str, devnet: DevNode) -> None:
    await prepare(database_url, {"shop": "0.0.2001"})
    paid, died = 0, 0
    while True:
        async with Site(database_url, devnet) as before:
            invoice, raw = await before.invoice()
        known = len(devnet.seen)
        process = forkserver.Process(
            target=run, args=(database_url, devnet.network, devnet.mirror, raw, invoice, died), daemon=True
        )
        process.start()
        await asyncio.to_thread(process.join, 30)
        assert process.exitcode in (0, DIED), f"at step {died}: exit code {process.exitcode}"
        async with Site(database_url, devnet) as again:
            await again.recover()
            # The wallet never had its answer (or did): it sends the same bytes again, as wallets do.
            answer = await again.relay.transfer(SignedTransfer(DEVNET, "signed", raw), invoice=invoice)
            await again.recover()
            paid += 1
            assert again.received() == paid * PRICE, f"died at step {died}"
            payment = await again.journal.payment(answer.payment.id)
            assert payment is not None and payment.status is Status.SETTLED
            settled = await again.invoices.get(invoice)
            assert settled is not None and settled.status is InvoiceStatus.SETTLED and settled.payment == payment.id
            events = await again.journal.events("shop", 0, 10_000)
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            of_this = [as_json(event) for event in events if event.invoice == invoice]
            assert [event["status"] for event in of_this][-1] == "settled"
            assert sum(event["status"] == "settled" for event in of_this) == 1
            assert of_this[-1]["accessToken"]
        assert len(set(devnet.seen[known:])) == 1  # the same bytes, however often
        if process.exitcode == 0:
            break
        died += 1
    assert died > 8, "the transfer was not interrupted where it matters"
