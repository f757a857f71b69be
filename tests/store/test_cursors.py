"""The search of a chain: one process at a time, from where the last one stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relay.money import ChainId
from relay.store.cursors import Cursors, Held
from relay.store.database import Database
from tests.store.nouns import LATER, NOW, TESTNET


@pytest.fixture
def cursors(db: Database) -> Cursors:
    return Cursors(db)


async def test_a_search_begins_without_a_cursor_and_goes_on_where_it_stopped(cursors: Cursors) -> None:
    assert await cursors.hold(TESTNET, "one", NOW, LATER) == Held(None)

    await cursors.move(TESTNET, "one", "1700.5")

    assert await cursors.hold(TESTNET, "one", NOW, LATER) == Held("1700.5")


async def test_another_process_waits_until_the_lease_has_run_out(cursors: Cursors) -> None:
    await cursors.hold(TESTNET, "one", NOW, LATER)
    await cursors.move(TESTNET, "one", "1700.5")

    assert await cursors.hold(TESTNET, "two", NOW, LATER) is None
    assert await cursors.hold(TESTNET, "two", LATER, LATER + timedelta(seconds=9)) == Held("1700.5")


async def test_who_lost_the_lease_moves_nothing(cursors: Cursors) -> None:
    await cursors.hold(TESTNET, "one", NOW, LATER)
    await cursors.hold(TESTNET, "two", LATER, LATER + timedelta(seconds=9))

    await cursors.move(TESTNET, "one", "too late")

    assert await cursors.hold(TESTNET, "two", LATER, LATER + timedelta(seconds=9)) == Held(None)


async def test_chains_are_searched_by_themselves(cursors: Cursors) -> None:
    await cursors.hold(TESTNET, "one", NOW, LATER)

    assert await cursors.hold(ChainId("eip155", "1"), "two", NOW, LATER) == Held(None)
