"""Listings: a page gets invoices at the merchant's price without a server, and at no other."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relay.access import Signer, read_signed, verify
from relay.errors import Unauthorized
from tests.server.paying import get, invoice, post, signed
from tests.server.test_keys import make
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess

SITE = "https://shop.example"
TERMS = {"network": "hedera:devnet", "amount": "1000", "contentId": "post-7", "metadata": {"title": "Seven"}}


@pytest.fixture
def terms() -> dict[str, Any]:
    return {"invoice": TERMS, "expiresIn": 3600}


async def page_key(relay: RelayProcess, key: str) -> str:
    wish = {"scopes": ["invoices:write"], "publishable": True, "origins": [SITE]}
    return str((await make(relay.url, key, **wish))["key"])


async def test_a_page_sells_content_at_the_price_its_listing_says(
    relay: RelayProcess, keys: dict[str, str], terms: dict[str, Any]
) -> None:
    status, listed = await post(relay.url, "/v1/invoices/listing", keys["shop"], json=terms)
    assert (status, listed["contentId"]) == (201, "post-7")
    page = await page_key(relay, keys["shop"])
    asked = {"listing": listed["listing"]}
    status, made = await post(relay.url, "/v1/invoices", page, json=asked, Origin=SITE)
    assert status == 201, made
    assert (made["contentId"], made["amount"], made["payTo"][0]["account"]) == ("post-7", "1000", "0.0.2001")
    assert (await post(relay.url, "/v1/invoices", page, json=asked, Origin="https://evil.example"))[0] == 403
    async with Listener(relay.url) as reader:
        await reader.call("SUBSCRIBE", {"invoice": made["id"], "secret": made["secret"]})
        await reader.call("CRYPTOTRANSFER", signed(made["memo"]))
        assert (await reader.until_status("settled"))["accessToken"]


async def test_nothing_of_a_listing_can_be_made_cheaper(
    relay: RelayProcess, keys: dict[str, str], terms: dict[str, Any]
) -> None:
    _, listed = await post(relay.url, "/v1/invoices/listing", keys["shop"], json=terms)
    listing = listed["listing"]
    page = await page_key(relay, keys["shop"])
    head, body, signature = listing.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["invoice"]["amount"] = "1"
    cheaper = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    ours = (await invoice(relay.url, keys["shop"]))["requirementsJws"]
    forged = Signer(bytes(32), relay.url).sign(claims)
    for asked in (
        {"listing": listing, "amount": "1"},
        {"listing": f"{head}.{cheaper}.{signature}"},
        {"listing": forged},
        {"listing": ours},
        {"listing": "junk"},
        {"listing": ""},
    ):
        status, problem = await post(relay.url, "/v1/invoices", page, json=asked, Origin=SITE)
        assert (status, problem["code"]) == (400, "invalid_request"), asked
    others = await page_key(relay, keys["blog"])
    assert (await post(relay.url, "/v1/invoices", others, json={"listing": listing}, Origin=SITE))[0] == 403
    assert (await post(relay.url, "/v1/invoices/listing", page, json=terms, Origin=SITE))[0] == 403


async def test_other_terms_for_the_same_content_end_what_was_listed_before(
    relay: RelayProcess, keys: dict[str, str], terms: dict[str, Any]
) -> None:
    page = await page_key(relay, keys["shop"])

    async def lists(**change: Any) -> str:
        wish = {**terms, "invoice": dict(reversed({**TERMS, **change}.items()))}
        return str((await post(relay.url, "/v1/invoices/listing", keys["shop"], json=wish))[1]["listing"])

    async def buys(listing: str) -> int:
        return (await post(relay.url, "/v1/invoices", page, json={"listing": listing}, Origin=SITE))[0]

    first = (await post(relay.url, "/v1/invoices/listing", keys["shop"], json=terms))[1]["listing"]
    other = await lists(contentId="post-8")
    again = await lists()
    assert [await buys(each) for each in (first, other, again)] == [201] * 3, "the same terms end nothing"
    dearer = await lists(amount="2000")
    assert [await buys(each) for each in (first, again, other, dearer)] == [400, 400, 201, 201]
    await lists()
    assert [await buys(each) for each in (first, dearer)] == [201, 400]


async def test_a_listing_opens_no_content_and_ends(
    relay: RelayProcess, keys: dict[str, str], terms: dict[str, Any]
) -> None:
    _, listed = await post(relay.url, "/v1/invoices/listing", keys["shop"], json=terms)
    _, jwks = await get(relay.url, "/.well-known/jwks.json")
    now = datetime.now(UTC)
    site = {"issuer": relay.url, "audience": relay.url, "scope": "content:post-7"}
    with pytest.raises(Unauthorized):
        verify(listed["listing"], jwks, now=now, **site)
    assert read_signed(listed["listing"], jwks, now)["use"] == "relay-listing"
    with pytest.raises(Unauthorized, match="expired"):
        read_signed(listed["listing"], jwks, now + timedelta(hours=2))


async def test_what_could_be_no_invoice_is_no_listing(relay: RelayProcess, keys: dict[str, str]) -> None:
    for change, says in (
        ({"contentId": None}, "contentId"),
        ({"orderId": "1"}, "orderId"),
        ({"webhookUrl": "https://shop.example/hook"}, "webhookUrl"),
        ({"amount": "0"}, "amount"),
        ({"network": "hedera:mainnet"}, "network"),
    ):
        wish = {name: value for name, value in {**TERMS, **change}.items() if value is not None}
        status, problem = await post(relay.url, "/v1/invoices/listing", keys["shop"], json={"invoice": wish})
        assert status in (400, 422) and says in problem["detail"], change
    for seconds in (0, 59, 10**9):
        wish = {"invoice": TERMS, "expiresIn": seconds}
        assert (await post(relay.url, "/v1/invoices/listing", keys["shop"], json=wish))[0] == 400
