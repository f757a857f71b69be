"""<relay-paywall> on a site of its own: one script, one tag, and what a reader sees of it."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from tests.browser.paper import PAID, Paper, printed
from tests.browser.processes import Demo
from tests.browser.reading import is_accessible, keep, one_reader, sees

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
BOTH = "?wallets=First Wallet=0.0.1001,Second Wallet=0.0.1003"


async def unlocks(page: Page) -> None:
    await sees(page, "locked")
    await page.get_by_role("button", name="Unlock").click()


async def finds_it_open(page: Page) -> None:
    await sees(page, "open")
    await expect(page.get_by_role("heading", name=PAID)).to_be_visible()


async def test_what_is_sold_is_on_the_page_once_it_is_paid_and_not_before(reader: Page, paper: Paper) -> None:
    await reader.goto(paper.url)
    await sees(reader, "locked")
    assert PAID not in await reader.content()
    await is_accessible(reader)
    await keep(reader, "element-locked")
    await unlocks(reader)
    await finds_it_open(reader)
    await is_accessible(reader)
    await keep(reader, "element-open")

    asked = len(paper.asked)
    await reader.reload()
    await finds_it_open(reader)
    assert paper.asked[asked:] == ["content"], "the token is kept: nothing is bought twice"


async def test_with_the_keyboard_alone(reader: Page, paper: Paper) -> None:
    await reader.goto(f"{paper.url}/{BOTH}")
    await sees(reader, "locked")
    await reader.keyboard.press("Tab")
    await reader.keyboard.press("Enter")
    await sees(reader, "choosing")
    await expect(reader.get_by_role("button", name="First Wallet")).to_be_focused()
    await reader.keyboard.press("Tab")
    await expect(reader.get_by_role("button", name="Pay 0.7 ℏ with Second Wallet")).to_be_focused()
    await reader.keyboard.press("Enter")
    await finds_it_open(reader)
    await expect(reader.locator(".relay-content")).to_be_focused()


async def test_dark_small_and_in_german(browser: Browser, paper: Paper) -> None:
    async with one_reader(browser, color_scheme="dark", viewport={"width": 360, "height": 760}) as reader:
        await reader.goto(f"{paper.url}/{BOTH}&lang=de")
        await sees(reader, "locked")
        await reader.get_by_role("button", name="Für 0.7 ℏ freischalten").click()
        await sees(reader, "choosing")
        await expect(reader.get_by_role("button", name="0,7\u00a0ℏ mit First Wallet bezahlen")).to_be_visible()
        assert await reader.evaluate("document.documentElement.scrollWidth") == 360
        await is_accessible(reader)
        await keep(reader, "element-choosing-dark")


async def test_without_a_wallet_it_is_paid_elsewhere_and_opens_by_itself(reader: Page, paper: Paper) -> None:
    await reader.goto(f"{paper.url}/?wallets=")
    await unlocks(reader)
    await sees(reader, "choosing")
    await expect(reader.get_by_role("status")).to_have_text("No wallet was found in this browser.")
    link = reader.get_by_role("link", name="Another wallet, or a phone")
    await is_accessible(reader)
    await keep(reader, "element-no-wallet")
    url = await link.get_attribute("href")
    assert url is not None and url.startswith(f"{paper.demo.url}/i/")
    paid = """async ([server, id]) => {
        const signer = await RelayClient.developmentSigner("0.0.1005");
        return RelayClient.connect(server).pay({ network: "hedera:devnet", invoice: { id }, signer }).catch(() => {});
    }"""
    async with one_reader(reader.context.browser or pytest.fail()) as phone:
        await phone.goto(f"{paper.url}/?wallets=")
        await phone.evaluate(f"void ({paid})({[paper.demo.url, url.rpartition('/')[2]]})")
        await finds_it_open(reader)


async def test_declined_is_said_and_costs_nothing(reader: Page, paper: Paper) -> None:
    await reader.goto(paper.url)
    await reader.evaluate("window.deny = true")
    await unlocks(reader)
    await expect(reader.get_by_role("status")).to_have_text("Declined. Nothing was paid.")
    await is_accessible(reader)
    await keep(reader, "element-declined")
    await reader.evaluate("window.deny = false")
    await reader.get_by_role("button", name="Pay 0.7 ℏ").click()
    await finds_it_open(reader)


async def test_an_end_that_nobody_heard_is_looked_for_and_one_that_ran_out_is_tried_again(
    reader: Page, paper: Paper
) -> None:
    await reader.goto(paper.url)
    await reader.evaluate("[window.deny, window.ends] = [true, 'outcome_unknown']")
    await unlocks(reader)
    await expect(reader.get_by_role("status")).to_contain_text("Please do not pay again yet")
    await expect(reader.get_by_role("button")).to_have_text(["Look again"])
    await is_accessible(reader)
    await keep(reader, "element-unknown")
    await reader.get_by_role("button", name="Look again").click()
    await sees(reader, "locked")  # the relay knows of no payment: it may be bought
    await reader.evaluate("window.ends = 'transaction_expired'")
    await unlocks(reader)
    await expect(reader.get_by_role("status")).to_contain_text("It took too long")
    await keep(reader, "element-ran-out")
    await reader.evaluate("window.deny = false")
    await reader.get_by_role("button", name="Pay 0.7 ℏ").click()
    await finds_it_open(reader)


async def test_a_payment_the_network_refuses_is_not_called_paid(reader: Page, paper: Paper) -> None:
    paper.price = {"network": "hedera:devnet", "amount": str(50_000 * 10**8)}
    paper.label = "50000 ℏ"
    await reader.goto(paper.url)
    await unlocks(reader)
    await sees(reader, "choosing")
    await expect(reader.get_by_role("status")).to_contain_text("No money moved")
    await keep(reader, "element-refused")
    assert PAID not in await reader.content()


async def test_a_price_the_page_made_up_is_not_what_is_asked(reader: Page, paper: Paper) -> None:
    paper.label = "0.01 ℏ"
    await reader.goto(paper.url)
    await unlocks(reader)
    await sees(reader, "choosing")
    await expect(reader.get_by_role("button", name="Pay 0.7 ℏ with Test Wallet")).to_be_visible()


async def test_a_page_without_a_desk_sells_by_a_listing(reader: Page, paper: Paper) -> None:
    terms = {"network": "hedera:devnet", "amount": "70000000", "contentId": "post-1"}
    key = {"Authorization": f"Bearer {paper.secret['apiKey']}"}
    wish = {"publishable": True, "scopes": ["invoices:write"], "origins": [paper.url]}
    async with ClientSession(f"{paper.demo.url}/", headers=key) as http:
        listed = await (await http.post("v1/invoices/listing", json={"invoice": terms})).json()
        made = await (await http.post("v1/keys", json=wish)).json()
    paper.tag = f"""<relay-paywall relay="{paper.demo.url}" content-id="post-1" content-url="/content" price="0.7 ℏ"
        listing="{listed["listing"]}" key="{made["key"]}"></relay-paywall>"""
    await reader.goto(paper.url)
    await unlocks(reader)
    await finds_it_open(reader)
    assert "invoice" not in paper.asked


async def test_an_ended_access_comes_back_by_a_signature(reader: Page, paper: Paper) -> None:
    await reader.goto(f"{paper.url}/?merchant")
    await unlocks(reader)
    await finds_it_open(reader)
    paper.now = datetime.now().astimezone() + timedelta(days=4000)
    await reader.reload()
    await sees(reader, "locked")
    await expect(reader.get_by_text("Your access has ended")).to_be_visible()
    await is_accessible(reader)
    await keep(reader, "element-expired")
    paper.now, paper.asked = None, []
    await reader.get_by_role("button", name="I have paid already").click()
    await finds_it_open(reader)
    assert "invoice" not in paper.asked, "nothing is bought twice"


async def test_offline_is_said_and_tried_again(reader: Page, paper: Paper) -> None:
    await reader.goto(paper.url)
    await sees(reader, "locked")
    await reader.context.set_offline(True)
    await unlocks(reader)
    await expect(reader.get_by_role("status")).to_contain_text("cannot be reached")
    await keep(reader, "element-offline")
    await reader.context.set_offline(False)
    await reader.get_by_role("button", name="Try again").click()
    await sees(reader, "locked")
    await unlocks(reader)
    await finds_it_open(reader)


async def test_a_site_that_fails_after_the_payment_is_asked_again_and_nothing_is_paid_twice(
    reader: Page, paper: Paper
) -> None:
    await reader.goto(paper.url)
    await sees(reader, "locked")
    paper.down = True
    await unlocks(reader)
    await expect(reader.get_by_role("status")).to_contain_text("Your payment is safe")
    paper.down, paper.asked = False, []
    await reader.get_by_role("button", name="Try again").click()
    await finds_it_open(reader)
    assert "invoice" not in paper.asked


async def test_a_free_article_is_offered_and_read(reader: Page, paper: Paper) -> None:
    paper.free = 2
    await reader.goto(paper.url)
    await sees(reader, "locked")
    await keep(reader, "element-free")
    await reader.get_by_role("button", name="Read it free").click()
    await finds_it_open(reader)


async def test_the_relay_killed_and_a_reload_in_the_middle_still_end_in_the_rest(
    reader: Page, patient_demo: Demo
) -> None:
    async with printed(patient_demo) as paper:
        await reader.goto(paper.url)
        await unlocks(reader)
        await expect(reader.get_by_role("status")).to_have_text("Sent. Waiting until it is final…")
        await keep(reader, "element-submitted")
        await patient_demo.relay.stop(signal.SIGKILL)
        await expect(reader.get_by_role("status")).to_contain_text("No connection")
        await keep(reader, "element-relay-gone")
        await reader.reload()
        await sees(reader, "paying")
        await patient_demo.relay.start()
        patient_demo.agree()
        await finds_it_open(reader)
        assert paper.asked.count("invoice") == 1
