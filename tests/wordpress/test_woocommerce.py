"""Orders paid through the relay, against a stand-in for WooCommerce's API: the real one is in no package registry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.server.paying import get, post
from tests.wordpress.shop import Shop, pay, selling
from tests.wordpress.site import HERE, Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(sqlite_site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    add_woocommerce(sqlite_site)
    async with selling(sqlite_site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect()
        yield shop


def add_woocommerce(site: Site) -> None:
    for part in HERE.glob("woocommerce-stand-in*"):
        site.add_plugin(part)
    site.php("update_option( 'woocommerce_relay_payments_settings', array( 'enabled' => 'yes' ) );")


def order(shop: Shop, total: str = "10.00", method: str = "relay_payments") -> int:
    return int(shop.site.php("return stand_in_order( $total, $method );", total=total, method=method))


def check_out(shop: Shop, id: int) -> dict[str, Any]:
    """What WooCommerce does at *Place order*."""
    code = "return array( stand_in_pay( wc_get_order( $id ) ), wp_list_pluck( wc_get_notices( 'error' ), 'notice' ) );"
    answer, notices = shop.site.php(code, id=id)
    return {**answer, "notices": notices}


def seen(shop: Shop, id: int) -> dict[str, Any]:
    code = """$order = wc_get_order( $id ); return array(
        'status' => $order->get_status(), 'transaction' => $order->get_transaction_id(),
        'notes' => wp_list_pluck( wc_get_order_notes( array( 'order_id' => $id ) ), 'content' ),
        'invoice' => $order->get_meta( '_relay_payments_invoice' ),
        'received' => $order->get_checkout_order_received_url() );"""
    return dict(shop.site.php(code, id=id))


async def invoice_of(shop: Shop, id: int) -> dict[str, Any]:
    _, invoice = await get(shop.relay.url, f"/v1/invoices/{seen(shop, id)['invoice']}", shop.key)
    return dict(invoice)


async def until(shop: Shop, id: int, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(40):
        while not wanted(now := await asyncio.to_thread(seen, shop, id)):
            await asyncio.sleep(0.1)
    return now


def noted(text: str) -> Callable[[dict[str, Any]], bool]:
    """A note comes after the status it is about."""
    return lambda order: any(text in note for note in order["notes"])


async def test_an_order_is_paid_on_the_relays_page_and_is_then_complete(shop: Shop) -> None:
    id = order(shop)
    sent = check_out(shop, id)
    assert sent["result"] == "success"
    assert sent["redirect"].startswith(f"{shop.relay.url}/i/inv_")
    assert check_out(shop, id)["redirect"] == sent["redirect"]  # a second click asks for nothing more
    invoice = await invoice_of(shop, id)
    assert invoice["price"] == {"amount": "10.00", "currency": "USD"}
    assert invoice["redirectUrl"] == seen(shop, id)["received"]
    await pay(shop, invoice)
    now = await until(shop, id, lambda order: order["status"] != "pending")
    assert now["status"] == "processing"
    assert now["transaction"].startswith("0.0.1001@")
    assert any("Paid: 200 HBAR" in note for note in now["notes"])
    assert check_out(shop, id)["redirect"] == now["received"]


async def test_an_underpaid_order_waits_on_hold_and_says_what_is_missing(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    invoice = await invoice_of(shop, id)
    await pay(shop, invoice, pay_to=[("0.0.2001", 5_000_000_000)])
    now = await until(shop, id, noted("Underpaid: 50 HBAR arrived, 150 HBAR is missing"))
    assert now["status"] == "on-hold"
    await pay(shop, await invoice_of(shop, id), pay_to=[("0.0.2001", 2_500_000_000)])
    await until(shop, id, noted("Underpaid: 25 HBAR arrived, 125 HBAR is missing"))
    await pay(shop, await invoice_of(shop, id))
    assert (await until(shop, id, lambda order: order["status"] != "on-hold"))["status"] == "processing"


async def test_more_than_was_asked_completes_the_order_and_is_noted(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    await pay(shop, await invoice_of(shop, id), pay_to=[("0.0.2001", 25_000_000_000)])
    now = await until(shop, id, lambda order: order["status"] != "pending")
    assert now["status"] == "processing"
    assert any(note == "Paid: 250 HBAR on hedera:devnet. over" for note in now["notes"])


async def heard_of_the_end(shop: Shop, invoices: list[str]) -> None:
    """Once the site is through with the news that these were cancelled."""
    _, said = await get(shop.relay.url, "/v1/events?limit=500", shop.key)
    ended = {each["invoice"]: each["id"] for each in said["data"] if each["type"] == "invoice.cancelled"}
    code = "return array_filter( $events, array( RelayPayments\\Payments::class, 'has_seen' ) ) === $events;"
    async with asyncio.timeout(40):
        while not await asyncio.to_thread(shop.site.php, code, events=[ended[invoice] for invoice in invoices]):
            await asyncio.sleep(0.1)


async def test_an_invoice_that_ends_fails_its_pending_order_and_no_other(shop: Shop) -> None:
    ids = [order(shop) for _ in range(3)]
    for id in ids:
        check_out(shop, id)
    pending, otherwise, complete = ids
    shop.site.php("$order = wc_get_order( $id ); $order->set_payment_method( 'cheque' ); $order->save();", id=otherwise)
    shop.site.php("wc_get_order( $id )->payment_complete( 'by hand' );", id=complete)
    invoices = [seen(shop, id)["invoice"] for id in ids]
    for invoice in invoices:
        await post(shop.relay.url, f"/v1/invoices/{invoice}/cancel", shop.key)
    await heard_of_the_end(shop, invoices)
    now = seen(shop, pending)
    assert now["status"] == "failed"
    assert seen(shop, otherwise)["status"] == "pending"
    assert seen(shop, complete)["status"] == "processing"
    again = check_out(shop, pending)  # the customer tries again
    assert again["result"] == "success"
    assert seen(shop, pending)["invoice"] != now["invoice"]


async def test_an_invoice_whose_time_is_over_fails_its_order_too(shop: Shop) -> None:
    id = order(shop)
    wish = {"network": "hedera:devnet", "amount": "1", "expiresIn": 2, "metadata": {"wordpressOrder": str(id)}}
    code = """$short = RelayPayments\\Relay::post( '/v1/invoices', $wish );
        $o = wc_get_order( $id ); $o->update_meta_data( '_relay_payments_invoice', $short['id'] ); $o->save();"""
    shop.site.php(code, id=id, wish=wish)
    assert (await until(shop, id, lambda order: order["status"] != "pending"))["status"] == "failed"


async def test_money_for_an_invoice_the_order_left_behind_moves_nothing_but_is_noted(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    before = await invoice_of(shop, id)
    shop.site.php(
        "$o = wc_get_order( $id ); $o->update_meta_data( '_relay_payments_invoice', 'inv_newer' ); $o->save();", id=id
    )
    await pay(shop, before)
    now = await until(shop, id, lambda order: bool(order["notes"]))
    assert now["status"] == "pending"
    assert f"for invoice {before['id']}, which this order does not use any more" in now["notes"][-1]


async def test_of_an_order_that_ran_out_and_was_invoiced_anew_only_the_second_invoice_counts(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    first = await invoice_of(shop, id)
    await post(shop.relay.url, f"/v1/invoices/{first['id']}/cancel", shop.key)
    await until(shop, id, lambda order: order["status"] == "failed")
    check_out(shop, id)
    await pay(shop, first)  # refused, or noted: it moves nothing
    assert seen(shop, id)["status"] == "failed"
    await pay(shop, await invoice_of(shop, id))
    assert (await until(shop, id, lambda order: order["status"] != "failed"))["status"] == "processing"


async def test_an_order_that_is_cancelled_or_paid_another_way_cannot_be_paid_through_the_relay(shop: Shop) -> None:
    cancelled, otherwise = order(shop), order(shop)
    for id in (cancelled, otherwise):
        check_out(shop, id)
    shop.site.php("wc_get_order( $id )->update_status( 'cancelled' );", id=cancelled)
    code = "$o = wc_get_order( $id ); $o->set_payment_method( 'bacs' ); $o->payment_complete( 'by bank' );"
    shop.site.php(code, id=otherwise)
    for id, stays in ((cancelled, "cancelled"), (otherwise, "processing")):
        invoice = await invoice_of(shop, id)
        assert invoice["status"] == "cancelled"
        assert (await pay(shop, invoice))[1]["reason"] == "invoice_expired"
        assert seen(shop, id)["status"] == stays


async def test_another_total_is_another_invoice_and_the_old_one_ends(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    before = await invoice_of(shop, id)
    shop.site.php("$order = wc_get_order( $id ); $order->set_total( '12.00' ); $order->save();", id=id)
    check_out(shop, id)
    after = await invoice_of(shop, id)
    assert after["price"]["amount"] == "12.00"
    assert (await get(shop.relay.url, f"/v1/invoices/{before['id']}"))[1]["status"] == "cancelled"
    assert seen(shop, id)["status"] == "pending"


async def test_a_checkout_while_the_relay_is_away_says_so_and_asks_nothing_twice(shop: Shop) -> None:
    id = order(shop)
    check_out(shop, id)
    before = seen(shop, id)["invoice"]
    await shop.relay.kill()
    answer = check_out(shop, id)
    assert answer["result"] == "failure"
    assert "not possible right now" in answer["notices"][0]
    await shop.relay.start()
    shop.site.php("delete_transient( 'relay_payments_away' );")
    assert check_out(shop, id)["result"] == "success"
    assert seen(shop, id)["invoice"] == before
