"""The pure parts of following: the row of blocks, the cursor's memory, the rules of finality."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.chains.eip155.answers import Block
from relay.chains.eip155.blocks import Blocks
from relay.chains.eip155.cursor import FAR, Cursor, Place, read_cursor, thinned
from relay.chains.eip155.finality import Marks, patience_of
from relay.chains.eip155.options import Options, Tier
from relay.chains.eip155.spec import spec_of
from relay.errors import Misconfigured, Unreachable
from relay.money import Asset, ChainId
from tests.chains.evm_chain import CHAIN, now


def row(first: int, last: int, fork: str = "", parent: str | None = None) -> list[Block]:
    """Blocks `first` to `last` of a fork; the first may follow a block of another one."""
    hashes = [parent or f"{fork}{first - 1}", *(f"{fork}{number}" for number in range(first, last + 1))]
    return [Block(number, hashes[at + 1], hashes[at], number) for at, number in enumerate(range(first, last + 1))]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=20))
def test_a_row_is_unbroken_bounded_and_says_what_was_replaced(moves: list[tuple[int, int]]) -> None:
    blocks = Blocks(keep=16)
    blocks.restart(row(100, 100)[0])
    for fork, (back, more) in enumerate(moves):
        assert blocks.head is not None
        height, oldest = blocks.head.number, blocks.oldest
        first = max(oldest + 1, height - back + 2)  # `back` 1 only grows
        before = blocks.at(first - 1)
        assert before is not None
        replaced = blocks.extend(row(first, first + more, f"f{fork}-", before.hash))
        assert replaced == (first if first <= height else None)
        assert blocks.head.number == first + more
        known = [blocks.at(number) for number in range(blocks.oldest, blocks.head.number + 1)]
        assert all(block is not None for block in known) and len(known) <= 16
        assert blocks.at(blocks.oldest - 1) is None and blocks.at(blocks.head.number + 1) is None


def test_blocks_that_do_not_join_are_not_taken() -> None:
    blocks = Blocks()
    blocks.restart(row(5, 5)[0])
    for broken in (row(6, 7, "x"), row(7, 8), [row(6, 6)[0], row(7, 7, "x")[0]]):
        with pytest.raises(ValueError, match="do not join"):
            blocks.extend(broken)
    assert blocks.head == row(5, 5)[0]


@given(st.lists(st.integers(1, 700), min_size=1, max_size=40))
def test_a_cursor_stays_small_and_remembers_near_and_far(steps: Sequence[int]) -> None:
    places: tuple[Place, ...] = (Place(1_000_000, "start"),)
    for step in steps:
        first = places[-1].number + 1
        places = thinned(places, row(first, first + step - 1))
    assert len(places) <= 80
    assert list(places) == sorted(places)
    end = places[-1].number
    assert all(end - place.number < FAR for place in places)
    searched = end - 1_000_000
    assert len(places) >= min(16, searched)  # every one of the last blocks
    assert read_cursor(Cursor(places).text()) == Cursor(places)


@pytest.mark.parametrize("text", ["", "[]", "[[]]", "{}", '[[[1,"a"]],"x"]'])
def test_a_cursor_that_cannot_be_read_is_not_taken_for_a_new_one(text: str) -> None:
    with pytest.raises(Unreachable):
        read_cursor(text)


def test_confirmations_count_the_block_that_holds_it() -> None:
    marks = Marks(latest=100, safe=90, finalized=80)
    assert [marks.final(rule) for rule in (1, 3, "safe", "finalized")] == [100, 98, 90, 80]
    assert Marks(latest=100).final("finalized") < 0  # a node that does not tell makes nothing final


def test_larger_amounts_wait_for_stricter_rules() -> None:
    tiers = Tier(units="1000", finality=12), Tier(units="50", finality="safe")
    patience = patience_of(spec_of(CHAIN, Options(rpc=("http://node",), finality=1, tiers=tiers), now))
    native = Asset("native")
    assert [patience.of(native, units) for units in (49, 50, 999, 1000)] == [1, "safe", "safe", 12]
    assert patience.of(Asset("0xother"), 10**9) == 1
    assert patience.words({native: "ETH"}) == (
        "settled once it is in a block; from 50 units of ETH when its block is safe;"
        " from 1000 units of ETH after 12 confirmations"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"finality": 0}, "confirmations"),
        ({"finality": 1001}, "confirmations"),
        ({"tiers": (Tier(units="1.5", finality=1),)}, "smallest units"),
        ({"tiers": (Tier(asset="0xabc", units="1", finality=1),)}, "no asset"),
        ({"tiers": (Tier(units="1", finality=-1),)}, "confirmations"),
    ],
)
def test_rules_that_make_no_sense_are_refused_at_start(options: dict[str, object], says: str) -> None:
    spec = spec_of(ChainId("eip155", "31337"), Options(rpc=("http://node",), **options), now)  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match=says):
        patience_of(spec)
