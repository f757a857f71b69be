"""Prices in a currency, on both databases and by a clock of the test: quoted, outdated, quoted again, honoured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from relay.access import Signer
from relay.chain import SIGNED, Chain, SignedTransfer, Transfer
from relay.chains.hedera import AssetOptions, Options, open_chain
from relay.checkout import Checkout
from relay.devnet.network import DevNode
from relay.errors import InvalidRequest, RateUnavailable, TransferMismatch
from relay.invoice import HONOURED, Invoice, InvoiceStatus
from relay.money import ChainId
from relay.payees import Asked
from relay.rates.book import Rates
from relay.rates.options import RateOptions
from relay.store.database import open_database
from relay.store.invoices import Invoices
from relay.store.merchants import Merchants
from relay.wire import api
from tests.server.paying import signed
from tests.servers.receiver import Receiver, receiver
from tests.servers.relay_process import prepare

DEVNET = ChainId.parse("hedera:devnet")
DUSD = "0.0.5001"
QUOTE = timedelta(seconds=900)


@dataclass
class Shop:
    """A merchant's checkout, the exchange that prices HBAR, and the time."""

    checkout: Checkout
    merchants: Merchants
    invoices: Invoices
    chain: Chain
    exchange: Receiver
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def hbar(self, dollars: str) -> None:
        """What one HBAR is worth from now on."""
        self.exchange.status, self.exchange.body = 200, msgspec.json.encode({"last": dollars})

    def later(self, wait: timedelta) -> None:
        self.now += wait

    async def ask(self, cents: str = "4.50", **wish: Any) -> Invoice:
        merchant = await self.merchants.get("shop")
        assert merchant is not None
        asked = {"network": str(DEVNET), "price": {"amount": cents, "currency": "USD"}, "expiresIn": 12 * 3600, **wish}
        return await self.checkout.create(merchant, msgspec.convert(asked, api.CreateInvoice))

    async def stored(self, invoice: Invoice) -> Invoice:
        found = await self.invoices.get(invoice.id)
        assert found is not None
        return found

    def transfer(self, invoice: Invoice, *, asset: str = "0.0.0") -> Transfer:
        """What a wallet signs now, over what the invoice says."""
        pay_to = [(share.account, share.amount) for share in invoice.offers[0].pay_to]
        raw = signed(invoice.memo, pay_to=pay_to, asset=asset, now=self.now)
        return self.chain.decode(SignedTransfer(DEVNET, SIGNED, raw))

    async def presented(self, transfer: Transfer) -> Asked:
        return await self.checkout.asked(transfer, None, self.now)


@pytest_asyncio.fixture
async def shop(database_url: str, devnet: DevNode) -> AsyncIterator[Shop]:
    await prepare(database_url, {"shop": "0.0.2001"})
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(receiver())
        db = await stack.enter_async_context(open_database(database_url))
        options = Options(nodes=dict(devnet.network), assets=(AssetOptions(asset=DUSD, symbol="DUSD", decimals=6),))
        opening = open_chain(DEVNET, options, clock=lambda: here.now, report=lambda chain, node: None)
        chain = await stack.enter_async_context(opening)
        rates = Rates(
            msgspec.convert(
                {
                    "sources": [
                        {
                            "kind": "ticker",
                            "name": "exchange",
                            "url": web.url,
                            "symbols": {"HBAR/USD": "x"},
                            "price": ["last"],
                        }
                    ],
                    "assets": {f"{DEVNET}/{DUSD}": "DUSD"},
                    "parity": {"DUSD": "USD"},
                    "quote_seconds": int(QUOTE.total_seconds()),
                },
                RateOptions,
            ),
            lambda: here.now,
        )
        merchants, invoices = Merchants(db), Invoices(db, lambda: here.now)
        checkout = Checkout(
            invoices=invoices,
            merchants=merchants,
            signer=Signer(b"\x11" * 32, "http://relay.test"),
            chains={DEVNET: chain},
            token_lifetime=timedelta(hours=1),
            clock=lambda: here.now,
            rates=rates,
        )
        here = Shop(checkout, merchants, invoices, chain, web)
        here.hbar("0.07")
        yield here


