"""What a payment opens, once, on both databases: of racing claims one wins, and it can be asked again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from relay.money import ChainId, TxId
from relay.store.claims import NAMES_KEPT, Claims
from relay.store.database import Database

CHAIN, TX = ChainId("eip155", "31337"), TxId("0xaa+0x01@0xbb")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(seconds=60)


@pytest.fixture
def claims(db: Database) -> Claims:
    return Claims(db)


async def test_of_racing_claims_one_wins_and_wins_again(claims: Claims) -> None:
    owners = [f"owner {n}" for n in range(20)]
    won = await asyncio.gather(*(claims.take(CHAIN, TX, owner, NOW) for owner in owners))

    [winner] = [owner for owner, mine in zip(owners, won, strict=True) if mine]
    assert await claims.owner(CHAIN, TX, NOW) == winner
    assert await claims.take(CHAIN, TX, winner, LATER)
    assert not await claims.take(CHAIN, TX, "somebody", LATER)


async def test_a_claim_for_a_while_is_kept_made_good_or_runs_out(claims: Claims) -> None:
    assert await claims.take(CHAIN, TX, "first", NOW, LATER)
    assert not await claims.take(CHAIN, TX, "second", NOW)
    assert await claims.take(CHAIN, TX, "second", LATER, LATER + timedelta(seconds=60))
    assert await claims.take(CHAIN, TX, "second", LATER)  # for good
    assert not await claims.take(CHAIN, TX, "first", LATER + timedelta(days=365))


async def test_what_is_for_good_is_not_made_a_while_again(claims: Claims) -> None:
    assert await claims.take(CHAIN, TX, "first", NOW)
    assert await claims.take(CHAIN, TX, "first", NOW, LATER)

    assert not await claims.take(CHAIN, TX, "second", LATER + timedelta(days=1))


async def test_only_who_has_a_claim_gives_it_back(claims: Claims) -> None:
    assert await claims.take(CHAIN, TX, "first", NOW)
    await claims.release(CHAIN, TX, "second")
    assert await claims.owner(CHAIN, TX, NOW) == "first"
    await claims.release(CHAIN, TX, "first")
    assert await claims.take(CHAIN, TX, "second", NOW)


async def test_a_name_is_one_requests_for_as_long_as_it_is_kept(claims: Claims) -> None:
    assert await claims.name("shop", "order-1", "this", NOW)
    assert await claims.name("shop", "order-1", "this", LATER)
    assert not await claims.name("shop", "order-1", "that", LATER)
    assert await claims.name("blog", "order-1", "that", LATER)

    await claims.sweep(NOW + NAMES_KEPT)
    assert await claims.name("shop", "order-1", "that", LATER)


async def test_sweeping_forgets_what_ran_out_and_nothing_else(claims: Claims) -> None:
    assert await claims.take(CHAIN, TxId("a"), "first", NOW, LATER)
    assert await claims.take(CHAIN, TxId("b"), "first", NOW)
    await claims.sweep(LATER)
    assert await claims.owner(CHAIN, TxId("a"), NOW) is None
    assert await claims.owner(CHAIN, TxId("b"), NOW) == "first"
