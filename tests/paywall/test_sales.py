"""One payment, one sale: what is reserved, charged and given, and to whom again. The relay is a server that obeys."""

from __future__ import annotations

import asyncio
import base64

import pytest
from aiohttp import web

from relay.paywall import Bounds, Flow, PriceList, Rule
from relay.paywall.till import MISTAKES
from tests.paywall.till import OFFER, PENDING, SETTLED, get, open_shop, payment, served

SHORT = Bounds(hold_seconds=1)
INVALID = {"isValid": False, "invalidReason": "insufficient_funds", "invalidMessage": "he has 3"}


async def test_a_paid_request_is_verified_served_and_settled() -> None:
    async with open_shop() as shop:
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())

        assert (got.status, got.json["secret"]) == (200, 42)
        assert got.header("PAYMENT-RESPONSE") == SETTLED
        assert got.headers["Cache-Control"] == "private"
        assert shop.till.asked == ["offers", "verify", "settle"]


async def test_of_twenty_copies_at_once_the_handler_runs_once_and_all_get_its_answer() -> None:
    async with open_shop() as shop:
        paid = payment()
        got = await asyncio.gather(*(get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid) for _ in range(20)))

        assert [each.status for each in got] == [200] * 20
        assert len({each.body for each in got}) == 1
        assert shop.runs == 1
        assert shop.till.asked.count("settle") == 1


async def test_a_lost_answer_is_given_again_without_paying() -> None:
    async with open_shop() as shop:
        paid = payment()
        first = await get(f"{shop.url}/sold/a?x=1", PAYMENT_SIGNATURE=paid)
        again = await get(f"{shop.url}/sold/a?x=1", PAYMENT_SIGNATURE=paid)

        assert again.body == first.body and again.header("PAYMENT-RESPONSE") == SETTLED
        assert (shop.runs, shop.till.asked.count("settle")) == (1, 1)


async def test_the_same_payment_opens_no_other_request() -> None:
    async with open_shop() as shop:
        paid = payment()
        await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)
        others = [
            await get(f"{shop.url}/sold/b", PAYMENT_SIGNATURE=paid),
            await get(f"{shop.url}/sold/a?more", PAYMENT_SIGNATURE=paid),
            await get(f"{shop.url}/sold/a", method="POST", data=b"x", PAYMENT_SIGNATURE=paid),
            await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid, Authorization="Bearer other"),
            await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid, Idempotency_Key="somebody-else-altogether"),
        ]

        assert [each.status for each in others] == [402] * 5
        assert all(each.header("PAYMENT-RESPONSE")["errorReason"] == "duplicate_settlement" for each in others)
        assert shop.runs == 1


async def test_a_payment_that_is_no_good_runs_nothing_and_says_why() -> None:
    async with open_shop() as shop:
        shop.till.verdicts = [INVALID]
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())

        assert got.status == 402
        assert got.header("PAYMENT-REQUIRED")["error"] == "insufficient_funds: he has 3"
        assert (shop.runs, shop.till.asked) == (0, ["offers", "verify"])


async def test_a_handler_that_fails_costs_nothing_and_the_payment_stays_good() -> None:
    async with open_shop() as shop:

        async def broken(request: web.Request) -> web.StreamResponse:
            raise web.HTTPNotFound if shop.runs == 1 else RuntimeError("bug")

        shop.handle, paid = broken, payment()
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)).status == 404
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)).status == 500
        assert "settle" not in shop.till.asked
        shop.handle = None
        assert (await get(f"{shop.url}/sold/b", PAYMENT_SIGNATURE=paid)).status == 200


async def test_a_settlement_that_takes_long_is_a_503_for_the_same_payment_and_never_a_402() -> None:
    async with open_shop(bounds=SHORT) as shop:
        shop.till.settlements, paid = [done := asyncio.Event()], payment()
        waiting = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)

        assert waiting.status == 503
        assert int(waiting.headers["Retry-After"]) > 0
        assert waiting.header("PAYMENT-RESPONSE")["errorReason"] == "settlement_pending"
        assert "PAYMENT-REQUIRED" not in waiting.headers

        done.set()
        got = await served(f"{shop.url}/sold/a", paid)
        assert (got.status, shop.runs, shop.till.asked.count("settle")) == (200, 1, 1)


