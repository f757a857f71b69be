"""How far a chain was searched, and the hashes of some blocks before that: dense near the end, sparse further back.

They tell, after any downtime, whether the chain that was searched is still the one there is, and if not, below which
block it is. A few dozen are enough: which payments a coarse answer doubts for nothing is found out by looking at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from relay.chains.eip155.answers import Block
from relay.errors import Unreachable

DENSE, SPARSE, FAR = 16, 256, 8192  # blocks back: every one, every 16th, every 256th, none


class Place(NamedTuple):
    number: int
    hash: str


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`places`, the newest last, is never empty. Until `doubt_until` (Unix seconds), what settled in a block from
    `doubted` on may have been settled by a process that did not know of the reorganisation there yet.
    """

    places: tuple[Place, ...]
    doubted: int | None = None
    doubt_until: float = 0.0

    def text(self) -> str:
        """As it is stored."""
        return msgspec.json.encode(self).decode()

    @property
    def end(self) -> Place:
        return self.places[-1]

    def back_to(self, place: Place) -> tuple[Place, ...]:
        """The places up to one of them."""
        return tuple(each for each in self.places if each.number <= place.number)


def read_cursor(text: str) -> Cursor:
    """A stored cursor; raises `Unreachable` for what is none, so that nothing is skipped in silence."""
    try:
        cursor = msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        raise Unreachable("the cursor of this chain's search cannot be read") from None
    if not cursor.places:
        raise Unreachable("the cursor of this chain's search is empty")
    return cursor


def thinned(places: Sequence[Place], blocks: Sequence[Block]) -> tuple[Place, ...]:
    """What to keep once `blocks` were searched, too."""
    all_of_them = [*places, *(Place(block.number, block.hash) for block in blocks)]
    end = all_of_them[-1].number
    return tuple(each for each in all_of_them if _kept(each.number, end - each.number))


def _kept(number: int, back: int) -> bool:
    if back < DENSE:
        return True
    if back < SPARSE:
        return number % 16 == 0
    return back < FAR and number % 256 == 0
