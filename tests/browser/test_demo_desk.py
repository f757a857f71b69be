"""The demo's desk shows what is told about no payment, too."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visitor
from tests.browser.processes import Demo
from tests.server.paying import post

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_offer_that_is_withdrawn_is_told_in_words(visitor: Visitor, demo: Demo) -> None:
    await visitor.page.goto(f"{demo.url}/demo/")
    key = json.loads((demo.data / "demo.json").read_text())["apiKey"]
    _, asked = await post(demo.url, "/v1/invoices", key, json={"network": "hedera:devnet", "amount": "5"})
    await post(demo.url, f"/v1/invoices/{asked['id']}/cancel", key)

    row = visitor.page.locator("#events > li summary")
    await expect(row).to_contain_text("An offer was withdrawn")
    await expect(row).not_to_contain_text("undefined")
