"""The tag of 2019 on a page: shown, paid when its reader says so, paid alone where he allowed it, never twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.extension import Wallet, and_closes, origin, site
from tests.browser.processes import Demo
from tests.browser.test_extension_ui import is_accessible

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

PAYEES = [{"to": "0.0.2001", "tinybars": "4000000"}, {"to": "0.0.2002", "tinybars": 1000000}]
HEARS = (
    "<script>window.heard = []; addEventListener('message', ({ data }) => heard.push([data.type, data.res]));</script>"
)


def tag(shop: Demo, **data: str) -> str:
    attributes = {
        "paymentserver": shop.url,
        "recipientlist": json.dumps([PAYEES[0]]),
        "contentid": "138",
        "memo": "383,138",
        "type": "article",
        "extensionid": "aaaabbbbccccddddeeeeffffgggghhhh",
        **data,
    }
    written = " ".join(f"data-{name}='{value}'" for name, value in attributes.items())
    return f"{HEARS}<hedera-micropayment {written}></hedera-micropayment>"


async def strip_says(page: Page, text: str) -> None:
    await expect(page.locator("relay-wallet-strip span")).to_contain_text(text, timeout=30_000)


async def heard(page: Page) -> list[list[Any]]:
    """What the page was told by the tag's strip, once it was told something."""
    await page.wait_for_function("heard.some(([type]) => type)")
    return list(await page.evaluate("heard.filter(([type]) => type)"))


async def reviewed(wallet: Wallet, page: Page) -> Page:
    async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
        await page.click("relay-wallet-strip button:has-text('Review')")
    return await coming.value


async def test_a_reader_reviews_approves_and_pays_once_however_often_he_reloads(wallet: Wallet, shop: Demo) -> None:
    async with site(tag(shop)) as url:
        page = await wallet.context.new_page()
        await page.goto(f"{url}/post")
        await strip_says(page, "This page asks 0.04\u00a0ℏ")
        await wallet.icon_says(page, "nothing was paid yet")
        await wallet.keep(page, "tag")
        window = await reviewed(wallet, page)
        await expect(window.locator("#facts")).to_contain_text("383,138")
        await and_closes(window.click("#yes"))
        await strip_says(page, "Paid 0.04\u00a0ℏ.")
        [[type, event]] = await heard(page)
        assert (type, event["status"], event["memo"]) == ("micro-payment-success", "settled", "383,138")
        await wallet.keep(page, "tag-paid")
        for _ in range(2):
            await page.reload()
            await strip_says(page, "Paid 0.04\u00a0ℏ.")
        assert len(await wallet.history(page)) == 1
        await page.close()


async def test_a_site_that_may_is_paid_on_its_own_within_the_limit(wallet: Wallet, shop: Demo) -> None:
    body = tag(shop, recipientlist=json.dumps(PAYEES), contentid="")  # without a content id, each path is one
    async with site(body) as url:
        page = await wallet.context.new_page()
        await page.goto(f"{url}/a")
        limits = {"hedera:devnet/0.0.0": "10000000"}
        await wallet.asks("site.change", origin=origin(page), consent="always", limits=limits)
        await page.reload()
        await strip_says(page, "This page asks 0.05\u00a0ℏ")  # no payment server is known of this site yet
        window = await reviewed(wallet, page)
        await and_closes(window.click("#yes"))
        await strip_says(page, "Paid 0.05\u00a0ℏ.")
        await page.goto(f"{url}/b")
        await strip_says(page, "Paid 0.05\u00a0ℏ.")
        await page.goto(f"{url}/c")
        await strip_says(page, "This page asks 0.05\u00a0ℏ")
        assert [paid["auto"] for paid in await wallet.history(page)] == [True, False]
        await page.close()


async def test_never_is_silent_and_leads_where_the_site_wants_it(wallet: Wallet, shop: Demo) -> None:
    redirect = '{"nonPayingAccount":"/no","noAccount":"/none","homePage":"/"}'
    async with site(tag(shop, redirect=redirect)) as url:
        page = await wallet.context.new_page()
        await page.goto(url)
        await strip_says(page, "asks")
        await wallet.asks("site.change", origin=origin(page), consent="never")
        await page.reload()
        await page.wait_for_url(f"{url}/no", timeout=30_000)
        assert await wallet.waiting() == []
        assert await wallet.history(page) == []
        await page.close()


