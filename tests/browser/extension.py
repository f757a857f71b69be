"""The wallet extension in a real Chromium: built, loaded, worked as its owner works it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, web
from playwright.async_api import BrowserContext, Error, Page, async_playwright, expect

from tests.browser.chromium import ARGUMENTS, CHROMIUM, PATIENCE, SCREENSHOTS, patient
from tests.browser.processes import ROOT, Demo

PASSPHRASE = "four unrelated words here"
PAGE = """<!doctype html><html lang="en"><title>{title}</title><body><h1>An article</h1><p id="rest"></p>
<script type="module">
  window.wallets = [];
  addEventListener("relay:announceWallet", ({{ detail }}) => window.wallets.push(detail));
  dispatchEvent(new Event("relay:requestWallet"));
  window.progress = [];
  window.pay = (params) => {{
    window.outcome = undefined;
    const onProgress = (news) => window.progress.push(news.stage);
    window.wallets[0].provider.request({{ method: "relay_pay", params }}, {{ onProgress }})
      .then((event) => window.outcome = {{ event }}, ({{ code, message }}) => window.outcome = {{ code, message }});
  }};
  window.ask = (method, params) => window.wallets[0].provider.request({{ method, params }})
    .then((result) => ({{ result }}), ({{ code, message }}) => ({{ code, message }}));
</script>{body}</body></html>"""


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _module(ROOT / "plugins" / "extension" / "build.py")


@dataclass
class Wallet:
    """A browser with the wallet in it."""

    context: BrowserContext
    base: str  # chrome-extension://…
    complaints: list[str] = field(default_factory=list)

    async def opens(self, path: str) -> Page:
        """One of the wallet's own pages, as a tab."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        await page.goto(f"{self.base}/{path}")
        return page

    async def asks(self, type: str, **given: Any) -> Any:
        """What a page of the wallet gets when it asks the worker."""
        page = await self.opens("ui/welcome.html")
        try:
            return (await page.evaluate("given => chrome.runtime.sendMessage(given)", {"type": type, **given})).get(
                "result"
            )
        finally:
            await page.close()

    async def window(self, page: Page, script: str, argument: object = None) -> Page:
        """The approval window that comes up when the page does that."""
        async with self.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
            await page.evaluate(script, argument)
        window = await coming.value
        window.on("pageerror", lambda error: self.complaints.append(str(error)))
        return window

    async def waiting(self) -> list[dict[str, str]]:
        """What waits for its owner's answer."""
        return list((await self.asks("state"))["asks"])

    async def history(self, page: Page | None = None) -> list[dict[str, Any]]:
        """What was paid, newest first; on one page's site."""
        everything = await self.asks("history")
        return [paid for paid in everything if page is None or paid["origin"] == origin(page)]

    async def icon_says(self, page: Page, words: str) -> None:
        """Wait until the icon of the page's tab does: it is painted beside the answer, not before it."""
        own = await self.opens("ui/welcome.html")
        script = """async ([url, words]) => {
            for (const { id } of await chrome.tabs.query({})) {
                const { result } = await chrome.runtime.sendMessage({ type: "tab.origin", tab: id });
                if (result === url) {
                    return (await chrome.action.getTitle({ tabId: id })).includes(words);
                }
            }
        }"""
        try:
            await own.wait_for_function(script, arg=[origin(page), words], polling=50)
        finally:
            await own.close()

    async def stop_worker(self, page: Page) -> None:
        """As the browser does after half a minute of silence."""
        session = await self.context.new_cdp_session(page)
        await session.send("ServiceWorker.enable")
        await session.send("ServiceWorker.stopAllWorkers")
        await session.detach()

    async def keep(self, page: Page, name: str) -> None:
        await page.set_viewport_size({"width": 420, "height": 720})
        await page.wait_for_timeout(250)
        await page.screenshot(path=SCREENSHOTS / f"extension-{name}.png")


@asynccontextmanager
async def wallet_in_chromium(folder: Path, **options: Any) -> AsyncIterator[Wallet]:
    """Chromium with the wallet freshly installed: nothing set up."""
    package = folder / "package"
    build.build(package)
    flags = [f"--disable-extensions-except={package}", f"--load-extension={package}"]
    async with async_playwright() as playwright:
        context = patient(
            await playwright.chromium.launch_persistent_context(
                folder / "profile",
                executable_path=CHROMIUM,
                args=[*ARGUMENTS, *flags],
                locale="en-GB",
                timeout=PATIENCE,
                **options,
            )
        )
        worker = (
            context.service_workers[0] if context.service_workers else await context.wait_for_event("serviceworker")
        )
        yield Wallet(context, worker.url.rsplit("/", 1)[0])
        await context.close()


async def set_up(wallet: Wallet) -> None:
    """With a passphrase and the accounts of the devnet."""
    page = await wallet.opens("ui/welcome.html")
    await page.fill("#passphrase", PASSPHRASE)
    await page.fill("#repeat", PASSPHRASE)
    await page.click("#create-go")
    await page.click("#development")
    await expect(page.locator("#added li")).to_have_count(4)
    await page.close()


@asynccontextmanager
async def site(body: str = "", title: str = "An article", **pages: str) -> AsyncIterator[str]:
    """A site at an origin of its own: the same page everywhere, but for those named."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(
            text=PAGE.format(title=title, body=pages.get(request.path[1:], body)), content_type="text/html"
        )

    app = web.Application()
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def invoice(demo: Demo, **wish: Any) -> dict[str, Any]:
    """An invoice of the demo's shop over 0.05 ℏ, or as asked."""
    key = json.loads((demo.data / "demo.json").read_text())["apiKey"]
    wanted = {"network": "hedera:devnet", "amount": "5000000", "contentId": "post-1", **wish}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    async with (
        ClientSession(headers={"Authorization": f"Bearer {key}"}) as http,
        http.post(f"{demo.url}/v1/invoices", json=wanted) as response,
    ):
        asked = await response.json()
        assert response.status == 201, asked
    return dict(asked)


async def and_closes(action: Awaitable[object]) -> None:
    """A click or a key that closes the window it is done in: the window may be gone before that is reported."""
    try:
        await action
    except Error as error:
        if "closed" not in error.message and "detached" not in error.message:
            raise


def asked(demo: Demo, invoice: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a page hands the wallet."""
    return {"server": demo.url, "invoice": {"id": invoice["id"], "secret": invoice["secret"]}, **more}


def origin(page: Page) -> str:
    """As the wallet writes it."""
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


async def outcome(page: Page) -> dict[str, Any]:
    """How the page's payment ended."""
    await page.wait_for_function("window.outcome")
    return dict(await page.evaluate("window.outcome"))
