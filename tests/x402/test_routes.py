"""`/x402` over HTTP: statuses, names and members as stock resource servers read them; keys, names, invoices, doors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from eth_account import Account

from tests.servers.evm import authorize
from tests.x402.place import BUYER, SHOP, SPONSOR_ACCOUNT, STRANGER, Place, open_place
from tests.x402.terms import call, old, terms

pytestmark = pytest.mark.asyncio(loop_scope="module")
PRICE = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    async with open_place(tmp_path_factory.mktemp("relay")) as running:
        yield running


def signed(place: Place, to: str = SHOP, value: int = PRICE, **asked: Any) -> dict[str, Any]:
    """A call about a payment nobody has made."""
    return call(authorize(BUYER, place.token, to=to, value=value), terms(place.token, to, value, **asked))


async def test_what_is_supported_is_said_in_both_versions(place: Place) -> None:
    assert await place.get("/supported") == (
        200,
        {
            "kinds": [
                {"x402Version": 2, "scheme": "exact", "network": "eip155:84532"},
                {"x402Version": 1, "scheme": "exact", "network": "base-sepolia"},
            ],
            "extensions": ["payment-identifier"],
            "signers": {"eip155:*": [SPONSOR_ACCOUNT]},
        },
    )


async def test_a_payment_is_verified_and_settled(place: Place) -> None:
    body, before = signed(place), await place.held(SHOP)

    verified = await place.post("/verify", body)
    status, settled = await place.post("/settle", body)

    assert verified == (200, {"isValid": True, "payer": BUYER.address})
    assert (status, settled["success"], settled["payer"]) == (200, True, BUYER.address)
    assert (settled["network"], settled["amount"]) == ("eip155:84532", str(PRICE))
    assert await place.held(SHOP) == before + PRICE
    for id in (settled["extra"]["payment"], settled["transaction"]):
        status, found = await place.get(f"/settlements/{id}")
        assert (status, found["status"], found["transaction"]) == (200, "settled", settled["transaction"])
    assert (await place.get("/settlements/pay_none"))[0] == 404


async def test_version_1_is_answered_in_its_words(place: Place) -> None:
    body = old(authorize(BUYER, place.token, to=SHOP, value=PRICE), terms(place.token, SHOP, PRICE), "base-sepolia")

    verified = await place.post("/verify", body)
    _, settled = await place.post("/settle", body)

    assert verified == (200, {"isValid": True, "payer": BUYER.address})
    assert (settled["success"], settled["network"]) == (True, "base-sepolia")


async def test_a_no_is_an_answer_and_names_the_payer(place: Place) -> None:
    body = signed(place) | {"paymentRequirements": terms(place.token, SHOP, PRICE + 1)}
    reason = "invalid_exact_evm_payload_authorization_value_mismatch"

    status, verified = await place.post("/verify", body)
    assert (status, verified["isValid"], verified["invalidReason"]) == (200, False, reason)
    assert verified["payer"] == BUYER.address

    status, settled = await place.post("/settle", body)
    assert (status, settled["success"], settled["errorReason"]) == (200, False, reason)
    assert (settled["transaction"], settled["network"]) == ("", "eip155:84532")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"paymentPayload": {}}', b"\xff", b"[" * 10_000])
async def test_what_is_no_call_is_400_and_still_an_answer(place: Place, body: bytes) -> None:
    verified, settled = await place.post("/verify", body), await place.post("/settle", body)

    assert (verified[0], verified[1]["isValid"], verified[1]["invalidReason"]) == (400, False, "invalid_payload")
    assert (settled[0], settled[1]["success"], settled[1]["transaction"]) == (400, False, "")


async def test_of_twenty_at_once_one_is_told_success_and_the_others_which_transaction_it_was(place: Place) -> None:
    body, before = signed(place), await place.sent()

    told = [answer for _, answer in await asyncio.gather(*(place.post("/settle", body) for _ in range(20)))]

    [settled] = [answer for answer in told if answer["success"]]
    assert {answer["transaction"] for answer in told} == {settled["transaction"]}
    assert [answer.get("errorReason") for answer in told].count("duplicate_settlement") == 19
    assert await place.sent() == before + 1
    assert (await place.post("/verify", body))[1]["invalidReason"] == "invalid_exact_evm_nonce_already_used"


async def test_a_named_request_is_answered_again_and_its_name_is_no_other_requests(place: Place) -> None:
    body, headers = signed(place), {"Authorization": f"Bearer {place.key}", "Idempotency_Key": "order-7"}

    first = await place.post("/settle", body, **headers)
    assert first[1]["success"] is True
    assert await place.post("/settle", body, **headers) == first
    assert (await place.post("/verify", body, **headers))[1]["isValid"] is True
    assert (await place.post("/settle", body))[1]["errorReason"] == "duplicate_settlement"
    assert (await place.post("/settle", body, Idempotency_Key="order-7"))[1]["errorReason"] == "duplicate_settlement"
    status, other = await place.post("/settle", signed(place), **headers)
    assert (status, other["errorReason"]) == (409, "payment_identifier_conflict")


async def test_the_buyers_own_name_for_his_request_does_the_same(place: Place) -> None:
    named = {"extensions": {"payment-identifier": {"info": {"required": False, "id": "pay_0123456789abcdef"}}}}
    payload = authorize(BUYER, place.token, to=SHOP, value=PRICE)
    body = call(payload, terms(place.token, SHOP, PRICE), resource={"url": "https://shop.example/a"}, **named)
    other = call(payload, terms(place.token, SHOP, PRICE), resource={"url": "https://shop.example/b"}, **named)

    first, again, elsewhere = [await place.post("/settle", each) for each in (body, body, other)]

    assert first[1]["success"] is True
    assert again == first
    assert (elsewhere[0], elsewhere[1]["errorReason"]) == (409, "payment_identifier_conflict")


async def test_a_name_that_is_none_or_was_never_paid_for_is_kept_nowhere(place: Place) -> None:
    named = {"extensions": {"payment-identifier": {"info": {"id": "short"}}}}
    payload = authorize(BUYER, place.token, to=SHOP, value=PRICE)
    assert (await place.post("/settle", call(payload, terms(place.token, SHOP, PRICE), **named)))[1][
        "errorReason"
    ] == "invalid_payload"
    poor = Account.create()
    unpaid = call(authorize(poor, place.token, to=SHOP, value=PRICE), terms(place.token, SHOP, PRICE))
    headers = {"Authorization": f"Bearer {place.key}", "Idempotency_Key": "order-8"}
    assert (await place.post("/settle", unpaid, **headers))[1]["success"] is False

    assert (await place.post("/settle", signed(place), **headers))[1]["success"] is True


async def test_who_is_paid_is_a_merchant_or_has_one_answer_for_him(place: Place) -> None:
    body, before = signed(place, to=STRANGER), await place.sent()

    refused = [await place.post(path, body) for path in ("/verify", "/settle")]
    wrong = await place.post("/settle", body, Authorization="Bearer sk_0123456789")
    assert refused[0][1]["invalidReason"] == refused[1][1]["errorReason"] == "invalid_payment_requirements"
    assert (wrong[0], await place.sent()) == (401, before)

    answered = await place.post("/settle", body, Authorization=f"Bearer {place.key}")
    assert answered[1]["success"] is True
    payment = await place.app.payments._journal.payment(answered[1]["extra"]["payment"])
    assert payment is not None and payment.merchant == "shop"


async def test_an_invoice_is_paid_once_by_whichever_door(place: Place) -> None:
    headers = {"Authorization": f"Bearer {place.key}"}
    wish = {"network": "eip155:84532", "asset": place.token.address, "amount": str(PRICE), "contentId": "post-1"}
    async with place.http.post(f"{place.app.url}/v1/invoices", json=wish, headers=headers) as made:
        invoice = (await made.json())["id"]
    extra = {"name": "USDC", "version": "2", "invoice": invoice}
    body, later = signed(place, extra=extra), signed(place, extra=extra)

    settled = await place.post("/settle", body)
    second = await place.post("/settle", later)
    wallet = {"network": "eip155:84532", "scheme": "exact", "invoice": invoice}
    wallet |= {"transaction": later["paymentPayload"]["payload"]}
    async with place.http.post(f"{place.app.url}/v1/payments", json=wallet) as answer:
        through_the_wallet = (answer.status, (await answer.json())["code"])

    assert (settled[1]["success"], settled[1]["extra"]["invoice"]) == (True, invoice)
    assert second[1]["errorReason"] == "invoice_paid"
    assert through_the_wallet == (422, "invoice_paid")
    async with place.http.get(f"{place.app.url}/v1/events", headers=headers, params={"limit": "500"}) as answer:
        events = [each for each in (await answer.json())["data"] if each["invoice"] == invoice]
    assert [each["type"] for each in events] == ["payment.submitted", "payment.settled"]
    assert events[1]["invoiceStatus"] == "settled"
    assert "accessToken" in events[1]


async def test_what_a_wallet_paid_at_another_door_opens_nothing_here(place: Place) -> None:
    body = signed(place)
    wallet = {"network": "eip155:84532", "scheme": "exact", "transaction": body["paymentPayload"]["payload"]}
    async with place.http.post(f"{place.app.url}/v1/payments", json=wallet) as answer:
        assert answer.status == 200

    assert (await place.post("/settle", body))[1]["errorReason"] == "duplicate_settlement"


async def test_whoever_hung_up_was_given_nothing_and_may_ask_again(place: Place) -> None:
    body = signed(place)
    await place.node.rpc("evm_setAutomine", False)
    try:
        with pytest.raises((aiohttp.ClientError, asyncio.TimeoutError)):
            async with place.http.post(
                f"{place.facilitator}/settle", json=body, timeout=aiohttp.ClientTimeout(total=1)
            ) as answer:
                await answer.read()
    finally:
        await place.node.rpc("evm_setAutomine", True)
        await place.node.rpc("evm_mine")
    async with asyncio.timeout(40):
        while (await place.post("/settle", body))[1]["success"] is not True:
            await asyncio.sleep(0.05)  # the first asker's end comes first

    assert (await place.post("/settle", body))[1]["errorReason"] == "duplicate_settlement"
