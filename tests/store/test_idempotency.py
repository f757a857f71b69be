"""`Idempotency-Key`: the same request twice is answered once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

from relay.store.idempotency import Different, Done, Fresh, Idempotency, Running
from tests.store.nouns import NOW


async def test_the_second_request_gets_the_answer_of_the_first(idempotency: Idempotency) -> None:
    fresh = await idempotency.begin("shop", "k1", "digest", NOW)
    assert isinstance(fresh, Fresh)
    assert await idempotency.begin("shop", "k1", "digest", NOW) == Running()

    await idempotency.finish(fresh, 201, b'{"id":"inv_1"}\xff', NOW)

    assert await idempotency.begin("shop", "k1", "digest", NOW) == Done(201, b'{"id":"inv_1"}\xff')
    assert await idempotency.begin("shop", "k1", "other", NOW) == Different()


async def test_keys_belong_to_their_merchant(idempotency: Idempotency) -> None:
    assert isinstance(await idempotency.begin("shop", "k1", "digest", NOW), Fresh)

    assert isinstance(await idempotency.begin("rival", "k1", "other", NOW), Fresh)


async def test_of_many_at_once_one_goes_ahead(idempotency: Idempotency) -> None:
    results = await asyncio.gather(*(idempotency.begin("shop", "k1", "digest", NOW) for _ in range(50)))

    assert Counter(type(result) for result in results) == {Fresh: 1, Running: 49}


async def test_a_request_that_failed_frees_its_key(idempotency: Idempotency) -> None:
    fresh = await idempotency.begin("shop", "k1", "digest", NOW)
    assert isinstance(fresh, Fresh)

    await idempotency.abandon(fresh)

    assert isinstance(await idempotency.begin("shop", "k1", "another", NOW), Fresh)


async def test_a_request_that_a_crash_left_running_frees_its_key_after_a_minute(idempotency: Idempotency) -> None:
    crashed = await idempotency.begin("shop", "k1", "digest", NOW)
    assert isinstance(crashed, Fresh)
    assert await idempotency.begin("shop", "k1", "digest", NOW + timedelta(seconds=59)) == Running()

    fresh = await idempotency.begin("shop", "k1", "digest", NOW + timedelta(seconds=60))

    assert isinstance(fresh, Fresh)
    await idempotency.finish(crashed, 200, b"too late", NOW)
    await idempotency.abandon(crashed)
    assert await idempotency.begin("shop", "k1", "digest", NOW + timedelta(seconds=61)) == Running()


async def test_an_answer_is_kept_for_a_day(idempotency: Idempotency) -> None:
    fresh = await idempotency.begin("shop", "k1", "digest", NOW)
    assert isinstance(fresh, Fresh)
    await idempotency.finish(fresh, 200, b"{}", NOW)
    day = timedelta(hours=24)

    assert await idempotency.begin("shop", "k1", "digest", NOW + day - timedelta(seconds=1)) == Done(200, b"{}")
    assert isinstance(await idempotency.begin("shop", "k1", "digest", NOW + day), Fresh)


async def test_what_expired_is_swept(idempotency: Idempotency) -> None:
    await idempotency.begin("shop", "k1", "digest", NOW)
    await idempotency.begin("shop", "k2", "digest", NOW + timedelta(seconds=30))

    await idempotency.sweep(NOW + timedelta(seconds=60))

    assert isinstance(await idempotency.begin("shop", "k1", "other", NOW + timedelta(seconds=60)), Fresh)
    assert await idempotency.begin("shop", "k2", "digest", NOW + timedelta(seconds=60)) == Running()
