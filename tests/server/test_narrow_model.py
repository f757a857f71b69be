"""Narrow tails against a model: several processes, words lost, late, twice and in any order, listeners come and go.

Whatever happens, each listener hears the events of what it follows once, in order, and none is missing in between.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from relay.channel import Event
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sqlite import Sqlite
from relay.store.tx import Connection
from tests.server.narrow_world import NOW, PAYMENTS, PROCESSES, World, turns

PACES = ((0, 0), (0, 1), (0, 4), (3, 3), (0, 20), (0, 40))
PAUSES = (0, 1, 4)
Step = tuple[int, int, int, int, int, tuple[int, int], int]
_merchants = itertools.count()


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = Path(tmp_path_factory.mktemp("model")) / "relay.db"

    async def make() -> None:
        async with open_database(f"sqlite:///{path}") as db:
            await migrate(db)

    asyncio.run(make())
    with closing(Sqlite(path).connect(writes=True)) as connection:
        connection.run("PRAGMA synchronous=OFF")
        yield connection


STEP = st.tuples(
    st.integers(0, 10),  # what is done
    st.integers(0, PROCESSES - 1),  # at which process
    st.integers(0, 3),  # with what kind of topic
    st.integers(0, PAYMENTS - 1),  # and which
    st.integers(0, 3),  # how
    st.sampled_from(PACES),  # the database's from then on
    st.sampled_from(PAUSES),  # turns until the next step
)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failure is the same each time: it can be made smaller by who has the minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=10, max_size=50), page=st.sampled_from((1, 2, 500)))
def test_every_listener_hears_what_it_follows_once_in_order_and_without_a_gap(
    connection: Connection, steps: list[Step], page: int
) -> None:
    async def play() -> None:
        async with World(f"m{next(_merchants)}", connection) as world:
            for what, where, kind, number, fate, pace, pause in steps:
                world.db.pace = pace
                await world.act(what, where, kind, number, fate)
                await turns(pause)
            await world.end()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("relay.tail.PAGE", page)
        asyncio.run(play())


async def test_a_change_that_another_process_recorded_is_not_jumped_over(connection: Connection) -> None:
    here, elsewhere = 0, 1
    async with World(f"m{next(_merchants)}", connection) as world:
        await world.act(9, here, 0, 0, 0)
        for process in (here, elsewhere, here):
            await world.record(process, 0, fate=0)
        await world.end()
    assert [listener.heard for listener in world.listeners()] == [[1, 2, 3]]


async def test_what_is_recorded_here_about_a_payment_sent_here_needs_no_question(connection: Connection) -> None:
    async with World(f"m{next(_merchants)}", connection) as world:
        await world.act(9, 0, 0, 0, 0)
        for version in (1, 2):
            event = Event(f"unwritten-{version}", world.merchant, version, "payment.submitted", NOW,
                          world.topic(1, 0).id, None, None, b"{}", version)  # fmt: skip
            world.processes[0].tail.offer(event)
        await turns(20)
        assert [listener.heard for listener in world.listeners()] == [[1, 2]]
        assert not world.processes[0].channels


async def test_what_is_announced_while_the_journal_answers_is_looked_up_again(connection: Connection) -> None:
    """The answer is from before it: the doubt must outlive the answer, or nobody looks until the next event."""
    here, elsewhere = 0, 1
    async with World(f"m{next(_merchants)}", connection) as world:
        await world.act(3, here, 2, 0, 0)
        await turns(20)
        await world.record(elsewhere, 0, fate=0)
        world.db.pace = (0, 10)
        world.processes[here].tail.reach(1)
        await turns(5)  # it has looked, and the answer is on its way
        world.db.pace = (0, 0)
        await world.record(elsewhere, 0, fate=0)
        await world.end()
    assert [listener.heard for listener in world.listeners()] == [[1, 2]]


async def test_who_comes_while_a_tail_becomes_narrow_keeps_it_whole(connection: Connection) -> None:
    async with World(f"m{next(_merchants)}", connection) as world:
        await world.act(3, 0, 0, 0, 0)
        await turns(20)
        await world.act(5, 0, 0, 0, 0)
        await world.act(7, 0, 0, 0, 0)  # nobody follows all of it
        await world.record(1, 0, fate=0)
        world.db.pace = (0, 10)
        world.processes[0].tail.reach(1)
        await turns(5)  # the tail is at work
        await world.act(3, 0, 0, 0, 0)  # somebody waits for his turn
        for _ in range(20):
            await world.act(7, 0, 0, 0, 0)
            await turns(1)
        assert world.processes[0].tail.whole
        await world.record(1, 0, fate=0)
        await world.end()
    assert [listener.heard for listener in world.listeners()] == [[2]]
