"""The wallet extension in a real Firefox: the same code, a wallet made in it, a payment approved in it and settled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.extension import PASSPHRASE, asked, build, invoice, site
from tests.browser.firefox import FIREFOX, firefox_with
from tests.browser.processes import Demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed; `make test` as root installs it"),
]


async def test_a_wallet_is_made_and_pays_in_firefox(shop: Demo, tmp_path: Path) -> None:
    build.build(tmp_path / "package", firefox=True)
    async with firefox_with(tmp_path / "package", tmp_path / "profile") as firefox, site() as origin:
        welcome = await firefox.tab("ui/welcome.html")
        fill = "for (const id of ['passphrase', 'repeat']) document.getElementById(id).value = {};"
        await firefox.until(welcome, "document.readyState === 'complete'")
        await firefox.runs(welcome, fill.format(json.dumps(PASSPHRASE)))
        await firefox.runs(welcome, "document.getElementById('create-go').click()")
        await firefox.until(welcome, "!document.getElementById('add').hidden")
        await firefox.runs(welcome, "document.getElementById('development').click()")
        await firefox.until(welcome, "document.querySelectorAll('#added li').length === 4")

        page = await firefox.opens(origin)
        assert await firefox.until(page, "window.wallets[0]?.info.name") == "Relay Wallet"
        price = await invoice(shop)
        await firefox.runs(page, f"pay({json.dumps(asked(shop, price))})")
        window = await firefox.tab("ui/approve.html")
        assert await firefox.until(window, "document.getElementById('amount').textContent") == "0.05\u00a0ℏ"
        assert price["memo"] in await firefox.runs(window, "return document.getElementById('facts').textContent")
        # in one go: the window closes the button again for a moment whenever the focus comes back to it
        await firefox.until(window, "(yes => !yes.disabled && (yes.click(), true))(document.getElementById('yes'))")

        outcome = await firefox.until(page, "window.outcome")
        assert outcome["event"]["status"] == "settled", outcome
        assert outcome["event"]["accessToken"]
        history = await firefox.runs(welcome, "return (await chrome.runtime.sendMessage({type: 'history'})).result")
        assert [paid["status"] for paid in history] == ["settled"]
