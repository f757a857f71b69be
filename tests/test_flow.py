"""The whole way of a payment, once per crash point: stop after the n-th await, restart, same end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relay import hapi_pb2 as pb
from relay.access import Signer
from relay.chain import SignedTransfer
from relay.chains.hedera import Options, link, open_chain
from relay.chains.hedera.cosign import FeePayerOptions
from relay.checkout import Checkout
from relay.devnet.network import DevNode
from relay.following import STUCK
from relay.invoice import InvoiceId, InvoiceStatus
from relay.payment import OVER, Payment, Status
from relay.recording import LEASE
from relay.relay import SENDING, UNDERWAY, Relay
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.store.sends import SentByUs
from relay.wallet import Wallet, transfer
from relay.wire import api
from relay.wire.events import as_json
from relay.worker import follow
from tests.crash import DEVNET, DIED, run
from tests.servers.forks import run_fork
from tests.servers.hapi_node import Later, hapi_node
from tests.servers.relay_process import prepare

PRICE = 1_000


def clock() -> datetime:
    return datetime.now(UTC)


def after_the_lease() -> datetime:
    """The clock of a worker that looks once every lease of the dead process ran out."""
    return clock() + 2 * LEASE


class Site:
    """The relay's parts over one database, as a restarted process has them, and what an outsider can see."""

    def __init__(
        self,
        database: str,
        nodes: Mapping[str, str],
        mirror: str | None = None,
        relay_clock: Callable[[], datetime] = clock,
        fee_payer: FeePayerOptions | None = None,
        underway: int = UNDERWAY,
    ) -> None:
        self.database, self.relay_clock, self.underway = database, relay_clock, underway
        self.options = Options(nodes=dict(nodes), mirror=mirror, fee_payer=fee_payer)

    async def __aenter__(self) -> Site:
        self._stack = stack = AsyncExitStack()
        db = await stack.enter_async_context(open_database(self.database))
        chain = await stack.enter_async_context(
            open_chain(DEVNET, self.options, clock=clock, report=lambda chain, node: None, sends=SentByUs(db))
        )
        self.followers: list[asyncio.Task[None]] = []
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
            spawn=self._spawn,
            clock=self.relay_clock,
            underway=self.underway,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.tasks.create_task(work)
        self.followers.append(task)
        return task

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
        worker = asyncio.create_task(follow(self.relay, self.journal, after_the_lease, 0.05))
        async with asyncio.timeout(40):
            while any(payment.status not in OVER for payment in await self.payments()):
                await asyncio.sleep(0.01)
        worker.cancel()

    async def payments(self) -> list[Payment]:
        return list((await self.journal.payments("shop", limit=500)).items)


@pytest.mark.slow
@pytest.mark.timeout(280)
async def test_killed_at_any_await_a_payment_ends_the_same(database_url: str, devnet: DevNode) -> None:
    await prepare(database_url, {"shop": "0.0.2001"})
    paid, died, before_all = 0, 0, devnet.ledger.balance(2001)
    while True:
        async with Site(database_url, devnet.network, devnet.mirror) as before:
            invoice, raw = await before.invoice()
        known = len(devnet.seen)
        ended = await run_fork(run, database_url, before.options, "signed", raw, invoice, died)
        assert ended in (0, DIED), f"at step {died}: exit code {ended}"
        async with Site(database_url, devnet.network, devnet.mirror) as again:
            await again.recover()
            # The wallet never had its answer (or did): it sends the same bytes again, as wallets do.
            answer = await again.relay.transfer(SignedTransfer(DEVNET, "signed", raw), invoice=invoice)
            await again.recover()
            paid += 1
            assert devnet.ledger.balance(2001) - before_all == paid * PRICE, f"died at step {died}"
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
        if ended == 0:
            break
        died += 1
    assert died > 8, "the transfer was not interrupted where it matters"