async def test_a_price_becomes_units_rounded_up_and_the_invoice_keeps_the_evidence(shop: Shop) -> None:
    invoice = await shop.stored(await shop.ask())
    assert invoice.offers[0].amount == 6_428_571_429  # 4.50 / 0.07 = 64.285714285…

    shown = shop.checkout.describe(invoice, secret=False)
    assert shown["price"] == {"amount": "4.50", "currency": "USD"}
    at = shop.now.isoformat().replace("+00:00", ".000000Z")
    assert msgspec.json.decode(msgspec.json.encode(shown["quote"])) == [
        {
            "network": "hedera:devnet",
            "asset": "0.0.0",
            "pair": "HBAR/USD",
            "rate": "0.07",
            "time": at,
            "sources": [{"source": "exchange", "rate": "0.07", "time": at}],
        }
    ]
    assert shown["quoteExpiresAt"] == (shop.now + QUOTE).isoformat().replace("+00:00", ".000000Z")


async def test_without_a_rate_there_is_no_invoice(shop: Shop) -> None:
    shop.exchange.status = 500
    with pytest.raises(RateUnavailable):
        await shop.ask()


async def test_by_parity_the_quote_does_not_age(shop: Shop) -> None:
    shop.exchange.status = 500
    invoice = await shop.ask(asset=DUSD)
    assert (invoice.offers[0].amount, invoice.quoted_until) == (4_500_000, None)
    shop.later(timedelta(hours=11))
    assert (await shop.presented(shop.transfer(invoice, asset=DUSD))).invoice == invoice.id


async def test_a_payer_chooses_among_assets_each_at_its_own_rate(shop: Shop) -> None:
    ways = [{"network": str(DEVNET)}, {"network": str(DEVNET), "asset": DUSD}]
    invoice = await shop.ask(network=None, alternatives=ways)
    assert [offer.amount for offer in invoice.offers] == [6_428_571_429, 4_500_000]


async def test_shares_of_a_price_are_weights_and_add_up_again_after_a_new_quote(shop: Shop) -> None:
    payees = [{"account": f"0.0.200{at}", "weight": weight} for at, weight in ((1, 2), (2, 1))]
    invoice = await shop.ask(payTo=payees)
    assert [share.amount for share in invoice.offers[0].pay_to] == [4_285_714_286, 2_142_857_143]
    shop.hbar("0.05")
    shop.later(QUOTE + HONOURED)
    [one, two] = (await shop.checkout.shown(await shop.stored(invoice))).offers[0].pay_to
    assert (one.amount, two.amount) == (6_000_000_000, 3_000_000_000)


