"""Ids are ULIDs, and never given twice, whoever draws them."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from relay.ids import new_id

NOW = datetime(2026, 11, 20, tzinfo=UTC)  # one millisecond for all: only chance tells them apart


CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_an_id_begins_with_its_millisecond_and_so_ids_sort_by_time():
    times = [NOW + timedelta(milliseconds=ms) for ms in (0, 1, 511, 512, 1023, 1024, 1025, 10**9)]
    ids = [new_id("pay", at) for at in times]
    assert ids == sorted(ids)
    for id, at in zip(ids, times, strict=True):
        milliseconds = 0
        for letter in id.removeprefix("pay_")[:10]:
            milliseconds = milliseconds * 32 + CROCKFORD.index(letter)
        assert milliseconds == round(at.timestamp() * 1000)


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
