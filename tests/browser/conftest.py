"""Chromium, a fresh visitor per test, and screenshots in build/screenshots/."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, SCREENSHOTS, patient
from tests.browser.extension import Wallet, set_up, site, wallet_in_chromium
from tests.browser.paper import Paper, printed
from tests.browser.processes import Demo, demo_over_a_ledger, running_demo
from tests.browser.reading import one_browser, one_reader

__all__ = ["ARGUMENTS", "CHROMIUM", "SCREENSHOTS"]

REST = "What rounding up did"  # a heading in the part that is withheld
MOVING = 400  # milliseconds until nothing on the page moves any more


@dataclass
class Visitor:
    """A person at the page, with an empty browser."""

    url: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    """Errors in the console, a violated Content-Security-Policy among them."""

    async def visit(self) -> None:
        await self.page.goto(f"{self.url}/demo/")

    async def sees(self, state: str) -> None:
        """Wait until the gate shows this face."""
        await expect(self.page.locator("#gate")).to_have_attribute("data-state", state)

    async def opens_the_sheet(self) -> None:
        await self.visit()
        await self.sees("locked")
        await self.page.click("#pay")
        await expect(self.page.locator("#sheet")).to_be_visible()

    async def approves(self) -> None:
        await self.page.click("#approve")

    async def denies(self) -> None:
        """And is back where he can pay: the button takes no second press until the first is over."""
        await self.page.click("#deny")
        await expect(self.page.locator("#status")).to_contain_text("Nothing was signed")
        await expect(self.page.locator("#pay")).to_have_attribute("aria-busy", "false")

    async def finds_it_open(self) -> None:
        await self.sees("open")
        await expect(self.page.locator("#rest")).to_contain_text(REST)

    async def finds_it_closed(self) -> None:
        assert REST not in await self.page.content()
        await expect(self.page.locator("#rest")).to_be_hidden()

    async def desk(self) -> list[str]:
        """The types of events the publisher's desk shows, newest first."""
        return [await row.get_attribute("data-type") or "" for row in await self.page.locator("#events > li").all()]

    async def keep(self, name: str, *, whole: bool = False) -> None:
        """A screenshot, once everything stands still."""
        await self.page.wait_for_timeout(MOVING)
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


@pytest_asyncio.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with one_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a file."""
    async with one_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def lobby(browser: Browser) -> AsyncIterator[Browser]:
    """The file's browser; who comes in with a test goes with it."""
    yield browser
    for context in browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def paper(shop: Demo) -> AsyncIterator[Paper]:
    """A site that sells by the elements."""
    async with printed(shop) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module")
async def reader(browser: Browser) -> AsyncIterator[Page]:
    """A page of somebody new."""
    async with one_reader(browser) as page:
        yield page


@pytest_asyncio.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path / "demo") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def patient_demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Its ledger agrees on nothing until the test lets it."""
    async with demo_over_a_ledger(tmp_path / "demo") as running:
        running.hold()
        yield running


async def a_visitor(browser: Browser, demo: Demo, **context: object) -> Visitor:
    settings = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **context}
    opened = patient(await browser.new_context(**settings))  # type: ignore[arg-type]
    visitor = Visitor(demo.url, opened, await opened.new_page())
    visitor.page.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    return visitor


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(lobby: Browser, demo: Demo) -> Visitor:
    return await a_visitor(lobby, demo)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """A relay with its demo shop, for all tests of the extension in this process."""
    async with running_demo(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def wallet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wallet]:
    """Chromium with the wallet extension, set up with development accounts; sites are new in each test."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed; `make test` as root installs it")
    async with wallet_in_chromium(tmp_path_factory.mktemp("wallet")) as opened:
        await set_up(opened)
        yield opened
        assert opened.complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def page(wallet: Wallet) -> AsyncIterator[Page]:
    """A page of a site the wallet has never seen."""
    async with site() as origin:
        opened = await wallet.context.new_page()
        await opened.goto(origin)
        yield opened
        await opened.close()