@pytest.mark.parametrize(
    "wish",
    [
        {"amount": "5"},
        {"payTo": [{"account": "0.0.2001", "amount": "5"}]},
        {"price": {"amount": "0.00", "currency": "USD"}},
        {"price": {"amount": "0.001", "currency": "USD"}},
        {"price": {"amount": "-1", "currency": "USD"}},
        {"price": {"amount": "1000000.01", "currency": "USD"}},
        {"price": {"amount": "1e3", "currency": "USD"}},
        {"price": {"amount": "4.50", "currency": "EUR"}},
        {"price": {"amount": "4.50", "currency": "usd"}},
        {"price": {"amount": "4.50", "currency": "USDX"}},
    ],
    ids=str,
)
async def test_a_price_that_cannot_be_meant_is_refused(shop: Shop, wish: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        await shop.ask(**wish)


async def test_a_quote_is_honoured_a_moment_longer_than_it_says_and_no_more(shop: Shop) -> None:
    invoice = await shop.ask()
    shop.later(QUOTE + HONOURED - timedelta(seconds=1))
    shop.hbar("0.05")
    assert (await shop.checkout.shown(invoice)).offers == invoice.offers
    assert (await shop.presented(shop.transfer(invoice))).invoice == invoice.id

    shop.later(timedelta(seconds=1))
    with pytest.raises(TransferMismatch) as refused:  # nobody waits for a better rate: the free option
        await shop.presented(shop.transfer(invoice))
    assert refused.value.code == "quote_expired"


async def test_whoever_reads_an_open_invoice_gets_a_fresh_quote_that_pays_and_the_old_one_does_not(shop: Shop) -> None:
    old = await shop.ask()
    shop.hbar("0.05")
    shop.later(QUOTE + HONOURED)
    new = await shop.checkout.shown(old)

    assert new == await shop.stored(old)
    assert (new.offers[0].amount, new.quoted_until) == (9_000_000_000, shop.now + QUOTE + HONOURED)
    assert (await shop.presented(shop.transfer(new))).invoice == old.id
    with pytest.raises(TransferMismatch) as refused:
        await shop.presented(shop.transfer(old))
    assert refused.value.code == "wrong_amount"


async def test_an_order_asked_for_again_comes_back_with_a_quote_that_holds(shop: Shop) -> None:
    old = await shop.ask(orderId="4711")
    shop.hbar("0.05")
    shop.later(QUOTE + HONOURED)
    new = await shop.ask(orderId="4711")
    assert (new.id, new.offers[0].amount) == (old.id, 9_000_000_000)


async def test_where_no_fresh_quote_can_be_had_reading_shows_the_old_one_and_asking_says_so(shop: Shop) -> None:
    invoice = await shop.ask()
    shop.exchange.status = 500
    shop.later(QUOTE + HONOURED)
    assert await shop.checkout.shown(invoice) == invoice
    with pytest.raises(RateUnavailable):
        await shop.checkout.fresh(invoice)


async def test_two_readers_at_once_make_one_quote(shop: Shop) -> None:
    old = await shop.ask()
    shop.later(QUOTE + HONOURED)
    shop.hbar("0.05")
    first = await shop.checkout.fresh(old)
    shop.later(timedelta(minutes=2))
    shop.hbar("0.06")
    assert await shop.checkout.fresh(old) == first  # it had read the invoice before the first wrote


@pytest.mark.parametrize("wait", [timedelta(hours=12), timedelta(hours=20)], ids=str)
async def test_an_expired_invoice_is_not_quoted_again_for_its_readers(shop: Shop, wait: timedelta) -> None:
    invoice = await shop.ask()
    shop.hbar("0.05")
    shop.later(wait)
    shown = await shop.checkout.shown(invoice)
    assert (shown.offers, shown.status_at(shop.now)) == (invoice.offers, InvoiceStatus.EXPIRED)


async def test_money_that_came_by_itself_counts_by_the_quote_it_was_sent_under(shop: Shop) -> None:
    invoice = await shop.ask()
    sent = shop.transfer(invoice)
    assert (asked := await shop.checkout.credited(sent, shop.now)) is not None
    assert (asked.invoice, asked.pay_to) == (invoice.id, invoice.offers[0].pay_to)
    assert (await shop.stored(invoice)).offers == invoice.offers


async def test_late_money_is_judged_by_a_fresh_quote_not_by_the_one_that_was_better(shop: Shop) -> None:
    invoice = await shop.ask()
    shop.hbar("0.035")
    shop.later(timedelta(hours=13))
    assert (asked := await shop.checkout.credited(shop.transfer(invoice), shop.now)) is not None
    assert asked.invoice == invoice.id
    assert (await shop.stored(invoice)).offers[0].amount == 12_857_142_858  # what was sent is half of it now


async def test_late_money_that_nobody_can_price_is_the_merchants_for_no_invoice(shop: Shop) -> None:
    invoice = await shop.ask()
    shop.exchange.status = 500
    shop.later(timedelta(hours=13))
    assert (asked := await shop.checkout.credited(shop.transfer(invoice), shop.now)) is not None
    assert (asked.merchant, asked.invoice) == ("shop", None)
