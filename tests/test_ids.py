"""Ids are never given twice, whoever draws them."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from relay.ids import new_id

NOW = datetime(2026, 11, 20, tzinfo=UTC)  # one millisecond for all: only chance tells them apart


def test_threads_that_draw_ids_at_once_never_draw_the_same():
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new_id("evt", NOW), range(20_000)))
    assert len(set(ids)) == len(ids)
    assert {len(id) for id in ids} == {len("evt_") + 26}


def test_a_forked_process_draws_other_ids_than_its_parent():
    new_id("evt", NOW)  # the rest of its block is there when the child begins
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, new_id("evt", NOW).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(ours, 100).decode() != new_id("evt", NOW)
    os.close(ours)
    os.close(theirs)
