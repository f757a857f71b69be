"""WooCommerce's checkout of blocks in a real browser, over the stand-in: chosen, paid at the relay, received."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.chromium import SCREENSHOTS
from tests.browser.reading import is_accessible, one_browser, one_reader
from tests.wordpress.shop import Shop, pay, selling
from tests.wordpress.site import Site
from tests.wordpress.test_woocommerce import add_woocommerce, invoice_of, order, seen, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
PLUGIN = "relay-payments/relay-payments.php"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(sqlite_site: Site, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    add_woocommerce(sqlite_site)
    async with selling(sqlite_site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect()
        yield shop


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def customer() -> AsyncIterator[Page]:
    async with one_browser() as browser, one_reader(browser) as page:
        yield page


async def test_the_method_registers_is_chosen_paid_and_the_customer_returns_to_his_order(
    shop: Shop, customer: Page
) -> None:
    id = order(shop)
    await customer.goto(f"{shop.site.url}/checkout/?order={id}")
    await expect(customer.get_by_role("radio", name="Coins from your wallet")).to_be_checked()
    await expect(customer.locator("#content")).to_contain_text("You see the exact amount in your coin")
    await customer.screenshot(path=SCREENSHOTS / "woo-checkout.png")
    await customer.get_by_role("button", name="Continue to payment").click()
    await customer.wait_for_url(f"{shop.relay.url}/i/inv_*")
    invoice = await invoice_of(shop, id)
    await pay(shop, invoice, pay_to=[("0.0.2001", 5_000_000_000)])
    await until(shop, id, lambda order: order["status"] == "on-hold")
    await customer.goto(seen(shop, id)["received"])
    await expect(customer.get_by_role("status")).to_have_text("A part of your payment has arrived. Pay the rest")
    await is_accessible(customer)
    await customer.get_by_role("link", name="Pay the rest").click()
    await pay(shop, await invoice_of(shop, id))
    await expect(customer.locator("#end-title")).to_have_text("Paid")
    await until(shop, id, lambda order: order["status"] == "processing")  # the shop hears of it by webhook
    await customer.goto(seen(shop, id)["received"])
    await expect(customer.locator("#status")).to_have_text("processing")


async def test_where_it_would_not_work_it_is_not_offered_and_a_relay_that_is_away_is_said(
    shop: Shop, customer: Page
) -> None:
    id = order(shop)
    await customer.goto(f"{shop.site.url}/checkout/?order={id}")
    await shop.relay.kill()
    try:
        await customer.get_by_role("button", name="Continue to payment").click()
        await expect(customer.get_by_role("alert")).to_contain_text("not possible right now")
    finally:
        await shop.relay.start()
        shop.site.php("delete_transient( 'relay_payments_away' );")
    shop.connect()
    code = "update_option( 'woocommerce_relay_payments_settings', array( 'enabled' => $enabled ) );"
    shop.site.php(code, enabled="no")
    try:
        await customer.reload()
        await expect(customer.get_by_role("alert")).to_have_text("There are no payment methods available.")
    finally:
        shop.site.php(code, enabled="yes")


async def test_orders_in_tables_of_their_own_and_the_checkout_of_blocks_are_declared(shop: Shop) -> None:
    declared = shop.site.php("return Automattic\\WooCommerce\\Utilities\\FeaturesUtil::$declared;")
    assert declared == {name: {PLUGIN: True} for name in ("custom_order_tables", "cart_checkout_blocks")}


async def test_switched_on_before_it_has_a_key_it_leads_to_its_settings(shop: Shop) -> None:
    code = """$keep = RelayPayments\\Settings::get( 'api_key' );
        $needs = static fn() => ( new RelayPayments\\Woo_Gateway() )->needs_setup();
        $with = $needs(); RelayPayments\\Settings::change( array( 'api_key' => '' ) ); $without = $needs();
        RelayPayments\\Settings::change( array( 'api_key' => $keep ) ); return array( $with, $without );"""
    assert shop.site.php(code) == [False, True]
