"""Merchants, their accounts and keys."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

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


async def test_a_key_opens_its_merchant_until_it_is_revoked(merchants: Merchants, clock: Clock) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)
    key = await merchants.add_key("shop", "the site")
    other = await merchants.add_key("shop", "another")

    assert re.fullmatch(r"sk_[\w-]{43}", key)
    assert await merchants.merchant_of_key(key) == SHOP
    assert await merchants.merchant_of_key(key + "x") is None
    assert await merchants.merchant_of_key(key[3:]) is None
    assert not await merchants.revoke_key("rival", key[:8])
    assert await merchants.merchant_of_key(key) == SHOP

    assert await merchants.revoke_key("shop", key[:8])
    clock.now += timedelta(seconds=1)
    assert await merchants.revoke_key("shop", key[:8])

    assert await merchants.merchant_of_key(key) is None
    assert await merchants.merchant_of_key(other) == SHOP
    assert {found.prefix: found.revoked for found in await merchants.keys("shop")} == {key[:8]: NOW, other[:8]: None}
    assert await merchants.keys("rival") == ()


async def test_a_key_needs_a_merchant(merchants: Merchants) -> None:
    with pytest.raises(NotFound, match="nobody"):
        await merchants.add_key("nobody", "x")


async def test_the_database_holds_nothing_that_opens_the_api(merchants: Merchants, db: Database) -> None:
    await merchants.add(SHOP)
    key = await merchants.add_key("shop", "the site")

    row = await db.read(lambda tx: tx.one("SELECT hash, merchant, prefix, name FROM api_keys"))

    assert row is not None
    assert key[8:] not in "".join(row[column] for column in ("hash", "merchant", "prefix", "name"))
    assert await merchants.merchant_of_key("sk_" + row["hash"]) is None


async def test_last_use_is_noted_once_a_minute(merchants: Merchants, db: Database, clock: Clock) -> None:
    await merchants.add(SHOP)
    key = await merchants.add_key("shop", "the site")

    async def last_used() -> datetime | None:
        await merchants.merchant_of_key(key)
        await db.write(lambda tx: None)  # what was to be noted is in the queue before this
        [found] = await merchants.keys("shop")
        return found.last_used

    assert await last_used() == NOW
    clock.now = NOW + timedelta(seconds=59)
    assert await last_used() == NOW
    clock.now = NOW + timedelta(seconds=60)
    assert await last_used() == clock.now


async def test_an_account_given_to_two_merchants_at_once_has_one_owner(merchants: Merchants) -> None:
    await merchants.add(SHOP)
    await merchants.add(RIVAL)

    results = await asyncio.gather(
        *(merchants.add_account(merchant, TESTNET, Account("0.0.3000")) for merchant in ("shop", "rival")),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert await merchants.merchant_of(TESTNET, [Account("0.0.3000")]) in ("shop", "rival")
