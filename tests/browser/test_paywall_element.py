"""<relay-paywall> on a site of its own: one script, one tag, and what a reader sees of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, SCREENSHOTS
from tests.browser.paper import PAID, Paper, printed
from tests.browser.processes import ROOT, Demo

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
AXE = ROOT / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def paper(shop: Demo) -> AsyncIterator[Paper]:
    async with printed(shop) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def reader(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 900, "height": 720}, locale="en-GB")
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    await context.close()


async def sees(page: Page, state: str, *, within: float = 15_000) -> None:
    await expect(page.locator("relay-paywall")).to_have_attribute("state", state, timeout=within)


async def keep(page: Page, name: str) -> None:
    await page.wait_for_timeout(250)
    await page.screenshot(path=SCREENSHOTS / f"paywall-{name}.png")


async def is_accessible(page: Page) -> None:
    """axe-core finds nothing to complain of, shadow DOM included."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


async def test_what_is_sold_is_on_the_page_once_it_is_paid_and_not_before(reader: Page, paper: Paper) -> None:
    await reader.goto(paper.url)
    await sees(reader, "locked")
    assert PAID not in await reader.content()
    await expect(reader.get_by_role("button", name="Unlock for 0.7 ℏ")).to_be_visible()
    await is_accessible(reader)
    await keep(reader, "locked")
    await reader.get_by_role("button", name="Unlock").click()
    await sees(reader, "open")
    await expect(reader.get_by_role("heading", name=PAID)).to_be_visible()
    await is_accessible(reader)
    await keep(reader, "open")

    asked = len(paper.asked)
    await reader.reload()
    await sees(reader, "open")
    assert paper.asked[asked:] == ["content"], "the token is kept: nothing is bought twice"
