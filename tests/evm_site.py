"""The relay's parts over one database and one EVM chain, as a process has them; what tests of whole payments share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from relay.access import Signer
from relay.chains.eip155 import Options, open_chain
from relay.chains.eip155.options import TokenOptions
from relay.checkout import Checkout
from relay.invoice import Invoice
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.payment import Payment
from relay.relay import Relay
from relay.settings import X402Options
from relay.store.cursors import Cursors
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.journal import Journal
from relay.store.merchants import Merchants
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from relay.wire import api
from relay.worker import follow, watch
from relay.x402 import X402

EVM = ChainId("eip155", "31337")
SHOP = Account("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc")  # anvil's sixth account
SPONSOR = "0x" + "5e" * 32


def clock() -> datetime:
    return datetime.now(UTC)


async def found_shop(database: str) -> None:
    """A new database with one merchant."""
    async with open_database(database) as db:
        await migrate(db)
        await Merchants(db).add(Merchant("shop", "Shop", ((EVM, SHOP),), "https://shop.example"))


def options(url: str, token: str | None = None, finality: int = 1) -> Options:
    """A chain that is looked at often; `token` is a USDC, whose authorizations the relay carries out."""
    tokens = (
        () if token is None else (TokenOptions(address=token, symbol="USDC", decimals=6, name="USDC", version="2"),)
    )
    return Options(
        rpc=(url,),
        tokens=tokens,
        finality=finality,
        poll_seconds=0.02,
        call_seconds=60,  # a slow machine takes longer than a node is given
        sponsors=(SPONSOR,),
    )


class EvmSite:
    def __init__(
        self,
        database: str,
        told: Options,
        relay_clock: Callable[[], datetime] = clock,
        chain_clock: Callable[[], datetime] = clock,
    ) -> None:
        self.database, self.told, self.relay_clock, self.chain_clock = database, told, relay_clock, chain_clock

    async def __aenter__(self) -> EvmSite:
        self._stack = stack = AsyncExitStack()
        db = await stack.enter_async_context(open_database(self.database))
        opening = open_chain(
            EVM, self.told, clock=self.chain_clock, report=lambda chain, node: None, sends=SentByUs(db)
        )
        self.chain = await stack.enter_async_context(opening)
        self._tasks: set[asyncio.Task[None]] = set()
        self.journal, self.invoices, self.merchants, self.cursors = (
            Journal(db),
            Invoices(db),
            Merchants(db),
            Cursors(db),
        )
        self.checkout = Checkout(
            invoices=self.invoices,
            merchants=self.merchants,
            signer=Signer(b"\x11" * 32, "http://relay.test"),
            chains={EVM: self.chain},
            token_lifetime=timedelta(hours=1),
            clock=clock,
        )
        x402 = X402(db, self.journal, X402Options(), clock=clock)
        self.relay = Relay(
            chains={EVM: self.chain},
            journal=self.journal,
            checkout=self.checkout,
            announce=lambda event: None,
            spawn=self.spawn,
            clock=self.relay_clock,
            observe=x402.observe(lambda before, after: None),
        )
        self.facilitator = x402.facilitator(self.relay, self.checkout)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def work(self) -> None:
        """Run the background loops."""
        self.spawn(follow(self.relay, self.journal, self.relay_clock))
        self.spawn(watch(self.relay, self.chain, self.journal, self.cursors, self.merchants, clock, 0.05))

    async def invoice(self, amount: int, asset: str = "native") -> Invoice:
        shop = await self.merchants.get("shop")
        assert shop is not None
        wish = api.CreateInvoice(network=str(EVM), asset=asset, amount=str(amount), content_id="post-1")
        return await self.checkout.create(shop, wish)

    async def payments(self) -> Sequence[Payment]:
        return (await self.journal.payments("shop", limit=500)).items

    async def told_of(self, payment: str) -> list[str]:
        """The types of its events, in order."""
        return [event.type for event in await self.journal.events("shop", 0, 10_000, payment=payment)]

    async def until(self, payment: str, *statuses: str, seconds: float = 60) -> Payment:
        """Wait until the payment is on record as one of these."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.journal.payment(payment)
                assert found is not None
                if found.status in statuses:
                    return found
                await asyncio.sleep(0.01)
