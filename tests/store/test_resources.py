"""What is listed for discovery: found by what it is and how it is paid, refreshed, bounded, gone after a week."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relay.errors import Conflict
from relay.store.database import Database
from relay.store.resources import LISTED, Listing, Resources, listing_id
from relay.wire.x402 import PaymentRequirements
from tests.store.nouns import NOW

BASE, HEDERA = "eip155:8453", "hedera:mainnet"


@pytest.fixture
def listed(db: Database) -> Resources:
    return Resources(db)


def listing(url: str, merchant: str = "shop", minute: int = 0) -> Listing:
    at, id = NOW + timedelta(minutes=minute), listing_id(merchant, "GET", url)
    return Listing(id, merchant, url, "GET", "0.01 USD", "http", "{}", at, at)


def way(network: str, pay_to: str) -> PaymentRequirements:
    return PaymentRequirements(
        scheme="exact", network=network, amount="1", asset="a", pay_to=pay_to, max_timeout_seconds=60
    )


async def find(
    listed: Resources, days: float = 0, limit: int = 10, offset: int = 0, **wanted: str
) -> tuple[list[str], int]:
    filters = dict.fromkeys(("kind", "pay_to", "scheme", "network")) | wanted
    found, total = await listed.find(NOW + timedelta(days=days), limit=limit, offset=offset, **filters)  # type: ignore[arg-type]
    return [each.url for each in found], total


async def test_a_listing_is_found_by_how_it_is_paid_and_pages_say_how_much_there_is(listed: Resources) -> None:
    await listed.put(listing("https://a/1"), [way(BASE, "0xAb"), way(HEDERA, "0.0.7")])
    await listed.put(listing("https://a/2", minute=1), [way(HEDERA, "0.0.8")])

    assert await find(listed) == (["https://a/2", "https://a/1"], 2)
    assert await find(listed, limit=1, offset=1) == (["https://a/1"], 2)
    assert await find(listed, network=BASE) == (["https://a/1"], 1)
    assert await find(listed, pay_to="0xaB") == (["https://a/1"], 1)
    assert await find(listed, pay_to="0.0.8", network=BASE) == ([], 0)
    assert await find(listed, scheme="upto") == ([], 0)
    assert await find(listed, kind="mcp") == ([], 0)


async def test_listing_again_refreshes_and_replaces_the_ways(listed: Resources) -> None:
    await listed.put(listing("https://a/1"), [way(BASE, "0xab")])
    await listed.put(listing("https://a/1", minute=5), [way(HEDERA, "0.0.7")])

    assert await find(listed, network=BASE) == ([], 0)
    assert await find(listed, network=HEDERA) == (["https://a/1"], 1)
    [own] = (await listed.of("shop", after=None, limit=10)).items
    assert own.updated - own.created == timedelta(minutes=5)


async def test_what_nobody_refreshes_is_gone_after_a_week(listed: Resources) -> None:
    await listed.put(listing("https://a/1"), [way(BASE, "0xab")])
    week = LISTED / timedelta(days=1)

    assert (await find(listed, days=week - 0.1))[1] == 1
    assert (await find(listed, days=week))[1] == 0
    await listed.sweep(NOW + LISTED)
    assert (await listed.of("shop", after=None, limit=10)).items == ()


async def test_a_merchant_takes_down_his_own_only(listed: Resources) -> None:
    mine = listing("https://a/1")
    await listed.put(mine, [way(BASE, "0xab")])

    assert not await listed.remove("blog", mine.id)
    assert (await find(listed))[1] == 1
    assert await listed.remove("shop", mine.id)
    assert await find(listed, network=BASE) == ([], 0)


async def test_a_merchant_lists_a_bounded_number(db: Database) -> None:
    listed = Resources(db, most=2)
    for n in range(2):
        await listed.put(listing(f"https://a/{n}"), [])
    await listed.put(listing("https://a/0", minute=1), [])
    with pytest.raises(Conflict, match="at most 2"):
        await listed.put(listing("https://a/2"), [])
    await listed.put(listing("https://b/2", merchant="blog"), [])
