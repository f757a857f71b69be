"""The wallet extension's own pages: first steps, the popup and its lock, history and limits; for everyone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import CHROMIUM
from tests.browser.extension import PASSPHRASE, Wallet, and_closes, asked, invoice, origin, outcome, wallet_in_chromium
from tests.browser.processes import ROOT, Demo

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MOVING = 200  # milliseconds that colours take to change
AXE = ROOT / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"


async def is_accessible(page: Page) -> None:
    """No violation axe-core can find; it runs by the debugger, since the pages' CSP lets no other script in."""
    await expect(page.get_by_role("heading", level=1).first).to_be_visible()  # it knows what it asks
    await page.wait_for_timeout(MOVING)
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run()")
    told = [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found["violations"]]
    assert told == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_first_steps_make_a_wallet_that_opens_with_its_passphrase_only(tmp_path: Path, scheme: str) -> None:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with wallet_in_chromium(tmp_path, color_scheme=scheme) as wallet:
        page = await wallet.opens("ui/welcome.html")
        await is_accessible(page)
        await wallet.keep(page, f"welcome-{scheme}")
        await page.fill("#passphrase", PASSPHRASE)
        await page.fill("#repeat", "something else")
        await page.click("#create-go")
        await expect(page.locator("#create-error")).to_have_text("The two are not the same.")
        await page.fill("#repeat", PASSPHRASE)
        await page.keyboard.press("Enter")
        await expect(page.locator("#add")).to_be_visible()
        await is_accessible(page)
        await wallet.keep(page, f"add-{scheme}")
        await page.check("input[value=import]")
        await page.fill("#key", "12")
        await page.fill("#number", "0.0.4711")
        await page.click("#account-go")
        await expect(page.locator("#account-error")).to_contain_text("not a private key")
        await page.fill("#key", "11" * 32)
        await page.click("#account-go")
        await expect(page.locator("#added")).to_contain_text("0.0.4711")
        await wallet.keep(page, f"done-{scheme}")

        popup = await wallet.opens("ui/popup.html")
        await expect(popup.locator(".account")).to_contain_text("0.0.4711")
        await popup.click("#lock")
        await expect(popup.locator("#main")).to_contain_text("Locked")
        await is_accessible(popup)
        await wallet.keep(popup, f"locked-{scheme}")
        await popup.fill("#passphrase", PASSPHRASE)
        await popup.keyboard.press("Enter")
        await expect(popup.locator(".account")).to_be_visible()
        assert "11" * 32 not in json.dumps(await popup.evaluate("chrome.storage.local.get(null)"))
        assert wallet.complaints == []


async def test_the_popup_shows_balances_receipts_and_limits(wallet: Wallet, shop: Demo, page: Page) -> None:
    window = await wallet.window(page, "pay", asked(shop, await invoice(shop)))
    await is_accessible(window)
    await window.focus("input[value=once]")
    await window.keyboard.press("ArrowDown")
    await expect(window.locator("#limit")).to_have_value("0.5")
    await is_accessible(window)
    await wallet.keep(window, "approve-limit-field")
    await expect(window.locator("#yes")).to_be_enabled()
    await window.focus("#yes")
    await and_closes(window.keyboard.press("Enter"))
    event = (await outcome(page))["event"]

    popup = await wallet.opens("ui/popup.html")
    await expect(popup.locator("[data-account='0.0.1001'] .balance")).to_contain_text("ℏ")
    await is_accessible(popup)
    await wallet.keep(popup, "popup")
    await popup.get_by_role("button", name="History").press("Enter")
    receipt = popup.locator("[data-status=settled]").first
    await receipt.locator("summary").click()
    await expect(receipt).to_contain_text(event["transactionId"])
    await is_accessible(popup)
    await wallet.keep(popup, "history")
    await popup.get_by_role("button", name="Sites").press("Enter")
    ours = popup.locator(f"[data-origin='{origin(page)}']")
    await expect(ours).to_contain_text("0.05\u00a0ℏ of 0.5\u00a0ℏ in the last 24 hours")
    await is_accessible(popup)
    await wallet.keep(popup, "sites")
    await popup.get_by_role("button", name="Settings").press("Enter")
    await is_accessible(popup)
    await wallet.keep(popup, "settings")
    await popup.close()


async def test_a_key_is_shown_and_removed_by_its_passphrase_only(wallet: Wallet) -> None:
    popup = await wallet.opens("ui/popup.html")
    await popup.click("[data-view=settings]")
    await popup.locator("section", has_text="Private keys").locator("input").fill("wrong wrong")
    await popup.get_by_role("button", name="Show the key").click()
    await expect(popup.locator("section", has_text="Private keys").locator(".error")).to_contain_text(
        "not the passphrase"
    )
    await popup.close()


async def test_escape_is_a_no_and_every_kind_of_question_is_accessible(wallet: Wallet, page: Page) -> None:
    said = "void ask('eth_requestAccounts').then((one) => window.said = one)"
    window = await wallet.window(page, said)
    await is_accessible(window)
    await and_closes(window.keyboard.press("Escape"))
    await page.wait_for_function("window.said")
    assert (await page.evaluate("window.said"))["code"] == 4001
    window = await wallet.window(page, said)
    await and_closes(window.click("#yes"))
    await page.wait_for_function("window.said.result")
    script = "account => void ask('personal_sign', ['I agree.', account]).then((one) => window.said = one)"
    window = await wallet.window(page, script, (await page.evaluate("window.said.result"))[0])
    await is_accessible(window)
    await window.close()
    await page.wait_for_function("window.said.code === 4001")