async def test_a_denied_tag_tells_the_page(wallet: Wallet, shop: Demo) -> None:
    async with site(tag(shop)) as url:
        page = await wallet.context.new_page()
        await page.goto(url)
        await strip_says(page, "asks")
        await page.evaluate("addEventListener('relay:redirect', (event) => event.preventDefault())")
        window = await reviewed(wallet, page)
        await and_closes(window.click("#deny"))
        await strip_says(page, "Not paid")
        assert (await heard(page))[0][0] == "micro-payment-deny"
        await wallet.icon_says(page, "Not paid")
        await page.close()


@pytest.mark.parametrize(
    "data",
    [
        {"recipientlist": "[]"},
        {"paymentserver": "http://pay.example"},
        {"recipientlist": '[{"to":"0.0.7","tinybars":"-1"}]'},
    ],
    ids=["no payee", "no https", "a negative price"],
)
async def test_a_tag_that_is_not_right_is_said_to_be(wallet: Wallet, shop: Demo, data: dict[str, str]) -> None:
    async with site(tag(shop, **data)) as url:
        page = await wallet.context.new_page()
        await page.goto(url)
        await strip_says(page, "in a way the wallet cannot read. Nothing was paid.")
        await page.close()


async def test_the_most_a_page_costs_is_agreed_to_once_and_above_it_is_asked(wallet: Wallet, shop: Demo) -> None:
    pages = {"a": tag(shop, contentid="a"), "dear": tag(shop, recipientlist=json.dumps(PAYEES), contentid="dear")}
    async with site(tag(shop, type="maximum"), **pages) as url:
        page = await wallet.context.new_page()
        await page.goto(url)
        await strip_says(page, "Pages here cost up to 0.04\u00a0ℏ")
        await wallet.keep(page, "tag-maximum")
        async with wallet.context.expect_page(lambda opened: "approve.html" in opened.url) as coming:
            await page.click("relay-wallet-strip button:has-text('Allow')")
        window = await coming.value
        await expect(window.locator("#amount")).to_have_text("up to 0.04\u00a0ℏ a page")
        await expect(window.locator("#most")).to_have_value("0.04")
        await expect(window.locator("#limit")).to_have_value("0.4")
        await is_accessible(window)
        await wallet.keep(window, "allowance")
        await and_closes(window.click("#yes"))
        await strip_says(page, "Allowed.")
        assert await wallet.history(page) == []

        await page.goto(f"{url}/a")
        await strip_says(page, "Paid 0.04\u00a0ℏ.")
        await page.goto(f"{url}/dear")
        await strip_says(page, "This page asks 0.05\u00a0ℏ")
        window = await reviewed(wallet, page)
        await expect(window.locator("#notices")).to_contain_text("more than you allowed this site for one payment")
        await and_closes(window.click("#deny"))
        assert [paid["auto"] for paid in await wallet.history(page)] == [True]
        await page.close()


async def test_what_a_site_says_a_page_costs_at_most_fills_in_the_question_of_consent(
    wallet: Wallet, shop: Demo
) -> None:
    async with site(tag(shop), home=tag(shop, type="maximum", recipientlist=json.dumps(PAYEES))) as url:
        page = await wallet.context.new_page()
        await page.goto(f"{url}/home")
        await strip_says(page, "Pages here cost up to 0.05\u00a0ℏ")
        await page.goto(f"{url}/post")
        await strip_says(page, "This page asks 0.04\u00a0ℏ")
        window = await reviewed(wallet, page)
        await expect(window.locator("#notices")).to_contain_text(
            "The site says that a page of it costs at most 0.05\u00a0ℏ"
        )
        await window.check("input[value=always]")
        await expect(window.locator("#most")).to_have_value("0.05")
        await wallet.keep(window, "approve-most")
        await and_closes(window.click("#yes"))
        await strip_says(page, "Paid 0.04\u00a0ℏ.")
        [known] = [one for one in await wallet.asks("sites") if one["origin"] == origin(page)]
        assert known["most"] == {"hedera:devnet/0.0.0": "5000000"}
        await page.close()


async def test_the_page_for_who_did_not_pay_charges_nothing_and_leads_home_once_it_is_allowed(
    wallet: Wallet, shop: Demo
) -> None:
    redirect = '{"nonPayingAccount":"/no","homePage":"/home"}'
    async with site(tag(shop, redirect=redirect)) as url:
        page = await wallet.context.new_page()
        await page.goto(f"{url}/no")
        await strip_says(page, "Pages here cost up to 0.04\u00a0ℏ")
        limits = {"hedera:devnet/0.0.0": "10000000"}
        await wallet.asks("site.change", origin=origin(page), consent="always", limits=limits)
        await page.reload()
        await page.wait_for_url(f"{url}/home", timeout=30_000)
        assert [paid["auto"] for paid in await wallet.history(page)] == []
        await page.close()
