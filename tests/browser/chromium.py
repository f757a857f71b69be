"""Which Chromium, how it is started, how patiently it is watched, and where its screenshots go."""

from __future__ import annotations

import shutil

from playwright.async_api import BrowserContext, expect

from tests.browser.processes import ROOT

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
SCREENSHOTS = ROOT / "build" / "screenshots"

SECONDS = 60.0  # for whatever is to come: on a busy machine all of it takes many times what it takes on an idle one
PATIENCE = SECONDS * 1_000  # as Playwright counts
expect.set_options(timeout=PATIENCE)


def patient(context: BrowserContext) -> BrowserContext:
    """Clicks, visits and waits of its pages take as long as they need, too."""
    context.set_default_timeout(PATIENCE)
    return context
