"""Which Chromium, how it is started, and where its screenshots go."""

from __future__ import annotations

import shutil

from tests.browser.processes import ROOT

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
SCREENSHOTS = ROOT / "build" / "screenshots"
