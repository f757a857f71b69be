"""Merchants and their accounts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from relay.errors import Conflict, NotFound
from relay.merchant import Merchant
from relay.money import Account, ChainId
from relay.store.database import Database
from relay.store.merchants import Merchants
from tests.store.nouns import NOW, TESTNET

SHOP = Merchant("shop", "The Shop", ((TESTNET, Account("0.0.2001")),), "https://shop.example")
RIVAL = Merchant("rival", "A Rival", ((TESTNET, Account("0.0.2002")),))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def merchants(db: Database, clock: Clock) -> Merchants:
    return Merchants(db, clock)


async def test_merchants_come_back_as_they_were_added(merchants: Merchants) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)

    assert await merchants.get("shop") == SHOP
    assert await merchants.get("nobody") is None
    assert await merchants.list() == (RIVAL, SHOP)


async def test_an_id_or_account_that_is_taken_is_refused_whole(merchants: Merchants) -> None:
    await merchants.add(SHOP)

    with pytest.raises(Conflict, match="shop"):
        await merchants.add(Merchant("shop", "Another Shop"))
    with pytest.raises(Conflict, match=r"0\.0\.2001"):
        await merchants.add(Merchant("thief", "Thief", SHOP.accounts))

    assert await merchants.list() == (SHOP,)


async def test_accounts_come_and_go(merchants: Merchants) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)
    base, account = ChainId("eip155", "8453"), Account("0xAbC")

    await merchants.add_account("shop", base, account)
    with pytest.raises(Conflict):
        await merchants.add_account("rival", base, account)
    with pytest.raises(NotFound):
        await merchants.add_account("nobody", base, Account("0xDeF"))
    await merchants.remove_account("rival", base, account)
    assert await merchants.merchant_of(base, [account]) == "shop"

    await merchants.remove_account("shop", base, account)
    assert await merchants.merchant_of(base, [account]) is None
    await merchants.add_account("rival", base, account)
    assert await merchants.merchant_of(base, [account]) == "rival"


async def test_a_transfer_pays_the_one_merchant_among_its_payees(merchants: Merchants) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)
    shop, rival, stranger = Account("0.0.2001"), Account("0.0.2002"), Account("0.0.9")

    assert await merchants.merchant_of(TESTNET, {stranger, shop}) == "shop"
    assert await merchants.merchant_of(TESTNET, [shop, rival]) is None
    assert await merchants.merchant_of(TESTNET, [stranger]) is None
    assert await merchants.merchant_of(TESTNET, []) is None
    assert await merchants.merchant_of(ChainId("hedera", "mainnet"), [shop]) is None


async def test_an_account_given_to_two_merchants_at_once_has_one_owner(merchants: Merchants) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)

    results = await asyncio.gather(
        *(merchants.add_account(merchant, TESTNET, Account("0.0.3000")) for merchant in ("shop", "rival")),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert await merchants.merchant_of(TESTNET, [Account("0.0.3000")]) in ("shop", "rival")


async def test_what_a_merchant_is_called_and_where_it_lives_can_change(merchants: Merchants) -> None:
    await merchants.add(SHOP)

    await merchants.update("shop", name="Another name")
    await merchants.update("shop", origin="https://new.example")
    assert await merchants.get("shop") == replace(SHOP, name="Another name", origin="https://new.example")
    await merchants.update("shop", origin="")
    assert await merchants.get("shop") == replace(SHOP, name="Another name", origin=None)
    with pytest.raises(NotFound):
        await merchants.update("nobody", name="x")
