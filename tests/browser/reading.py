"""What a reader's browser shows of an element, and whether everybody can use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, PATIENCE, SCREENSHOTS, patient
from tests.browser.processes import ROOT

AXE = ROOT / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
ELEMENT = "relay-paywall, hedera-micropayment"


@asynccontextmanager
async def one_browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE)
        yield opened
        await opened.close()


@asynccontextmanager
async def one_reader(browser: Browser, **settings: object) -> AsyncIterator[Page]:
    """With an empty browser; an error in a script fails the test."""
    chosen = {"viewport": {"width": 900, "height": 640}, "locale": "en-GB", **settings}
    context = patient(await browser.new_context(**chosen))  # type: ignore[arg-type]
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert errors == []


async def sees(page: Page, state: str) -> None:
    await expect(page.locator(ELEMENT)).to_have_attribute("state", state)


async def keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(250)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


async def is_accessible(page: Page, within: str = "html") -> None:
    """axe-core finds nothing to complain of, shadow DOM included; in a part of a page that is not all ours."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "([within, rules]) => axe.run(within, {runOnly: rules, rules: {'target-size': {enabled: true}}})",
        [within, RULES],
    )
    broken = "\n".join(f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"])
    assert not broken, broken