async def test_what_the_relay_calls_pending_or_cannot_tell_is_asked_again_under_the_same_name() -> None:
    async with open_shop() as shop:
        shop.till.settlements = [503, PENDING, 429, SETTLED]
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())

        assert (got.status, shop.runs) == (200, 1)
        assert shop.till.asked.count("settle") == 4
        assert len(set(shop.till.names)) == 1


async def test_a_settlement_that_is_proven_to_have_failed_gives_nothing_away() -> None:
    async with open_shop() as shop:
        failed = {
            "success": False,
            "errorReason": "transaction_failed",
            "transaction": "0x1",
            "network": "eip155:84532",
        }
        shop.till.settlements = [failed]
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())

        assert got.status == 402 and b"secret" not in got.body
        assert got.header("PAYMENT-RESPONSE") == failed


async def test_a_visitor_who_hangs_up_while_it_is_settled_finds_his_answer_later() -> None:
    async with open_shop() as shop:
        shop.till.settlements, paid = [done := asyncio.Event()], payment()
        asking = asyncio.create_task(get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid))
        async with asyncio.timeout(30):
            while "settle" not in shop.till.asked:
                await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        done.set()

        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)
        assert (got.status, shop.runs, shop.till.asked.count("settle")) == (200, 1, 1)


async def test_a_relay_that_cannot_tell_charges_nobody_and_makes_nobody_sign_again() -> None:
    async with open_shop() as shop:
        shop.till.verdicts, paid = [503, {"isValid": True}], payment()
        got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)

        assert (got.status, shop.runs) == (503, 0)
        assert "PAYMENT-REQUIRED" not in got.headers and "Retry-After" in got.headers
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)).status == 200


@pytest.mark.parametrize("junk", ["%%%", "e30=", "bnVsbA==", "W10="])
async def test_junk_for_a_payment_is_a_400(junk: str) -> None:
    async with open_shop() as shop:
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=junk)).status == 400
        assert shop.runs == 0


async def test_a_payment_with_bytes_that_are_no_text_is_a_400() -> None:
    broken = base64.b64encode(base64.b64decode(payment()).replace(b"0x00", b"\xff")).decode()
    async with open_shop() as shop:
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=broken)).status == 400
        assert shop.runs == 0


async def test_with_flow_upfront_no_work_is_done_before_the_money_is_there() -> None:
    async with open_shop(prices=PriceList([Rule("/sold/*", "$0.01", flow=Flow.UPFRONT)])) as shop:
        shop.till.settlements = [{**PENDING, "errorReason": "insufficient_funds"}, SETTLED]
        refused = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())
        assert (refused.status, shop.runs) == (402, 0)

        async def broken_once(request: web.Request) -> web.StreamResponse:
            return web.json_response({"run": shop.runs}, status=500 if shop.runs == 1 else 200)

        shop.handle, paid = broken_once, payment()
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)).status == 500
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=paid)).json == {"run": 2}
        assert shop.till.asked == ["offers", "settle", "settle"]


async def test_who_presents_bad_payments_without_end_is_not_asked_about_any_more() -> None:
    now = 0.0
    async with open_shop(clock=lambda: now) as shop:
        shop.till.verdicts = [INVALID]
        got = [(await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())).status for _ in range(MISTAKES + 5)]
        assert got == [402] * MISTAKES + [429] * 5
        assert shop.till.asked.count("verify") == MISTAKES
        now, shop.till.verdicts = 61.0, [{"isValid": True}]
        assert (await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment())).status == 200


async def test_an_offer_that_was_changed_is_not_one_of_ours() -> None:
    async with open_shop() as shop:
        for name, value in {"amount": "1", "payTo": "0x2", "extra": {}, "maxTimeoutSeconds": 9}.items():
            got = await get(f"{shop.url}/sold/a", PAYMENT_SIGNATURE=payment(accepted={**OFFER, name: value}))
            assert got.header("PAYMENT-REQUIRED")["error"] == "No matching payment requirements"
        assert (shop.runs, "settle" in shop.till.asked) == (0, False)
