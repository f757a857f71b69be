"""How people get in: an invoice of their own, its secret in their browser, a token when it is paid. Who does not."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest

from relay.paywall import PriceList, Rule
from relay.paywall.door import INVOICES, MOST_TOKENS
from tests.paywall.till import Got, Shop, get, open_shop

HTML = {"Accept": "text/html"}
PAGE = "/sold/a?b=1"
PAY, BACK = "/.paywall/pay?for=%2Fsold%2Fa%3Fb%3D1", "/.paywall/back?to=%2Fsold%2Fa%3Fb%3D1&id=inv_0"


def cookies(got: Got) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in got.headers.getall("Set-Cookie", []):
        found |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
    return found


def shown(jar: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()), **HTML}


async def paid(shop: Shop) -> dict[str, str]:
    """The cookies of somebody whose invoice is settled."""
    asked = await get(shop.url + PAY, method="POST", Origin=shop.url)
    shop.till.invoices["inv_0"] |= {"status": "settled", "payment": "pay_1"}
    return cookies(asked)


async def test_an_invoice_is_for_this_page_and_for_this_browser() -> None:
    async with open_shop() as shop:
        got = await get(shop.url + PAY, method="POST", Origin=shop.url)
        assert (got.status, got.headers["Location"]) == (303, f"{shop.till.url}/i/inv_0")
        wish = shop.till.invoices["inv_0"]
        assert wish["contentId"] == "/sold/a?b=1"
        assert wish["redirectUrl"] == f"{shop.url}/.paywall/back?to=%2Fsold%2Fa%3Fb%3D1"
        [(name, value)] = cookies(got).items()
        assert name.startswith("paywall_invoice_") and value == "inv_0.ivs_of_inv_0"
        [line] = got.headers.getall("Set-Cookie")
        assert "HttpOnly" in line and "SameSite=Lax" in line


async def test_who_paid_is_let_in_and_stays_in() -> None:
    async with open_shop() as shop:
        back = await get(shop.url + BACK, **shown(await paid(shop)))
        assert (back.status, back.headers["Location"]) == (303, PAGE)
        jar = {name: value for name, value in cookies(back).items() if value}
        [token] = jar.values()
        for _ in range(2):
            inside = await get(shop.url + PAGE, **shown(jar))
            assert (inside.status, inside.headers["Cache-Control"]) == (200, "private")
        assert (await get(shop.url + PAGE, Authorization=f"Bearer {token}")).status == 200
        assert shop.till.asked.count("keys") == 1, "tokens are verified here"


async def test_who_paid_and_came_back_another_way_is_let_in_too() -> None:
    async with open_shop() as shop:
        again = await get(shop.url + PAGE, **shown(await paid(shop)))
        assert (again.status, again.headers["Location"]) == (303, PAGE)
        assert any(name.startswith("paywall_access_") for name in cookies(again))


async def test_a_payment_on_its_way_is_a_page_that_looks_again() -> None:
    async with open_shop() as shop:
        jar = await paid(shop)
        shop.till.invoices["inv_0"]["status"] = "processing"
        for path in (BACK, PAGE):
            got = await get(shop.url + path, **shown(jar))
            assert got.status == 200 and b"on its way" in got.body and b'http-equiv="refresh"' in got.body
        assert shop.runs == 0


@pytest.mark.parametrize("case", ["other secret", "no cookie", "not settled", "another page's invoice", "gone"])
async def test_nobody_else_is(case: str) -> None:
    async with open_shop() as shop:
        jar, invoice = await paid(shop), shop.till.invoices["inv_0"]
        match case:
            case "other secret":
                jar = dict.fromkeys(jar, "inv_0.ivs_guessed")
            case "no cookie":
                jar = {}
            case "not settled":
                invoice["status"] = "created"
            case "another page's invoice":
                invoice["contentId"] = "/sold/b"
            case "gone":
                shop.till.invoices.clear()
        back = await get(shop.url + BACK, **shown(jar))
        assert (back.status, back.headers["Location"], cookies(back)) == (303, PAGE, {})
        assert (await get(shop.url + PAGE, **shown(jar))).status == 402
        assert shop.runs == 0


async def test_a_token_opens_its_own_page_until_its_payment_is_taken_back() -> None:
    now = 0.0
    async with open_shop(clock=lambda: now) as shop:
        jar = cookies(await get(shop.url + BACK, **shown(await paid(shop))))
        token = next(value for value in jar.values() if value)
        for other in ("/sold/a", "/sold/a?b=2", "/sold/b?b=1"):
            assert (await get(shop.url + other, Authorization=f"Bearer {token}")).status == 402
        assert (await get(shop.url + PAGE, method="POST", Authorization=f"Bearer {token}")).status == 402
        assert (await get(shop.url + "/SOLD//a/?b=1", Authorization=f"Bearer {token}")).status != 200
        shop.till.revoked.append("pay_1")
        now = 61.0
        assert (await get(shop.url + PAGE, Authorization=f"Bearer {token}")).status == 402


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0aSet-Cookie:x"])
async def test_where_everything_is_sold_the_way_back_still_leads_here(to: str) -> None:
    async with open_shop("$0.01") as shop:
        assert (await get(f"{shop.url}/.paywall/back?to={to}")).headers["Location"] == "/"


async def test_the_form_works_from_this_site_only_and_leads_nowhere_else() -> None:
    async with open_shop() as shop:
        foreign = await get(shop.url + PAY, method="POST", Origin="https://evil.example")
        assert (foreign.status, shop.till.invoices) == (403, {})
        for to in ("//evil.example", "https://evil.example", "/\\evil.example", "/free", "/sold/%0Ax"):
            got = await get(f"{shop.url}/.paywall/back?to={to}")
            assert (got.status, got.headers["Location"]) == (303, "/")
        for target in ("//evil.example", "%2Ffree", ""):
            assert (await get(f"{shop.url}/.paywall/pay?for={target}", method="POST")).status == 404
        assert (await get(f"{shop.url}/.paywall/other")).status == 404


async def test_one_address_makes_a_bounded_number_of_invoices() -> None:
    async with open_shop() as shop:
        statuses = [(await get(shop.url + PAY, method="POST")).status for _ in range(INVOICES + 1)]
        assert statuses == [303] * INVOICES + [429]


async def test_a_browser_keeps_a_bounded_number_of_our_cookies() -> None:
    async with open_shop() as shop:
        old = {f"paywall_access_{n}": "x" for n in range(MOST_TOKENS + 2)}
        back = await get(shop.url + BACK, **shown({**old, **await paid(shop)}))
        dropped = [name for name, value in cookies(back).items() if not value and "access" in name]
        assert len(old) - len(dropped) + 1 == MOST_TOKENS


async def test_one_payment_may_open_everything_under_a_name() -> None:
    async with open_shop(prices=PriceList([Rule("/sold/*", "$1", content="all of it")])) as shop:
        jar = cookies(await get(shop.url + BACK, **shown(await paid(shop))))
        token = next(value for value in jar.values() if value)
        assert (await get(f"{shop.url}/sold/b", Authorization=f"Bearer {token}")).status == 200
