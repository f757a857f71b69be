"""From the teaser to the whole article: invoice, payment, webhook, table, and who may read from then on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.wordpress.articles import PAID, publish
from tests.wordpress.shop import HBAR, NETWORK, Shop, a_reader, ask, expired, pay, selling, sign_in
from tests.wordpress.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
PATIENCE = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "mariadb"])
async def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    site: Site = request.getfixturevalue(f"{request.param}_site")
    async with selling(site, tmp_path_factory.mktemp("relay")) as shop:
        shop.connect()
        yield shop


async def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What the site shows, once it is what we wait for."""
    async with asyncio.timeout(PATIENCE):
        while not wanted(seen := await asyncio.to_thread(look)):
            await asyncio.sleep(0.1)
    return seen


async def is_written_down(shop: Shop, id: int) -> list[dict[str, Any]]:
    """The table, once a settled payment for this article is its last row."""
    wanted = {"post_id": str(id), "status": "settled", "invoice_status": "settled"}
    return list(await until(shop.rows, lambda rows: rows[-1:] and wanted.items() <= rows[-1].items()))


async def test_a_payment_opens_the_article_for_its_browser_and_is_written_down(shop: Shop) -> None:
    id = publish(shop.site)
    before = len(shop.rows())
    async with a_reader() as reader, a_reader() as another:
        status, said = await ask(reader, "GET", shop.url(id, "content"))
        assert (status, said["code"]) == (402, "payment_required")
        status, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        assert status == 200, invoice
        assert invoice["requirements"][0]["amount"] == "500000000"
        assert "metadata" not in invoice
        assert (await ask(reader, "POST", shop.url(id, "invoice")))[1]["id"] == invoice["id"]
        assert (await ask(another, "POST", shop.url(id, "invoice")))[1]["id"] != invoice["id"]

        await pay(shop, invoice)
        rows = await is_written_down(shop, id)
        assert rows[-1] == {
            "status": "settled",
            "invoice_status": "settled",
            "post_id": str(id),
            "user_id": "0",
            "amount": "500000000",
            "payer": "0.0.1001",
        }
        assert len(rows) == before + 1
        status, said = await ask(reader, "GET", shop.url(id, "content"))
        assert (status, said["reason"]) == (200, "purchase")
        assert PAID in said["html"]
        assert (await ask(another, "GET", shop.url(id, "content")))[0] == 402


async def test_a_price_that_changes_is_what_the_next_invoice_asks(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        _, before = await ask(reader, "POST", shop.url(id, "invoice"))
        price = "update_post_meta( $id, '_relay_payments_amount', '7' );"
        shop.site.php(price + "update_post_meta( $id, '_relay_payments_unit', $unit );", id=id, unit=HBAR)
        _, after = await ask(reader, "POST", shop.url(id, "invoice"))
    amounts = [invoice["requirements"][0]["amount"] for invoice in (before, after)]
    assert amounts == ["500000000", "700000000"]


async def test_the_access_token_opens_its_article_anywhere_offline_and_no_other(shop: Shop) -> None:
    id, other = publish(shop.site), publish(shop.site)
    async with a_reader() as reader, a_reader() as elsewhere:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        await pay(shop, invoice)
        token = await settled_token(shop, invoice)
        await is_written_down(shop, id)  # the site knows of the purchase by itself, while the relay is away
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await ask(elsewhere, "GET", shop.url(id, "content"), **bearer))[1]["reason"] == "token"
        for url, authorization, status, code in (
            (shop.url(other, "content"), bearer["Authorization"], 403, "token_wrong_scope"),
            (shop.url(id, "content"), f"Bearer {token[:-4]}AAAA", 403, "token_bad_signature"),
            (shop.url(id, "content"), "Bearer nonsense", 403, "token_malformed"),
            (shop.url(id, "content"), f"Bearer {expired(shop, id)}", 401, "token_expired"),
        ):
            answered = await ask(elsewhere, "GET", url, Authorization=authorization)
            assert (answered[0], answered[1]["code"]) == (status, code)

        await shop.relay.kill()
        try:
            shop.site.php(
                "$kept = get_option( 'relay_payments_jwks' ); $kept['at'] = 1;"
                "update_option( 'relay_payments_jwks', $kept );"
            )
            assert (await ask(elsewhere, "GET", shop.url(id, "content"), **bearer))[0] == 200
            assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 200
            status, said = await ask(elsewhere, "POST", shop.url(other, "invoice"))
            assert (status, said["code"]) == (503, "relay_payments_away")
        finally:
            await shop.relay.start()
            shop.site.php("delete_transient( 'relay_payments_away' );")


