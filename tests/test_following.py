"""A payment is looked at until it is over, whatever one look meets; looks of a beat are made together, none early."""

from __future__ import annotations

import asyncio

import pytest

from relay.errors import Overloaded, RelayError, Unreachable
from relay.following import Beats, Following
from relay.payment import Payment, Status
from tests.changed import replace
from tests.store.nouns import a_payment

BEAT = 0.1


async def test_what_is_due_within_a_beat_ends_in_one_turn_of_the_loop_and_not_early():
    beats, loop = Beats(BEAT), asyncio.get_running_loop()
    ended: list[tuple[str, float]] = []

    async def note(name: str, due: asyncio.Future[None]) -> None:
        await due
        ended.append((name, loop.time()))
        if name == "first":
            loop.call_soon(ended.append, ("the next turn", loop.time()))

    while True:
        at = loop.time()
        due = (at // BEAT + 1.1) * BEAT - at  # right after a beat, and before the next
        first, second = beats.wait(due), beats.wait(due + BEAT / 2)
        if loop.time() - at < BEAT / 4:
            break  # else the machine stood still between two lines, and the second is due at another beat
    await asyncio.gather(note("first", first), note("second", second))
    await asyncio.sleep(0)

    assert [name for name, _ in ended] == ["first", "second", "the next turn"]
    assert ended[0][1] - at > due - 0.001


async def test_a_wait_that_is_cancelled_disturbs_no_other_of_its_beat():
    beats = Beats()
    cancelled = asyncio.ensure_future(beats.wait(0.02))
    other = beats.wait(0.02)
    cancelled.cancel()

    await other
    assert cancelled.cancelled()


@pytest.mark.parametrize("error", [Unreachable("no node answers"), Overloaded("too much waits for the database")])
async def test_a_look_that_could_not_be_made_is_made_again(error: RelayError, caplog: pytest.LogCaptureFixture):
    looks: list[Payment] = []

    async def look(payment: Payment) -> Payment:
        looks.append(payment)
        if len(looks) == 1:
            raise error
        return replace(payment, status=Status.SETTLED)

    await Following(look, {}).follow(a_payment())

    assert len(looks) == 2
    assert caplog.records == []
