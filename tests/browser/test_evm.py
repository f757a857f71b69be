"""The demo page on an EVM chain: with the page's own development wallet, and with any wallet of the browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from playwright.async_api import Browser, expect

from relay.commands.playground import EVM
from relay.devchain.accounts import part
from relay.devchain.token import ADDRESS, PLENTY
from tests.browser.conftest import Visitor, a_visitor
from tests.browser.paper import PAID, printed
from tests.browser.processes import Demo, running_demo
from tests.servers.evm import PAYERS, Contract, artifact

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PRICE = 50_000  # 0.05 USDC
WALLET = PAYERS[7]  # a key the page itself does not offer
# A wallet as a browser extension would put it there: it announces itself, knows Ethereum only, and signs what it is
# shown with a key that the page never sees.
EXTENSION = """(() => {
  const known = new Set(["0x1"]);
  let chainId = "0x1";
  const fail = (code, message) => { throw Object.assign(new Error(message), { code }); };
  const provider = {
    async request({ method, params }) {
      const told = await window.walletAsked(method, JSON.stringify(params ?? []));
      if (told?.error) fail(told.error, "the user rejected the request");
      switch (method) {
        case "eth_requestAccounts": case "eth_accounts": return told.accounts;
        case "eth_chainId": return chainId;
        case "wallet_addEthereumChain": known.add(params[0].chainId); return null;
        case "wallet_switchEthereumChain":
          if (!known.has(params[0].chainId)) fail(4902, "Unrecognized chain ID");
          chainId = params[0].chainId;
          return null;
        case "eth_signTypedData_v4":
          if (Number(chainId) !== JSON.parse(params[1]).domain.chainId) fail(-32603, "wrong chain");
          return told.signature;
        case "personal_sign": return told.signature;
        default: fail(4200, method);
      }
    },
  };
  const square = "%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Crect width='9' height='9' fill='%23276'/%3E%3C/svg%3E";
  const icon = `data:image/svg+xml,${square}`;
  const info = { uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test Wallet", rdns: "example.test.wallet", icon };
  const detail = Object.freeze({ info, provider });
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  addEventListener("eip6963:requestProvider", announce);
  announce();
})();"""


@dataclass
class Extension:
    """The half of the wallet that holds the key, and what it was asked."""

    asked: list[str] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)  # the typed data it was to sign
    refuses: bool = False

    async def answer(self, method: str, params: str) -> dict[str, Any]:
        self.asked.append(method)
        if method in ("eth_accounts", "eth_requestAccounts"):
            return {"accounts": [WALLET.address.lower()]}
        if method == "personal_sign" and not self.refuses:
            text = encode_defunct(hexstr=json.loads(params)[0])
            return {"signature": "0x" + Account.sign_message(text, WALLET.key).signature.hex()}
        if method not in ("eth_signTypedData_v4", "personal_sign"):
            return {}
        if self.refuses:
            return {"error": 4001}
        account, text = json.loads(params)
        self.shown = json.loads(text)
        assert account == WALLET.address.lower()
        signed = Account.sign_message(encode_typed_data(full_message=self.shown), WALLET.key)
        return {"signature": "0x" + signed.signature.hex()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


async def held(demo: Demo, account: str) -> int:
    """What an account holds on the chain itself."""
    told = json.loads((demo.data / "demo.json").read_text())["networks"][EVM]
    token = Contract(None, ADDRESS, artifact("TestUSDC")["abi"])  # type: ignore[arg-type]  # for its calldata only
    call = {"to": ADDRESS, "data": token.data("balanceOf", account)}
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
    async with aiohttp.ClientSession() as http, http.post(told["rpc"], json=request) as response:
        return int((await response.json())["result"], 16)


async def with_extension(browser: Browser, demo: Demo) -> tuple[Visitor, Extension]:
    visitor, extension = await a_visitor(browser, demo), Extension()
    await visitor.page.expose_function("walletAsked", extension.answer)
    await visitor.page.add_init_script(EXTENSION)
    return visitor, extension


async def on_evm(visitor: Visitor) -> None:
    await visitor.visit()
    await visitor.sees("locked")
    await chooses(visitor, EVM)
    await expect(visitor.page.locator("#pay-price")).to_have_text("0.05\u00a0USDC")


async def chooses(visitor: Visitor, network: str) -> None:
    """By the label, as the radio button itself is not to be seen."""
    await visitor.page.locator("#ways label").filter(has=visitor.page.locator(f"input[value='{network}']")).click()


async def test_a_visitor_without_a_wallet_pays_on_evm(browser: Browser, demo: Demo) -> None:
    visitor = await a_visitor(browser, demo)
    shop, before = part("merchant").address, await held(demo, part("merchant").address)
    await on_evm(visitor)
    await expect(visitor.page.locator(".account").first).to_contain_text("USDC")
    await expect(visitor.page.locator(".account").first).to_contain_text("0xf39F")
    await visitor.keep("evm-locked", whole=True)
    await visitor.page.click("#pay")
    await expect(visitor.page.locator("#sheet")).to_be_visible()
    facts = await visitor.page.locator("#sheet").inner_text()
    assert shop in facts
    assert ADDRESS in facts
    assert "none, the relay pays it" in facts
    await visitor.keep("evm-sheet")
    await visitor.approves()
    await visitor.finds_it_open()
    await expect(visitor.page.locator("#events > li")).to_have_count(2)
    assert await visitor.desk() == ["payment.settled", "payment.submitted"]
    assert await held(demo, shop) == before + PRICE
    assert await held(demo, PAYERS[0].address) == PLENTY - PRICE
    await expect(visitor.page.locator(".account").first).to_contain_text("999,999.95")
    await visitor.page.click("#receipt summary")
    await visitor.page.wait_for_timeout(1500)
    await visitor.keep("evm-open", whole=True)
    await visitor.page.reload()
    await visitor.finds_it_open()
    assert visitor.complaints == []


async def test_any_wallet_of_the_browser_pays_without_gas(browser: Browser, demo: Demo) -> None:
    visitor, extension = await with_extension(browser, demo)
    shop = part("merchant").address
    before, coins = await held(demo, shop), await held(demo, WALLET.address)
    await on_evm(visitor)
    await expect(visitor.page.locator("#payer")).to_have_text("Test Wallet")
    await expect(visitor.page.locator("#wallet-tag")).to_have_text("in your browser")
    assert extension.asked == [], "a page that is only looked at asks a wallet for nothing"
    await visitor.keep("evm-wallet", whole=True)
    await visitor.page.click("#pay")
    await visitor.finds_it_open()
    assert extension.shown["primaryType"] == "TransferWithAuthorization"
    assert extension.shown["domain"] == {
        "name": "USDC",
        "version": "2",
        "chainId": 31337,
        "verifyingContract": ADDRESS,
    }
    assert (extension.shown["message"]["to"], extension.shown["message"]["value"]) == (shop, str(PRICE))
    assert "wallet_addEthereumChain" in extension.asked
    assert await held(demo, shop) == before + PRICE
    assert await held(demo, WALLET.address) == coins - PRICE
    assert visitor.complaints == []


async def test_declining_in_the_wallet_signs_and_sends_nothing(browser: Browser, demo: Demo) -> None:
    visitor, extension = await with_extension(browser, demo)
    extension.refuses = True
    before = await held(demo, part("merchant").address)
    await on_evm(visitor)
    await visitor.page.click("#pay")
    await expect(visitor.page.locator("#status")).to_contain_text("Nothing was signed")
    await visitor.sees("locked")
    await visitor.finds_it_closed()
    assert await held(demo, part("merchant").address) == before


async def test_the_choice_of_chain_is_kept_and_hedera_still_pays(browser: Browser, demo: Demo) -> None:
    visitor = await a_visitor(browser, demo)
    await on_evm(visitor)
    await visitor.page.reload()
    await visitor.sees("locked")
    await expect(visitor.page.locator("#pay-price")).to_have_text("0.05\u00a0USDC")
    await chooses(visitor, "hedera:devnet")
    await expect(visitor.page.locator("#payer")).to_have_text("0.0.1001")
    await visitor.page.click("#pay")
    await visitor.approves()
    await visitor.finds_it_open()


@pytest.mark.parametrize("width", [320])
async def test_addresses_fit_a_phone(browser: Browser, demo: Demo, width: int) -> None:
    visitor = await a_visitor(browser, demo, viewport={"width": width, "height": 740}, is_mobile=True, has_touch=True)
    await on_evm(visitor)
    await visitor.keep(f"evm-phone-{width}-locked", whole=True)
    await visitor.page.tap("#pay")
    await expect(visitor.page.locator("#sheet")).to_be_visible()
    for part_of_page in ("document.documentElement", "document.getElementById('sheet')"):
        assert await visitor.page.evaluate(f"{part_of_page}.scrollWidth") <= width
    await visitor.keep(f"evm-phone-{width}-sheet")


async def test_the_pay_page_asks_a_price_in_dollars_and_takes_it_from_any_wallet(browser: Browser, demo: Demo) -> None:
    told = json.loads((demo.data / "demo.json").read_text())
    ways = [{"network": "hedera:devnet"}, {"network": EVM, "asset": ADDRESS}]
    wish = {"price": {"amount": "0.25", "currency": "USD"}, "alternatives": ways}
    headers = {"Authorization": f"Bearer {told['apiKey']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{demo.url}/v1/invoices", json=wish) as response,
    ):
        asked = await response.json()
        assert response.status == 201, asked
    shop, extension = part("merchant").address, Extension()
    before = await held(demo, shop)
    visitor = await a_visitor(browser, demo)
    await visitor.page.expose_function("walletAsked", extension.answer)
    await visitor.page.add_init_script(EXTENSION.replace('["0x1"]', '["0x1", "0x7a69"]'))

    await visitor.page.goto(asked["url"])
    await expect(visitor.page.locator("#sum")).to_have_text("0.25 USD")
    await expect(visitor.page.locator("#left")).to_contain_text("this rate for")
    await expect(visitor.page.locator("#wallet")).to_be_hidden()
    await visitor.page.get_by_label("USDC").check()
    await expect(visitor.page.locator("#pay")).to_have_text("Pay 0.25 USDC with Test Wallet")
    await visitor.keep("pay-dollars", whole=True)
    await visitor.page.click("#pay")

    await expect(visitor.page.locator("#end-title")).to_have_text("Paid")
    assert await held(demo, shop) == before + 250_000
    assert visitor.complaints == []


async def test_the_element_is_paid_with_a_browsers_wallet_and_opens_again_by_its_signature(
    browser: Browser, demo: Demo
) -> None:
    visitor, wallet = await a_visitor(browser, demo), Extension()
    await visitor.page.expose_function("walletAsked", wallet.answer)
    async with printed(demo) as paper:
        paper.price = {"network": EVM, "asset": ADDRESS, "amount": str(PRICE)}
        paper.label = "0.05 USDC"
        await visitor.page.add_init_script(EXTENSION.replace('["0x1"]', '["0x1", "0x7a69"]'))
        await visitor.page.goto(f"{paper.url}/?wallets=&merchant")
        await visitor.page.get_by_role("button", name="Unlock for 0.05 USDC").click()
        await expect(visitor.page.locator("relay-paywall")).to_have_attribute("state", "open")
        await expect(visitor.page.get_by_role("heading", name=PAID)).to_be_visible()

        await visitor.page.evaluate("localStorage.clear()")  # as on another device
        await visitor.page.reload()
        wallet.refuses, paper.asked = True, []
        await visitor.page.get_by_role("button", name="I have paid already").click()
        await expect(visitor.page.get_by_role("status")).to_have_text("Declined. Nothing was paid.")
        await expect(visitor.page.get_by_role("button", name="Unlock for 0.05 USDC")).to_be_visible()
        wallet.refuses = False
        await visitor.page.get_by_role("button", name="I have paid already").click()
        await expect(visitor.page.get_by_role("heading", name=PAID)).to_be_visible()
        assert "invoice" not in paper.asked, "nothing is bought twice"
