"""Three relays on three hosts, paid through all the time: cut off, restarted, killed. Nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.scale.fleet import Fleet, open_fleet

pytestmark = pytest.mark.asyncio(loop_scope="module")
CUT_SECONDS = 4.0  # longer than Redis may be silent, and than a payer waits before he goes elsewhere


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    async with open_fleet(tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet


@pytest.mark.parametrize("service", ["redis", "postgres", "nodes"])
async def test_a_relay_that_is_cut_off_loses_and_doubles_nothing(fleet: Fleet, service: str) -> None:
    async with fleet.load():
        await fleet.more(10)
        fleet.hosts.cut(0, service)
        await asyncio.sleep(CUT_SECONDS)
        await fleet.more(10)
        fleet.hosts.heal(0, service)
        await fleet.more(10)


async def test_relays_are_restarted_one_after_the_other_under_load(fleet: Fleet) -> None:
    async with fleet.load():
        for relay in fleet.relays:
            await fleet.more(5)
            assert await relay.stop() == 0
            await relay.start()
        await fleet.more(5)


async def test_what_a_killed_relay_had_under_way_is_finished_by_the_others(fleet: Fleet) -> None:
    async with fleet.load():
        await fleet.more(10)
        await fleet.relays[1].kill()
        await fleet.forget_leases()
        await fleet.more(20)
        await fleet.relays[1].start()
