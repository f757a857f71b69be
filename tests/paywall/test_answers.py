"""What a 402 says to whom: version 2, version 1, people, browsers of other sites; and what is free for a while."""

from __future__ import annotations

import json

import pytest

from relay.paywall import Access, PriceList, Rule
from tests.paywall.till import OFFER, get, open_shop, payment

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
NEW, OLD = "PAYMENT-REQUIRED", "X-PAYMENT-RESPONSE"


async def test_one_402_serves_both_versions() -> None:
    async with open_shop(prices=PriceList([Rule("/sold/*", "$0.01", description="A report", mime_type="a/b")])) as shop:
        got = await get(f"{shop.url}/sold/a?b=c")
        new, old = got.header(NEW), got.json

        assert (got.status, got.headers["Cache-Control"]) == (402, "no-store")
        assert (new["x402Version"], old["x402Version"]) == (2, 1)
        resource = {"url": f"{shop.url}/sold/a?b=c", "description": "A report", "mimeType": "a/b"}
        assert new["resource"] == resource
        assert [each["asset"] for each in new["accepts"]] == [OFFER["asset"], "0.0.0"]
        assert new["accepts"][0] == OFFER
        [only] = old["accepts"]  # what version 1 has no word for is left out: its SDKs choke on it
        assert (only["network"], only["maxAmountRequired"]) == ("base-sepolia", "10000")
        assert (only["resource"], only["description"], only["mimeType"]) == tuple(resource.values())
        assert b"null" not in got.body and "outputSchema" not in only


async def test_pages_of_other_sites_may_read_what_a_buyer_needs() -> None:
    async with open_shop() as shop:
        asked = await get(f"{shop.url}/sold/a", Origin="https://agent.example")
        paid = await get(f"{shop.url}/sold/a", Origin="https://agent.example", PAYMENT_SIGNATURE=payment())
        before = await get(
            f"{shop.url}/sold/a",
            method="OPTIONS",
            Origin="https://agent.example",
            Access_Control_Request_Method="GET",
            Access_Control_Request_Headers="payment-signature",
        )

        for got in (asked, paid):
            assert got.headers["Access-Control-Allow-Origin"] == "*"
            exposed = got.headers["Access-Control-Expose-Headers"]
            assert {NEW, "PAYMENT-RESPONSE", OLD} <= set(exposed.split(", "))
        allowed = before.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"PAYMENT-SIGNATURE", "X-PAYMENT", "SIGN-IN-WITH-X"} <= set(allowed)


async def test_a_person_is_shown_a_page_and_a_program_the_terms() -> None:
    rules = [Rule("/sold/*", "$0.01", description="<b>Bold</b> & co"), Rule("/", "$1", access=Access.NONE)]
    async with open_shop(prices=PriceList(rules)) as shop:
        page = await get(f"{shop.url}/sold/a?x=%22", Accept=HTML)
        text = page.body.decode()

        assert (page.status, page.headers["Content-Type"]) == (402, "text/html; charset=utf-8")
        assert page.header(NEW)["accepts"][0] == OFFER
        assert "Pay $0.01" in text and "0.01 USDC or 0.1 HBAR" in text
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; co" in text and "<b>Bold" not in text
        assert 'action="/.paywall/pay?for=%2Fsold%2Fa%3Fx%3D%2522"' in text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        programs_only = await get(f"{shop.url}/", Accept=HTML)
        assert b"<form" not in programs_only.body and b"sold to programs" in programs_only.body
        for accept in ("*/*", "application/json", "text/html, application/json"):
            assert (await get(f"{shop.url}/sold/a", Accept=accept)).json["x402Version"] == 1


async def test_some_requests_of_each_client_may_be_free() -> None:
    now = 0.0
    prices = PriceList([Rule("/sold/*", "$0.01", free=2, free_seconds=60)])
    async with open_shop(prices=prices, clock=lambda: now) as shop:
        assert [(await get(f"{shop.url}/sold/{n}")).status for n in range(3)] == [200, 200, 402]
        now = 61.0
        assert (await get(f"{shop.url}/sold/a")).status == 200


async def test_what_has_no_price_is_nobodys_business() -> None:
    async with open_shop() as shop:
        got = await get(f"{shop.url}/free", PAYMENT_SIGNATURE="junk")

        assert (got.status, got.body) == (200, b"free")
        assert not any(name in got.headers for name in ("Access-Control-Allow-Origin", "Cache-Control"))
        assert shop.till.asked == []


@pytest.mark.parametrize("said", ["public, max-age=60", "max-age=60, s-maxage=600", "private", "no-store"])
async def test_no_cache_in_between_keeps_what_was_paid_for(said: str) -> None:
    from aiohttp import web

    async with open_shop() as shop:

        async def cached(request: web.Request) -> web.StreamResponse:
            return web.Response(text="x", headers={"Cache-Control": said})

        shop.handle = cached
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())
        words = got.headers["Cache-Control"].split(", ")
        assert words[0] == "private" and "public" not in words and "s-maxage=600" not in words
        assert ("no-store" in words) == (said == "no-store")


async def test_twenty_thousand_headers_of_junk_are_told_apart_from_a_payment() -> None:
    async with open_shop() as shop:
        deep = json.dumps({"x402Version": 2, "payload": {}}).replace("{}", "[" * 2000 + "]" * 2000)
        import base64

        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=base64.b64encode(deep.encode()).decode())
        assert got.status == 400
        assert shop.runs == 0
