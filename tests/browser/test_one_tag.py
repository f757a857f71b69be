"""The smallest page that sells, as README shows it: one script line, one tag, served by the demo."""

from __future__ import annotations

import pytest
from playwright.async_api import Dialog, expect

from tests.browser.processes import ROOT, Demo
from tests.browser.reading import is_accessible, keep, one_browser, one_reader, sees

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
REST = "What rounding up did"


async def test_one_line_and_one_tag_sell_an_article(shop: Demo) -> None:
    page = (ROOT / "browser_demo" / "one-tag.html").read_text()
    assert page.count("relay.js") == page.count("<relay-paywall") == 1
    assert REST not in page
    async with one_browser() as browser, one_reader(browser, viewport={"width": 900, "height": 800}) as reader:
        questions: list[str] = []
        answers = iter([False, True])

        async def answer(dialog: Dialog) -> None:
            questions.append(dialog.message)
            await (dialog.accept() if next(answers) else dialog.dismiss())

        reader.on("dialog", answer)
        await reader.goto(f"{shop.url}/demo/one-tag.html")
        await sees(reader, "locked")
        await is_accessible(reader)
        await keep(reader, "one-tag-locked")
        await reader.get_by_role("button", name="Unlock for 0.05 ℏ").click()
        await expect(reader.get_by_role("status")).to_have_text("Declined. Nothing was paid.")
        await reader.get_by_role("button", name="Play wallet").click()
        await sees(reader, "open")
        await expect(reader.get_by_role("heading", name=REST)).to_be_visible()
        await is_accessible(reader)
        await keep(reader, "one-tag-open")
        assert questions == ["Pay 0.05 ℏ of play money to 0.0.2001?"] * 2
