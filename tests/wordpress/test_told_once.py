"""What an order hears of its payments: all of it though PHP dies on the way, and once however often it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.wordpress.shop import Shop, pay, selling
from tests.wordpress.site import HERE, Site
from tests.wordpress.test_webhooks import SECRET, Message, settled
from tests.wordpress.test_woocommerce import add_woocommerce, check_out, invoice_of, order, seen

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
ALL, PART = 20_000_000_000, 5_000_000_000
PAID, UNDERPAID = "Paid: 200 HBAR", "Underpaid: 50 HBAR"
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "mariadb"])
async def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    site: Site = request.getfixturevalue(f"{request.param}_site")
    add_woocommerce(site)
    site.add_plugin(HERE / "dies-or-dawdles.php")
    async with selling(site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect(webhook_secret=SECRET)  # the relay has no webhook: the order hears what we tell, when we do
        yield shop


async def paid(shop: Shop, id: int, units: int) -> str:
    """A payment for the order that has settled, of which the shop does not know."""
    _, sent = await pay(shop, await invoice_of(shop, id), pay_to=[("0.0.2001", units)])
    await settled(shop, sent["payment"])
    return str(sent["payment"])


def news(shop: Shop, payment: str) -> Message:
    id = f"evt_N{shop.site.port}N{next(_numbers)}"
    return Message({"id": id, "type": "payment.settled", "payment": payment})


async def tell(shop: Shop, *messages: Message) -> list[int]:
    """The statuses, of all at once."""
    async with ClientSession() as http:
        return [status for status, _ in await asyncio.gather(*(each.post(http, shop) for each in messages))]


def notes(shop: Shop, id: int) -> list[str]:
    """Those that are about money."""
    return [note for note in seen(shop, id)["notes"] if "HBAR" in note]


def checked_out(shop: Shop) -> int:
    id = order(shop)
    check_out(shop, id)
    return id


@pytest.mark.parametrize(
    ("units", "moment", "status", "note"),
    [
        (ALL, "woocommerce_pre_payment_complete", "processing", PAID),
        (ALL, "woocommerce_order_status_changed", "processing", PAID),
        (PART, "woocommerce_order_status_on-hold", "on-hold", UNDERPAID),
        (PART, "wp_insert_comment", "on-hold", UNDERPAID),
    ],
    ids=["before-it-is-complete", "while-it-moves", "before-the-note", "after-the-note"],
)
async def test_an_order_hears_of_its_payment_though_php_dies_on_the_way(
    shop: Shop, units: int, moment: str, status: str, note: str
) -> None:
    id = checked_out(shop)
    payment = await paid(shop, id, units)
    message = news(shop, payment)
    shop.site.php("update_option( 'tests_dies_at', $moment );", moment=moment)
    assert await tell(shop, message) == [500]
    assert await tell(shop, message) == [200]
    assert seen(shop, id)["status"] == status
    assert await tell(shop, message, news(shop, payment)) == [200, 200]
    [said] = notes(shop, id)
    assert note in said
    assert seen(shop, id)["status"] == status


async def test_what_several_requests_tell_at_once_is_acted_on_once_and_not_again_after_its_owner(shop: Shop) -> None:
    id = checked_out(shop)
    payment = await paid(shop, id, PART)
    shop.site.php("update_option( 'tests_slow_at', 'woocommerce_new_order_note_data' );")
    try:
        assert await tell(shop, *(news(shop, payment) for _ in range(3))) == [200] * 3
    finally:
        shop.site.php("delete_option( 'tests_slow_at' );")
    assert len(notes(shop, id)) == 1
    shop.site.php("wc_get_order( $id )->update_status( 'completed' );", id=id)
    await tell(shop, news(shop, payment))
    assert seen(shop, id)["status"] == "completed"
    assert len(notes(shop, id)) == 1


async def test_parts_of_the_price_are_never_called_more_than_was_due(shop: Shop) -> None:
    id = checked_out(shop)
    first = await paid(shop, id, PART)
    await tell(shop, news(shop, first))
    second = await paid(shop, id, PART)
    await tell(shop, news(shop, second))
    shop.site.php("RelayPayments\\Ledger::look_at_invoice( $invoice );", invoice=seen(shop, id)["invoice"])
    assert ["missing" in note for note in notes(shop, id)] == [True, True]
    last = await paid(shop, id, ALL - 2 * PART)
    for each in (second, last, first):  # the first to be told of the whole price is a part that was there before
        await tell(shop, news(shop, each))
    assert seen(shop, id)["status"] == "processing"
    assert ["missing" in note or "Paid" in note for note in notes(shop, id)] == [True, True, True]


async def test_money_for_an_order_that_was_paid_already_is_noted_once(shop: Shop) -> None:
    id = checked_out(shop)
    shop.site.php("wc_get_order( $id )->payment_complete( 'by hand' );", id=id)
    payment = await paid(shop, id, ALL)
    for _ in range(2):
        await tell(shop, news(shop, payment))
    [said] = notes(shop, id)
    assert "Another 200 HBAR arrived for this order, which needs no more" in said
