"""The demo in a real browser: it opens on *settled*, never before, and tells in plain words when it does not."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import grpc
import pytest
from playwright.async_api import Browser, Request, expect

from relay import hapi_pb2 as pb
from relay.access import Signer
from tests.browser.chromium import SECONDS
from tests.browser.conftest import REST, Visitor, a_visitor
from tests.browser.processes import Demo, demo_over_a_node
from tests.js.generate import body, development_key, signed

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ASKED_OR_OVER = """() => {
    const busy = document.querySelector("button[aria-busy=true]");
    return document.getElementById("sheet").open || !busy;
}"""
PAY_TYPES = ["payment.settled", "payment.submitted"]  # newest first


async def test_the_page_opens_when_the_payment_is_settled(visitor: Visitor) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/rest"):
            asked.append(request.url)

    visitor.page.on("request", note)
    await visitor.visit()
    await visitor.sees("locked")
    await expect(visitor.page.locator(".account").first).to_contain_text("10,000")
    await visitor.finds_it_closed()
    await visitor.keep("locked", whole=True)

    await visitor.page.click("#pay")
    await expect(visitor.page.locator("#sheet")).to_be_visible()
    await visitor.keep("sheet")
    await visitor.approves()
    await visitor.finds_it_open()

    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == PAY_TYPES
    assert len(asked) == 1, "the rest was asked for once, with the token"
    await expect(visitor.page.locator("#status")).to_contain_text("The page is open")
    await expect(visitor.page.locator("#paid")).to_be_focused()
    await expect(visitor.page.locator(".account").first).not_to_contain_text("10,000")
    await visitor.page.wait_for_timeout(1500)
    await visitor.keep("open", whole=True)
    assert visitor.complaints == []


async def test_the_server_withholds_the_rest(visitor: Visitor) -> None:
    get = visitor.context.request.get
    for path in (
        "article/rest.html",
        "article/%72est.html",
        "../demo/article/rest.html",
        "client/../article/rest.html",
    ):
        answer = await get(f"{visitor.url}/demo/{path}")
        assert answer.status == 404
        assert REST not in await answer.text()
    for headers in ({}, {"authorization": "Bearer x.y.z"}):
        answer = await get(f"{visitor.url}/demo/api/article/rest", headers=headers)
        assert answer.status == 401
        assert (await answer.json())["code"] == "unauthorized"
    assert REST not in await (await get(f"{visitor.url}/demo/api/article")).text()


async def test_the_sheet_shows_what_is_in_the_bytes(visitor: Visitor) -> None:
    await visitor.opens_the_sheet()
    facts = await visitor.page.locator("#sheet").inner_text()
    await visitor.page.click("#sheet summary")
    raw = bytes.fromhex((await visitor.page.locator("#sheet-bytes").inner_text()).split()[0])
    transfer = pb.TransactionBody.FromString(raw)
    [_, credit] = transfer.cryptoTransfer.transfers.accountAmounts
    assert f"0.0.{credit.accountID.accountNum}" in facts
    assert transfer.memo in facts
    assert f"{credit.amount / 1e8:g}" in await visitor.page.locator("#sheet-amount").inner_text()
    assert f"at most {transfer.transactionFee / 1e8:g}" in facts
    assert f"0.0.{transfer.nodeAccountID.accountNum}" in facts
    await visitor.keep("sheet-bytes")


async def test_a_reload_stays_open_without_paying_again(visitor: Visitor) -> None:
    await visitor.opens_the_sheet()
    await visitor.approves()
    await visitor.finds_it_open()
    await visitor.page.reload()
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == PAY_TYPES
    await visitor.page.click("#forget")
    await visitor.sees("locked")
    await visitor.finds_it_closed()


@pytest.mark.parametrize("how", ["button", "escape"])
async def test_denied_means_locked_and_nothing_sent(visitor: Visitor, how: str) -> None:
    await visitor.opens_the_sheet()
    if how == "button":
        await visitor.page.click("#deny")
    else:
        await visitor.page.keyboard.press("Escape")
    await visitor.sees("locked")
    await expect(visitor.page.locator("#status")).to_contain_text("Nothing was signed")
    await expect(visitor.page.locator("#pay")).to_be_focused()
    await visitor.finds_it_closed()
    assert await visitor.desk() == []


async def test_offline_in_the_middle_and_back(visitor: Visitor) -> None:
    await visitor.opens_the_sheet()
    await visitor.context.set_offline(True)
    await expect(visitor.page.locator("#banner")).to_contain_text("Trying again by itself")  # nothing is paid yet
    await visitor.approves()
    await visitor.sees("paying")
    await expect(visitor.page.locator("#paying-note")).to_contain_text("Waiting for the connection")
    await expect(visitor.page.locator("#banner")).to_be_visible()
    await expect(visitor.page.locator("#banner")).to_contain_text("Your payment is kept")
    await visitor.keep("offline")
    await visitor.finds_it_closed()
    await visitor.context.set_offline(False)
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#banner")).to_be_hidden()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == PAY_TYPES


async def test_the_relay_killed_in_the_middle_and_started_again(lobby: Browser, patient_demo: Demo) -> None:
    visitor = await a_visitor(lobby, patient_demo)
    await visitor.opens_the_sheet()
    await visitor.approves()
    await expect(visitor.page.locator("#events > li")).to_have_count(1)
    await visitor.keep("paying")
    await patient_demo.relay.stop(signal.SIGKILL)
    await expect(visitor.page.locator("#banner")).to_be_visible()
    await expect(visitor.page.locator("#office-link")).to_have_attribute("data-state", "offline")
    await visitor.keep("relay-gone")
    await patient_demo.relay.start()
    patient_demo.agree()
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == PAY_TYPES


async def test_a_reload_in_the_middle_finds_the_payment_again(lobby: Browser, patient_demo: Demo) -> None:
    visitor = await a_visitor(lobby, patient_demo)
    await visitor.opens_the_sheet()
    await visitor.approves()
    await expect(visitor.page.locator("#events > li")).to_have_count(1)
    await visitor.page.reload()
    await visitor.sees("paying")
    patient_demo.agree()
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == PAY_TYPES


async def test_an_unreachable_network_is_told_in_plain_words(lobby: Browser, tmp_path: Path) -> None:
    async with demo_over_a_node(tmp_path / "demo") as demo:
        visitor = await a_visitor(lobby, demo)
        await visitor.opens_the_sheet()
        assert demo.node is not None
        await demo.node.stop(signal.SIGKILL)
        await visitor.approves()
        await visitor.sees("refused")
        await expect(visitor.page.locator("#refused-title")).to_have_text("The payment network cannot be reached")
        await expect(visitor.page.locator("#refused-title")).to_be_focused()
        await expect(visitor.page.locator("#status")).to_contain_text("no money moved")
        await visitor.keep("refused-unreachable")
        await visitor.finds_it_closed()
        await demo.node.start()
        async with asyncio.timeout(
            SECONDS
        ):  # until the relay has noticed that the node is back, each try says how it is
            while await visitor.page.locator("#gate").get_attribute("data-state") == "refused":
                await visitor.page.click("#again")
                await visitor.page.wait_for_function(ASKED_OR_OVER)
                if await visitor.page.locator("#sheet").is_visible():
                    await visitor.approves()
                    await visitor.page.wait_for_function(ASKED_OR_OVER)
        await visitor.finds_it_open()


async def test_too_little_money_is_told_and_another_account_helps(visitor: Visitor, demo: Demo) -> None:
    await drain(demo.node_address, "0.0.1003")
    await visitor.visit()
    await visitor.sees("locked")
    await visitor.page.check("input[value='0.0.1003']")
    await visitor.page.click("#pay")
    await visitor.approves()
    await visitor.sees("refused")
    await expect(visitor.page.locator("#refused-title")).to_have_text("This account does not hold enough")
    await visitor.keep("refused-balance")
    await visitor.page.check("input[value='0.0.1005']")
    await visitor.page.click("#again")
    await visitor.approves()
    await visitor.finds_it_open()


async def test_a_token_that_ran_out_locks_and_says_so(visitor: Visitor, tmp_path: Path) -> None:
    signer = Signer(bytes.fromhex((tmp_path / "demo" / "signing.key").read_text()), visitor.url)
    now = int(time.time())
    claims = {"iss": visitor.url, "aud": visitor.url, "scope": ["content:post-1"], "iat": now - 60, "exp": now - 1}
    await visitor.context.add_init_script(f"localStorage.setItem('relay.demo.token', '{signer.sign(claims)}')")
    await visitor.visit()
    await expect(visitor.page.locator("#notice")).to_contain_text("has run out")
    await visitor.sees("locked")
    await visitor.finds_it_closed()
    await visitor.page.locator("#gate").scroll_into_view_if_needed()
    await visitor.keep("run-out")


async def test_a_forged_token_opens_nothing(visitor: Visitor) -> None:
    now = int(time.time())
    claims = {"iss": visitor.url, "aud": visitor.url, "scope": ["content:post-1"], "iat": now, "exp": now + 60}
    forged = Signer(b"\x01" * 32, visitor.url).sign(claims)
    await visitor.context.add_init_script(f"localStorage.setItem('relay.demo.token', '{forged}')")
    await visitor.visit()
    await expect(visitor.page.locator("#notice")).to_contain_text("is not valid here")
    await visitor.finds_it_closed()
    answer = await visitor.context.request.get(
        f"{visitor.url}/demo/api/article/rest", headers={"authorization": f"Bearer {forged}"}
    )
    assert answer.status == 401


async def test_the_keyboard_is_enough(visitor: Visitor) -> None:
    await visitor.visit()
    await visitor.sees("locked")
    keys = visitor.page.keyboard
    focused = visitor.page.locator(":focus")
    await keys.press("Tab")
    await expect(focused).to_have_class("skip")
    for _ in range(10):
        await keys.press("Tab")
        if await focused.get_attribute("id") == "pay":
            break
    await expect(focused).to_have_id("pay")
    await keys.press("Tab")
    await keys.press("Enter")  # the payer's account is a way to the wallet
    await expect(focused).to_have_attribute("value", "0.0.1001")
    await keys.press("ArrowDown")
    await expect(focused).to_have_attribute("value", "0.0.1003")
    await visitor.page.focus("#pay")
    await keys.press("Enter")
    await expect(focused).to_have_id("sheet-title")
    await expect(visitor.page.locator("#sheet-from")).to_have_text("0.0.1003")
    for _ in range(8):  # the focus stays inside the sheet
        await keys.press("Tab")
        assert await visitor.page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#sheet') !== null"
        )
        if await visitor.page.evaluate("document.activeElement.id") == "approve":
            break
    await visitor.keep("keyboard")
    await keys.press("Enter")
    await visitor.finds_it_open()
    await expect(focused).to_have_id("paid")


@pytest.mark.parametrize("width", [320, 360])
async def test_a_phone_never_scrolls_sideways(lobby: Browser, demo: Demo, width: int) -> None:
    visitor = await a_visitor(lobby, demo, viewport={"width": width, "height": 740}, is_mobile=True, has_touch=True)

    async def fits() -> None:
        size = await visitor.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert size == [width, width]

    await visitor.opens_the_sheet()
    await fits()
    await visitor.keep(f"phone-{width}-sheet")
    box = await visitor.page.locator("#sheet").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, width)
    await visitor.denies()
    await visitor.keep(f"phone-{width}-locked", whole=True)
    await visitor.page.tap("#pay")
    await visitor.page.tap("#approve")
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    await visitor.page.locator("#events summary").first.tap()
    await visitor.page.tap("#receipt summary")
    await fits()
    await visitor.keep(f"phone-{width}-open", whole=True)


async def test_dark_mode(lobby: Browser, demo: Demo) -> None:
    visitor = await a_visitor(lobby, demo, color_scheme="dark")
    await visitor.opens_the_sheet()
    red, green, blue = rgb(await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert max(red, green, blue) < 60
    await visitor.keep("dark-sheet")
    await visitor.denies()
    await visitor.keep("dark-locked")
    await visitor.page.click("#pay")
    await visitor.approves()
    await visitor.finds_it_open()
    await visitor.page.click("#receipt summary")
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    await visitor.page.locator("#events summary").first.click()
    await visitor.page.wait_for_timeout(1500)
    await visitor.keep("dark-open")


async def test_two_readers_at_once_each_pay_for_themselves(lobby: Browser, demo: Demo) -> None:
    one, two = await a_visitor(lobby, demo), await a_visitor(lobby, demo)
    await one.opens_the_sheet()
    await two.opens_the_sheet()
    await one.approves()
    await one.finds_it_open()
    await two.finds_it_closed()
    await expect(two.page.locator("#events > li")).to_have_count(2)  # the publisher hears of both readers
    await two.approves()
    await two.finds_it_open()
    await expect(one.page.locator("#events > li")).to_have_count(4)


async def test_nothing_is_fetched_from_elsewhere(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    await visitor.opens_the_sheet()
    await visitor.approves()
    await visitor.finds_it_open()
    assert [url for url in asked if not url.startswith(visitor.url)] == []
    assert visitor.complaints == []


def rgb(text: str) -> Sequence[int]:
    return [int(part) for part in text.removeprefix("rgb(").removesuffix(")").split(",")]


async def drain(node: str, payer: str) -> None:
    """Send nearly all an account has to another, past the relay."""
    payment = {
        "transactionId": f"{payer}@{int(time.time()) - 5}.000000001",
        "payTo": [{"account": "0.0.1001", "amount": str(9_999 * 10**8 + 97_000_000)}],
        "asset": "0.0.0",
        "memo": "",
        "maxFee": "10000000",
        "validSeconds": 120,
    }
    key = development_key(payer)
    raw = signed(body(payment, "0.0.3"), key).SerializeToString()
    async with grpc.aio.insecure_channel(node) as channel:
        call = channel.unary_unary(
            "/proto.CryptoService/cryptoTransfer", response_deserializer=pb.TransactionResponse.FromString
        )
        answer = await call(raw, timeout=SECONDS)
        assert answer.nodeTransactionPrecheckCode == pb.OK
        await until_agreed(channel, payment["transactionId"])


async def until_agreed(channel: grpc.aio.Channel, id: str) -> None:
    """Ask for the receipt until the network has one."""
    payer, _, start = id.partition("@")
    seconds, _, nanos = start.partition(".")
    asked = pb.TransactionID(
        accountID=pb.AccountID(accountNum=int(payer.rpartition(".")[2])),
        transactionValidStart=pb.Timestamp(seconds=int(seconds), nanos=int(nanos)),
    )
    query = pb.Query(
        transactionGetReceipt=pb.TransactionGetReceiptQuery(header=pb.QueryHeader(), transactionID=asked)
    ).SerializeToString()
    look = channel.unary_unary(
        "/proto.CryptoService/getTransactionReceipts", response_deserializer=pb.Response.FromString
    )
    async with asyncio.timeout(SECONDS):
        while (await look(query)).transactionGetReceipt.receipt.status != pb.SUCCESS:
            await asyncio.sleep(0.05)
