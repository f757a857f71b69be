"""A real Firefox with an extension in it, driven by WebDriver BiDi, which it speaks without a driver beside it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
READY_SECONDS = 90.0
PATIENCE = 90.0  # for anything that is to appear
ID = "relay-wallet@example.org"
HOST = "5bd5a9ec-1b1c-4b9a-8c6c-0d1c2d3e4f50"  # of its own pages: random in each browser, unless it is told
PREFERENCES = {
    "extensions.webextensions.uuids": json.dumps({ID: HOST}),
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.startup.page": 0,
}


@dataclass
class Firefox:
    socket: ClientConnection
    numbers: count[int]

    async def call(self, method: str, **params: Any) -> Any:
        """One command; one at a time, so what is no answer to it is an event and passed over."""
        number = next(self.numbers)
        await self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(PATIENCE):
            while (said := json.loads(await self.socket.recv())).get("id") != number:
                pass
        assert said["type"] == "success", said
        return said["result"]

    async def tab(self, part: str) -> str:
        """The tab or window whose address has this in it, once there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for tree in (await self.call("browsingContext.getTree", maxDepth=0))["contexts"]:
                    if part in tree["url"]:
                        return str(tree["context"])
                await asyncio.sleep(0.1)

    async def opens(self, url: str) -> str:
        tab = str((await self.call("browsingContext.create", type="tab"))["context"])
        await self.call("browsingContext.navigate", context=tab, url=url, wait="complete")
        return tab

    async def runs(self, tab: str, script: str) -> Any:
        """What the body of an async function answers there."""
        text = f"(async () => {{ {script} }})().then((value) => JSON.stringify(value ?? null))"
        target = {"context": tab}
        done = await self.call("script.evaluate", expression=text, target=target, awaitPromise=True)
        assert done["type"] == "success", done["exceptionDetails"]["text"]
        return json.loads(done["result"]["value"])

    async def until(self, tab: str, condition: str) -> Any:
        """What a condition comes to, once it is true."""
        look = f"const value = {condition}; if (value) return done(value); setTimeout(look, 50);"
        return await self.runs(tab, f"return new Promise((done) => {{ const look = () => {{ {look} }}; look(); }})")


def write_preferences(profile: Path) -> None:
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines))


@asynccontextmanager
async def firefox_with(package: Path, profile: Path) -> AsyncIterator[Firefox]:
    """A fresh profile, with the extension installed for this session."""
    assert FIREFOX is not None
    write_preferences(profile)
    # the flag lets the session read an extension's own pages
    flags = ("--headless", "--no-remote", "--remote-allow-system-access", "--remote-debugging-port", "0")
    process = await asyncio.create_subprocess_exec(
        FIREFOX,
        *flags,
        "--profile",
        str(profile),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    reading: asyncio.Task[bytes] | None = None
    try:
        async with asyncio.timeout(READY_SECONDS):
            while b"BiDi listening on" not in (line := await process.stderr.readline()):
                assert line, "Firefox ended"
        reading = asyncio.create_task(process.stderr.read())  # a full pipe would stop it
        async with connect(f"{line.decode().split()[-1]}/session", max_size=None) as socket:
            browser = Firefox(socket, count(1))
            await browser.call("session.new", capabilities={})
            await browser.call("webExtension.install", extensionData={"type": "path", "path": str(package)})
            yield browser
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if reading is not None:
            await reading