async def test_who_signs_in_has_his_articles_on_every_device(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as at_home, a_reader() as on_the_road, a_reader() as stranger:
        await sign_in(at_home, shop.site)
        _, invoice = await ask(at_home, "POST", shop.url(id, "invoice"))
        await pay(shop, invoice)
        await is_written_down(shop, id)
        assert (await ask(on_the_road, "GET", shop.url(id, "content")))[0] == 402
        await sign_in(on_the_road, shop.site)
        status, said = await ask(on_the_road, "GET", shop.url(id, "content"))
        assert (status, said["reason"]) == (200, "purchase")
        elsewhere = {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}
        assert (await ask(on_the_road, "GET", shop.url(id, "content"), **elsewhere))[0] == 402
        await sign_in(stranger, shop.site, "admin")
        assert (await ask(stranger, "GET", shop.url(id, "content")))[1]["reason"] == "editor"


async def test_a_purchase_made_before_signing_in_becomes_the_users(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader, a_reader() as phone:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        await pay(shop, invoice)
        await is_written_down(shop, id)
        await sign_in(reader, shop.site)
        assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 200
        await sign_in(phone, shop.site)
        assert (await ask(phone, "GET", shop.url(id, "content")))[0] == 200


async def test_a_transfer_the_ledger_refuses_opens_nothing(shop: Shop) -> None:
    shop.connect(price_amount="20000", webhook_secret=secret_of(shop))  # more than the payer has
    id = publish(shop.site)
    async with a_reader() as reader:
        _, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        status, answer = await pay(shop, invoice)
        assert status == 422, answer
        rows = await until(shop.rows, lambda rows: rows[-1]["status"] in ("rejected", "failed"))
        assert rows[-1]["invoice_status"] != "settled"
        assert (await ask(reader, "GET", shop.url(id, "content")))[0] == 402
    shop.connect(webhook_secret=secret_of(shop))


async def test_a_post_has_its_own_price_and_payees_and_a_price_in_dollars_is_paid_in_coins(shop: Shop) -> None:
    id = publish(shop.site)
    payees = [
        {"network": NETWORK, "account": "0.0.2001", "weight": 3},
        {"network": NETWORK, "account": "0.0.2002", "weight": 1},
    ]
    shop.site.php("RelayPayments\\Editor::write( $id, true, '0.50', 'USD', $payees );", id=id, payees=payees)
    async with a_reader() as reader:
        status, invoice = await ask(reader, "POST", shop.url(id, "invoice"))
        assert status == 200, invoice
        assert invoice["price"] == {"amount": "0.50", "currency": "USD"}
        paid = {each["account"]: int(each["amount"]) for each in invoice["requirements"][0]["payTo"]}
        assert paid == {"0.0.2001": 750_000_000, "0.0.2002": 250_000_000}
        shop.site.php("RelayPayments\\Editor::write( $id, true, '2', $unit, array() );", id=id, unit=HBAR)
        _, dearer = await ask(reader, "POST", shop.url(id, "invoice"))
        assert dearer["id"] != invoice["id"]
        assert dearer["requirements"][0]["amount"] == "200000000"


async def test_answers_are_never_cached_and_other_sites_get_neither_invoices_nor_free_articles(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader:
        async with reader.get(shop.url(id, "content"), headers={"Origin": "https://evil.example"}) as answer:
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert {"Authorization", "Cookie", "Origin"} <= {each.strip() for each in answer.headers["Vary"].split(",")}
            assert "Access-Control-Allow-Credentials" not in answer.headers
        for what in ("invoice", "free"):
            status, said = await ask(reader, "POST", shop.url(id, what), Origin="https://evil.example")
            assert (status, said["code"]) == (403, "forbidden")
        assert (await ask(reader, "GET", shop.url(id + 10_000, "content")))[0] == 404
        pages = [await page(reader, f"{shop.site.url}/?p={id}")]
        await ask(reader, "POST", shop.url(id, "invoice"))
        pages.append(await page(reader, f"{shop.site.url}/?p={id}"))
        assert pages[0] == pages[1]
        [cookie] = [each for each in reader.cookie_jar if each.key == "relay_payments_visitor"]
        assert cookie["httponly"] and cookie["samesite"] == "Lax"


async def test_one_address_cannot_have_invoices_made_without_end(shop: Shop) -> None:
    id = publish(shop.site)
    async with a_reader() as reader, a_reader() as another:
        asked: list[tuple[int, Any]] = []
        while not asked or asked[-1][0] == 200:
            asked.append(await ask(reader, "POST", shop.url(id, "invoice")))
            assert len(asked) <= 61, "thirty a minute, and a minute may end meanwhile"
        assert (asked[-1][0], asked[-1][1]["code"]) == (429, "rate_limited")
        assert len(asked) > 30
        assert len({invoice["id"] for _, invoice in asked[:-1]}) == 1
        assert (await ask(another, "POST", shop.url(id, "invoice")))[0] == 200


def secret_of(shop: Shop) -> str:
    return str(shop.site.php("return RelayPayments\\Settings::webhook_secret();"))


async def page(reader: Any, url: str) -> str:
    async with reader.get(url) as answer:
        assert "Set-Cookie" not in answer.headers
        return str(await answer.text())


async def settled_token(shop: Shop, invoice: dict[str, Any]) -> str:
    """As a page hears it over server-sent events or a socket; here the merchant reads it back."""
    import aiohttp

    async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as http:
        while True:
            async with http.get(
                f"{shop.relay.url}/v1/events?limit=500", headers={"Authorization": f"Bearer {shop.key}"}
            ) as answer:
                for event in (await answer.json())["data"]:
                    if event.get("invoice") == invoice["id"] and "accessToken" in event:
                        return str(event["accessToken"])
            await asyncio.sleep(0.05)
