"""The wallet extension and everything that goes away in the middle: its worker, the relay, its lock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.extension import Wallet, and_closes, asked, invoice, outcome
from tests.browser.processes import Demo, demo_over_a_ledger

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def patient_shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """Its ledger can be told to wait while something is done to a payment."""
    async with demo_over_a_ledger(tmp_path_factory.mktemp("shop") / "demo") as running:
        yield running


async def test_a_worker_stopped_while_somebody_reads_forgets_nothing(
    wallet: Wallet, patient_shop: Demo, page: Page
) -> None:
    window = await wallet.window(page, "pay", asked(patient_shop, await invoice(patient_shop)))
    await expect(window.locator("#yes")).to_be_enabled()
    await wallet.stop_worker(page)
    await and_closes(window.click("#yes"))
    assert (await outcome(page))["event"]["status"] == "settled"


async def test_a_worker_stopped_in_the_middle_of_a_payment_signs_nothing_anew_and_hears_the_end(
    wallet: Wallet, patient_shop: Demo, page: Page
) -> None:
    patient_shop.hold()
    price = await invoice(patient_shop, contentId="stopped")
    window = await wallet.window(page, "pay", asked(patient_shop, price))
    await and_closes(window.click("#yes"))
    await page.wait_for_function("window.progress.includes('submitted')")
    [before] = await wallet.history(page)
    await wallet.stop_worker(page)
    patient_shop.agree()

    event = (await outcome(page))["event"]
    assert (event["status"], event["invoice"], bool(event["accessToken"])) == ("settled", price["id"], True)
    [after] = await wallet.history(page)
    assert (after["transactionId"], after["status"]) == (before["transactionId"], "settled")


async def test_a_relay_that_is_killed_in_the_middle_comes_back_to_the_same_payment(
    wallet: Wallet, patient_shop: Demo, page: Page
) -> None:
    patient_shop.hold()
    price = await invoice(patient_shop, contentId="killed")
    window = await wallet.window(page, "pay", asked(patient_shop, price))
    await and_closes(window.click("#yes"))
    await page.wait_for_function("window.progress.includes('submitted')")
    await patient_shop.relay.stop()
    await page.wait_for_function("window.progress.includes('waiting')")
    await patient_shop.relay.start()
    patient_shop.agree()

    assert (await outcome(page))["event"]["invoice"] == price["id"]
    assert len(await wallet.history(page)) == 1


async def test_without_a_relay_nothing_is_signed_and_the_page_may_try_again(
    wallet: Wallet, patient_shop: Demo, page: Page
) -> None:
    price = await invoice(patient_shop, contentId="away")
    await patient_shop.relay.stop()
    await page.evaluate("pay", asked(patient_shop, price))
    assert (await outcome(page))["code"] == "offline"
    assert await wallet.history(page) == []
    await patient_shop.relay.start()
    window = await wallet.window(page, "pay", asked(patient_shop, price))
    await and_closes(window.click("#yes"))
    assert (await outcome(page))["event"]["status"] == "settled"
