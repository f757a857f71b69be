"""The facilitator's verbs against a real chain: who is told what, however often and by however many it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from eth_account import Account

from relay.payment import Status
from relay.settlement import Duplicate, Invalid, Request, Settled, Verified
from tests.evm_site import SHOP, SPONSOR, EvmSite, found_shop, options
from tests.servers.anvil import Anvil, anvil
from tests.servers.evm import PAYERS, Token, authorize, usdc
from tests.x402.terms import call, objects, terms

ALICE = PAYERS[1]
PRICE = 1_000


@pytest_asyncio.fixture
async def node() -> AsyncIterator[Anvil]:
    async with anvil() as running:
        await running.rpc("anvil_setBalance", Account.from_key(SPONSOR).address, hex(10**20))
        yield running


@pytest_asyncio.fixture
async def token(node: Anvil) -> Token:
    return await usdc(node, holders=[ALICE.address])


@pytest_asyncio.fixture
async def site(node: Anvil, token: Token, sqlite_url: str) -> AsyncIterator[EvmSite]:
    await found_shop(sqlite_url)
    async with EvmSite(sqlite_url, options(node.url, token.address)) as running:
        yield running


async def test_a_payment_is_verified_then_settled_and_the_merchant_hears_of_it_as_of_any(
    site: EvmSite, node: Anvil, token: Token
) -> None:
    asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))

    verified = await site.facilitator.verify(*asked)
    settled = await site.facilitator.settle(*asked)

    assert isinstance(verified, Verified) and verified.merchant == "shop"
    assert isinstance(settled, Settled), settled
    assert await token.call("balanceOf", SHOP) == PRICE
    receipt = await node.rpc("eth_getTransactionReceipt", settled.transaction)
    assert receipt["status"] == "0x1"
    assert await site.told_of(settled.payment.id) == ["payment.submitted", "payment.settled"]


async def test_of_many_callers_with_one_payload_one_is_served_and_one_transaction_is_made(
    site: EvmSite, node: Anvil, token: Token
) -> None:
    asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))

    told = await asyncio.gather(*(site.facilitator.settle(*asked) for _ in range(20)))

    [settled] = [each for each in told if isinstance(each, Settled)]
    others = [each for each in told if isinstance(each, Duplicate)]
    assert len(others) == 19
    assert {each.transaction for each in others} == {settled.transaction}
    assert await node.rpc("eth_getTransactionCount", Account.from_key(SPONSOR).address, "latest") == "0x1"
    assert await token.call("balanceOf", SHOP) == PRICE


async def test_the_same_request_is_answered_again_and_another_never(site: EvmSite, token: Token) -> None:
    asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))
    mine = Request("shop", "order-1")

    first = await site.facilitator.settle(*asked, request=mine)
    again = await site.facilitator.settle(*asked, request=mine)
    other = await site.facilitator.settle(*asked, request=Request("shop", "order-2"))
    nameless = await site.facilitator.settle(*asked)

    assert isinstance(first, Settled) and isinstance(again, Settled)
    assert again.transaction == first.transaction
    assert isinstance(other, Duplicate) and isinstance(nameless, Duplicate)
    assert isinstance(await site.facilitator.verify(*asked, request=mine), Verified)
    assert isinstance(await site.facilitator.verify(*asked), Invalid)


async def test_a_name_stands_for_one_request(site: EvmSite, token: Token) -> None:
    mine = Request("shop", "order-1")
    one, two = (
        objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE))) for _ in range(2)
    )
    await site.facilitator.settle(*one, request=mine)

    other = await site.facilitator.settle(*two, request=mine)

    assert isinstance(other, Invalid) and other.reason == "payment_identifier_conflict"
    assert await token.call("balanceOf", SHOP) == PRICE


async def test_what_another_door_took_opens_nothing_here(site: EvmSite, token: Token) -> None:
    payload, asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))
    read = site.facilitator._read(payload, asked)
    answer = await site.relay.transfer(read.transfer.signed)
    await site.until(answer.payment.id, Status.SETTLED)

    told = await site.facilitator.settle(payload, asked)

    assert isinstance(told, Duplicate)


async def test_who_copies_a_payment_from_the_chain_takes_it_from_nobody(
    site: EvmSite, node: Anvil, token: Token
) -> None:
    asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))
    await node.rpc("evm_setAutomine", False)
    listening = [True]

    first = asyncio.create_task(site.facilitator.settle(*asked, listens=lambda: listening[0]))
    async with asyncio.timeout(30):
        while not (await site.payments()):
            await asyncio.sleep(0.01)
    copied = await site.facilitator.settle(*asked)
    verified = await site.facilitator.verify(*asked)
    await node.rpc("evm_mine")

    assert isinstance(copied, Duplicate)
    assert isinstance(verified, Invalid) and verified.reason == "invalid_exact_evm_nonce_already_used"
    assert isinstance(await first, Settled)


async def test_who_hung_up_leaves_the_payment_to_whoever_asks_next(site: EvmSite, node: Anvil, token: Token) -> None:
    asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))
    await node.rpc("evm_setAutomine", False)
    listening = [True]
    gone = asyncio.create_task(site.facilitator.settle(*asked, listens=lambda: listening[0]))
    async with asyncio.timeout(30):
        while not (await site.payments()):
            await asyncio.sleep(0.01)

    listening[0] = False
    again = asyncio.create_task(site.facilitator.settle(*asked))
    async with asyncio.timeout(40):
        while not again.done():
            await node.rpc("evm_mine")
            await asyncio.sleep(0.02)

    assert isinstance(await again, Settled)
    assert not isinstance(await gone, Settled)  # nobody hears it


async def test_of_two_processes_that_are_asked_at_once_one_is_told_success(
    site: EvmSite, node: Anvil, token: Token
) -> None:
    async with EvmSite(site.database, options(node.url, token.address)) as other:
        for made in (1, 2):
            asked = objects(call(authorize(ALICE, token, to=SHOP, value=PRICE), terms(token, SHOP, PRICE)))

            told = await asyncio.gather(
                *(each.facilitator.settle(*asked) for each in (site, other, site, other, site, other))
            )

            assert sum(isinstance(each, Settled) for each in told) == 1
            assert sum(isinstance(each, Duplicate) for each in told) == 5
            assert await token.call("balanceOf", SHOP) == made * PRICE
            sponsor = Account.from_key(SPONSOR).address
            assert int(await node.rpc("eth_getTransactionCount", sponsor, "latest"), 16) == made
