"""Which Chromium, how it is started, how patiently it is watched, and where its screenshots go."""

from __future__ import annotations

import shutil

from playwright.async_api import expect

from tests.browser.processes import ROOT

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
SCREENSHOTS = ROOT / "build" / "screenshots"

expect.set_options(timeout=30_000)  # milliseconds; on a busy machine a payment takes more than the 5,000 it has else
