"""The wallet extension on an EVM chain: pages find it by EIP-6963, see what they are shown, and pay without gas."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from relay.commands.playground import EVM
from relay.devchain.accounts import part
from relay.devchain.token import ADDRESS
from tests.browser.extension import Wallet, and_closes, asked, invoice, outcome
from tests.browser.processes import Demo
from tests.browser.test_evm import held

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
CHAIN = "0x7a69"


def asks_something(opened: Page) -> bool:
    return "approve.html" in opened.url


async def connected(wallet: Wallet, page: Page) -> None:
    """The page sees the address, on the local chain."""
    window = await wallet.window(page, "void ask('eth_requestAccounts').then((said) => window.said = said)")
    await and_closes(window.click("#yes"))
    await page.wait_for_function("window.said")
    assert await page.evaluate("window.said") == {"result": [ACCOUNT]}
    assert await page.evaluate(f"ask('wallet_switchEthereumChain', [{{ chainId: '{CHAIN}' }}])") == {"result": None}


def authorization(**message: Any) -> dict[str, Any]:
    """0.05 USDC of the local chain for whoever is named."""
    names = ["from", "to", "value", "validAfter", "validBefore", "nonce"]
    types = ["address", "address", "uint256", "uint256", "uint256", "bytes32"]
    return {
        "types": {"TransferWithAuthorization": [{"name": n, "type": t} for n, t in zip(names, types, strict=True)]},
        "primaryType": "TransferWithAuthorization",
        "domain": {"name": "USDC", "version": "2", "chainId": 31337, "verifyingContract": ADDRESS},
        "message": {
            "from": ACCOUNT,
            "to": part("merchant").address,
            "value": "50000",
            "validAfter": "0",
            "validBefore": "1900000000",
            "nonce": "0x" + "11" * 32,
            **message,
        },
    }


SIGN = "typed => void ask('eth_signTypedData_v4', [ACCOUNT, JSON.stringify(typed)]).then((said) => window.said = said)"
SIGN = SIGN.replace("ACCOUNT", f"'{ACCOUNT}'")


async def test_the_demo_finds_the_wallet_and_its_gasless_payment_opens_the_article(wallet: Wallet, shop: Demo) -> None:
    page, before = await wallet.context.new_page(), await held(shop, part("merchant").address)
    await page.goto(f"{shop.url}/demo/")
    await page.check(f"#ways input[value='{EVM}']", force=True)
    await expect(page.locator("#payer")).to_have_text("Relay Wallet")
    async with wallet.context.expect_page(asks_something) as coming:
        await page.click("#pay")
    connect = await coming.value
    await expect(connect.locator("#title")).to_have_text("Show your address")
    await wallet.keep(connect, "connect")
    async with wallet.context.expect_page(asks_something) as coming:
        await and_closes(connect.click("#yes"))
    window = await coming.value
    await expect(window.locator("#amount")).to_have_text("0.05\u00a0USDC")
    await expect(window.locator("#facts")).to_contain_text(part("merchant").address)
    await wallet.keep(window, "authorize")
    await and_closes(window.click("#yes"))
    await expect(page.locator("#gate")).to_have_attribute("data-state", "open", timeout=30_000)
    assert await held(shop, part("merchant").address) == before + 50_000
    assert (await wallet.history(page))[0]["status"] == "handed"
    await page.close()


async def test_an_invoice_is_paid_on_the_chain_of_the_account(wallet: Wallet, shop: Demo, page: Page) -> None:
    price = await invoice(shop, network=EVM, asset=ADDRESS, amount="70000", contentId="evm")
    window = await wallet.window(page, "pay", asked(shop, price))
    await expect(window.locator("#amount")).to_have_text("0.07\u00a0USDC")
    await expect(window.locator("#facts")).to_contain_text("none, the payment server pays it")
    await and_closes(window.click("#yes"))
    assert (await outcome(page))["event"]["status"] == "settled"


async def test_a_page_sees_no_address_before_somebody_shows_it_and_none_while_locked(
    wallet: Wallet, page: Page
) -> None:
    assert await page.evaluate("ask('eth_accounts')") == {"result": []}
    sign = await page.evaluate(
        SIGN.replace("void ", "").replace(".then((said) => window.said = said)", ""), authorization()
    )
    assert sign["code"] == 4100
    await page.evaluate("""() => {
        window.told = [];
        for (const event of ["accountsChanged", "chainChanged"]) {
            window.wallets[0].provider.on(event, (value) => window.told.push([event, value]));
        }
    }""")
    await connected(wallet, page)
    assert await page.evaluate("ask('eth_accounts')") == {"result": [ACCOUNT]}
    assert await page.evaluate("ask('eth_chainId')") == {"result": CHAIN}
    await page.wait_for_function("window.told.length === 2")
    assert await page.evaluate("window.told") == [["accountsChanged", [ACCOUNT]], ["chainChanged", CHAIN]]
    await wallet.asks("lock")
    assert await page.evaluate("ask('eth_accounts')") == {"result": []}
    await wallet.asks("unlock", passphrase="four unrelated words here")


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"primaryType": "Permit"}, 4200),
        ({"domain": {"name": "USDC", "version": "2", "chainId": 1, "verifyingContract": ADDRESS}}, -32602),
        ({"message": authorization(**{"from": part("merchant").address})["message"]}, -32602),
        ({"message": {**authorization()["message"], "bribe": "1"}}, 4200),
    ],
    ids=["a permit", "another chain", "another's tokens", "a field it would not show"],
)
async def test_what_cannot_be_shown_is_not_asked(wallet: Wallet, page: Page, what: dict[str, Any], code: int) -> None:
    await connected(wallet, page)
    await page.evaluate("window.said = undefined")
    await page.evaluate(SIGN, {**authorization(), **what})
    await page.wait_for_function("window.said")
    assert (await page.evaluate("window.said"))["code"] == code
    assert await wallet.waiting() == []


async def test_a_text_is_shown_whole_and_a_sign_in_to_somewhere_else_is_not_signed(wallet: Wallet, page: Page) -> None:
    await connected(wallet, page)
    text = "bank.example wants you to sign in with your Ethereum account:\n" + ACCOUNT + "\n\nURI: https://bank.example"
    assert (await page.evaluate(f"text => ask('personal_sign', [text, '{ACCOUNT}'])", text))["code"] == 4001
    script = f"text => void ask('personal_sign', [text, '{ACCOUNT}']).then((said) => window.said = said)"
    await page.evaluate("window.said = undefined")
    window = await wallet.window(page, script, "I agree.\nReally.")
    await expect(window.locator("#raw")).to_have_text("I agree.\nReally.")
    await wallet.keep(window, "message")
    await and_closes(window.click("#yes"))
    await page.wait_for_function("window.said")
    assert len((await page.evaluate("window.said"))["result"]) == 132


async def test_what_moves_anything_else_is_not_something_the_wallet_does(wallet: Wallet, page: Page) -> None:
    for method in (
        "eth_sendTransaction",
        "eth_sign",
        "eth_signTypedData",
        "wallet_watchAsset",
        "eth_getEncryptionPublicKey",
    ):
        assert (await page.evaluate("method => ask(method, [])", method))["code"] == 4200, method
