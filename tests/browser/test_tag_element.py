"""<hedera-micropayment>, the tag of 2019, served by the client's script: the page itself says what it costs."""

from __future__ import annotations

import asyncio
import json
from html import escape
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Page, Route, expect

from tests.browser.paper import Paper
from tests.browser.reading import is_accessible, keep, sees

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
PAYEES = [{"to": "0.0.2001", "tinybars": "444"}, {"to": "0.0.2002", "tinybars": 556}]


def tag(paper: Paper, **data: Any) -> str:
    """As a page of the time writes it."""
    known = {
        "paymentserver": paper.demo.url,
        "recipientlist": json.dumps(PAYEES[:1]),
        "contentid": "138",
        "memo": "383,138",
        "type": "article",
        "submissionnode": "0.0.3",
        "extensionid": "pdlkjcphdmhkmbogaefgahbnkiekblco",
        "time": "1557116906",
    } | data
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in known.items())
    return f"<hedera-micropayment {attributes}></hedera-micropayment>"


async def test_the_button_pays_what_the_tag_says_and_the_site_finds_it_at_its_server(
    reader: Page, paper: Paper
) -> None:
    paper.tag = tag(paper)
    await reader.add_init_script("addEventListener('paid', ({detail}) => { window.paid = detail; })")
    await reader.goto(paper.url)
    await sees(reader, "asks")
    await is_accessible(reader)
    await keep(reader, "tag-asks")
    await reader.get_by_role("button", name="Pay 0.00000444 ℏ").click()
    await sees(reader, "paid")
    await is_accessible(reader)
    await keep(reader, "tag-paid")
    paid = await reader.evaluate("window.paid")
    assert (paid["status"], paid["amount"], paid["memo"], paid["invoice"]) == ("settled", "444", "383,138", None)

    key = {"Authorization": f"Bearer {paper.secret['apiKey']}"}
    look = f"{paper.demo.url}/check/?memo_id=383,138&receiver_id=0.0.2001"
    async with ClientSession(headers=key) as http, http.get(look) as response:
        assert paid["payer"] in await response.text()
    await reader.reload()
    await sees(reader, "paid")


async def test_two_payees_of_which_the_relay_knows_one_are_paid_as_the_tag_lists_them(
    reader: Page, paper: Paper
) -> None:
    paper.tag = tag(paper, recipientlist=json.dumps(PAYEES), contentid="139")
    await reader.goto(paper.url)
    await reader.get_by_role("button", name="Pay 0.00001 ℏ").click()
    await sees(reader, "paid")


async def test_who_declines_is_taken_where_the_tag_says_or_stays(reader: Page, paper: Paper) -> None:
    paper.tag = tag(paper, contentid="140", redirect=json.dumps({"nonPayingAccount": "/subscribe"}))
    await reader.goto(f"{paper.url}/article")
    await reader.route("**/subscribe", lambda route: route.fulfill(status=204))  # not before he has made up his mind
    await reader.evaluate("window.deny = true")
    await reader.get_by_role("button", name="Pay").click()
    await expect(reader.get_by_role("button", name="Stay here")).to_be_visible()
    await keep(reader, "tag-declined")
    await reader.get_by_role("button", name="Stay here").click()
    await expect(reader.get_by_role("button", name="Stay here")).to_have_count(0)
    await reader.unroute("**/subscribe")
    await reader.get_by_role("button", name="Try again").click()
    await reader.wait_for_url(f"{paper.url}/subscribe")


async def test_paid_on_the_paywall_page_leads_to_the_home_page(reader: Page, paper: Paper) -> None:
    redirect = json.dumps({"nonPayingAccount": "/subscribe", "homePage": "/home"})
    paper.tag = tag(paper, contentid="141", redirect=redirect)
    await reader.goto(f"{paper.url}/subscribe")
    await reader.get_by_role("button", name="Pay").click()
    await reader.wait_for_url(f"{paper.url}/home")


async def test_a_wallet_without_an_account_leads_where_the_tag_says(reader: Page, paper: Paper) -> None:
    paper.tag = tag(paper, contentid="142", redirect=json.dumps({"noAccount": "/how-to"}))
    seen = asyncio.Event()

    async def once_seen(route: Route) -> None:
        await seen.wait()
        await route.continue_()

    await reader.route("**/how-to", once_seen)  # it leaves by itself, however long we look
    await reader.goto(f"{paper.url}/?wallets=Empty Wallet=")
    await expect(reader.get_by_role("status")).to_contain_text("no account")
    seen.set()
    await reader.wait_for_url(f"{paper.url}/how-to")


async def test_up_to_what_a_reader_agreed_to_pages_ask_his_wallet_without_the_button(
    reader: Page, paper: Paper
) -> None:
    paper.tag = tag(paper, type="maximum")
    await reader.goto(paper.url)
    await sees(reader, "maximum")
    await expect(reader.get_by_text("Pages of this site cost up to 0.00000444 ℏ.")).to_be_visible()
    await is_accessible(reader)
    await keep(reader, "tag-maximum")
    await reader.get_by_role("button", name="Ask my wallet without the button").click()
    await expect(reader.get_by_role("button", name="Ask only when I press the button")).to_be_visible()

    paper.tag = tag(paper, recipientlist=json.dumps(PAYEES), contentid="150")
    await reader.goto(paper.url)
    await sees(reader, "asks")
    await expect(reader.get_by_role("button", name="Pay 0.00001 ℏ")).to_be_visible()
    await reader.wait_for_timeout(500)  # longer than it waits for wallets
    await sees(reader, "asks")
    paper.tag = tag(paper, contentid="151")
    await reader.goto(paper.url)
    await sees(reader, "paid")


async def test_a_page_that_asks_to_be_enabled_leads_home_once_it_is(reader: Page, paper: Paper) -> None:
    paper.tag = tag(paper, type="402", redirect=json.dumps({"homePage": "/home"}))
    await reader.goto(f"{paper.url}/enable")
    await expect(reader.get_by_text("This site asks for payments from your wallet.")).to_be_visible()
    await reader.get_by_role("button", name="Ask my wallet without the button").click()
    await reader.wait_for_url(f"{paper.url}/home")


@pytest.mark.parametrize(
    ("data", "state", "said"),
    [
        ({"recipientlist": "[{'to': 'me'}]"}, "invalid", "Nothing was paid. Please tell the publisher."),
        ({"memo": "m" * 100}, "invalid", "Nothing was paid. Please tell the publisher."),
        ({"paymentserver": "pay.example"}, "invalid", "Nothing was paid. Please tell the publisher."),
    ],
    ids=["payees", "memo", "server"],
)
async def test_what_cannot_be_read_charges_nothing_and_has_no_button(
    reader: Page, paper: Paper, data: dict[str, str], state: str, said: str
) -> None:
    paper.tag = tag(paper, **data)
    await reader.goto(paper.url)
    await sees(reader, state)
    await expect(reader.get_by_text(said)).to_be_visible()
    await expect(reader.get_by_role("button")).to_have_count(0)
    await is_accessible(reader)
    await keep(reader, f"tag-{state}")


async def test_only_the_first_tag_of_a_page_counts(reader: Page, paper: Paper) -> None:
    paper.tag = tag(paper, contentid="143") + tag(paper, contentid="144")
    await reader.goto(paper.url)
    await expect(reader.get_by_role("button", name="Pay")).to_have_count(1)