async def test_bytes_a_node_took_and_lost_are_sent_again(sqlite_url: str) -> None:
    """A node that crashed before consensus forgets what it took; the signature is still good, so it gets it again."""
    await prepare(sqlite_url, {"shop": "0.0.2001"})
    unknown = pb.Response(transactionGetReceipt=pb.TransactionGetReceiptResponse())
    unknown.transactionGetReceipt.header.nodeTransactionPrecheckCode = pb.RECEIPT_NOT_FOUND
    settled = pb.Response(transactionGetReceipt=pb.TransactionGetReceiptResponse())
    settled.transactionGetReceipt.receipt.status = pb.SUCCESS
    async with hapi_node() as node:
        node.tell(link.RECEIPT, unknown)
        async with Site(sqlite_url, node.network) as site:
            invoice, raw = await site.invoice()
            signed = SignedTransfer(DEVNET, "signed", raw)
            payment = (await site.relay.transfer(signed, invoice=invoice)).payment
            assert node.transfers == [raw]
            assert (await site.relay.look(payment)).status is Status.SUBMITTED
            assert node.transfers == [raw]  # it was just sent: nothing is wrong yet
            for task in site.followers:
                task.cancel()
        async with Site(sqlite_url, node.network, relay_clock=lambda: clock() + 2 * STUCK) as later:
            assert (await later.relay.look(payment)).status is Status.SUBMITTED
            assert node.transfers == [raw, raw]
            node.tell(link.RECEIPT, settled)
            assert (await later.relay.look(payment)).status is Status.SETTLED


@pytest.mark.parametrize("staying", [False, True])
async def test_what_is_on_record_is_sent_whatever_breaks_for_who_watches(sqlite_url: str, staying: bool) -> None:
    await prepare(sqlite_url, {"shop": "0.0.2001"})

    async def broken(payment: Payment, *, again: bool) -> None:
        raise OSError("the disk that was to be read is gone")

    async with hapi_node() as node, Site(sqlite_url, node.network) as site:
        invoice, raw = await site.invoice()
        signed = SignedTransfer(DEVNET, "signed", raw)
        answer = await site.relay.transfer(signed, invoice=invoice, watch=broken, staying=staying)
        assert node.transfers == [raw]
        assert answer.payment.status is Status.SUBMITTED
        assert answer.event is not None
        assert not answer.announced, "nobody hears of it by himself: the asker must be told"
        for task in site.followers:
            task.cancel()


async def test_however_often_one_payment_is_repeated_others_have_their_places(sqlite_url: str) -> None:
    await prepare(sqlite_url, {"shop": "0.0.2001"})
    well, joined = asyncio.Event(), asyncio.Semaphore(0)

    async def joins(payment: Payment, *, again: bool) -> None:
        joined.release()

    async with hapi_node() as node, Site(sqlite_url, node.network, underway=2) as site:
        node.tell(link.TRANSFER, Later(well, pb.TransactionResponse()))
        (slow, slow_raw), (other, other_raw) = await site.invoice(), await site.invoice()
        signed = SignedTransfer(DEVNET, "signed", slow_raw)
        askers = []
        for _ in range(5):
            askers.append(asyncio.create_task(site.relay.transfer(signed, invoice=slow, watch=joins)))
            await asyncio.wait_for(joined.acquire(), 20)
        paying = asyncio.create_task(site.relay.transfer(SignedTransfer(DEVNET, "signed", other_raw), invoice=other))
        await asyncio.wait((paying, asyncio.create_task(node.arrived(2))), return_when=asyncio.FIRST_COMPLETED)
        well.set()
        assert node.transfers == [slow_raw, other_raw]
        assert len({(await asker).payment.id for asker in askers}) == 1
        assert (await paying).payment.status is Status.SUBMITTED
        for task in site.followers:
            task.cancel()


async def test_a_repeat_between_record_and_send_does_not_delay_what_becomes_of_the_payment(
    sqlite_url: str, devnet: DevNode
) -> None:
    await prepare(sqlite_url, {"shop": "0.0.2001"})
    repeated: list[Payment] = []
    async with Site(sqlite_url, devnet.network, devnet.mirror) as site:
        invoice, raw = await site.invoice()
        signed = SignedTransfer(DEVNET, "signed", raw)

        async def repeats(payment: Payment, *, again: bool) -> None:
            repeated.append((await site.relay.transfer(signed, invoice=invoice)).payment)

        answer = await site.relay.transfer(signed, invoice=invoice, watch=repeats)
        assert [payment.id for payment in repeated] == [answer.payment.id]
        async with asyncio.timeout(SENDING.total_seconds() / 2):
            while [payment.status for payment in await site.payments()] != [Status.SETTLED]:
                await asyncio.sleep(0.01)
        for task in site.followers:
            task.cancel()
