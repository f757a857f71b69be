"""Where the chain's head is, and which blocks lead to it from those we had."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from relay.chains.eip155.answers import Block, block_of
from relay.chains.eip155.blocks import Blocks
from relay.chains.eip155.finality import Marks, Patience
from relay.chains.eip155.rpc import Rpc
from relay.errors import Unreachable

MAX_AHEAD = 256  # blocks to read one by one; a process that is further behind begins anew at the head
BACK = (1, 4, 16, 64, 256)  # blocks to read at once on the way back to where a reorganisation began


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ahead:
    """News of the head: the blocks that lead to it, the marks then, or that the row begins anew at its one block."""

    blocks: tuple[Block, ...]
    marks: Marks
    anew: bool = False


class Head:
    """`look` asks and changes nothing; `adopt` is told what of it to believe."""

    def __init__(self, rpc: Rpc, patience: Patience) -> None:
        self.blocks = Blocks()
        self.marks = Marks(-1)
        self._rpc = rpc
        self._warned = False
        self._tags = [tag for tag in ("safe", "finalized") if tag in patience.rules]

    async def look(self) -> Ahead:
        """What is new since the last `adopt`; raises `Unreachable`, also when the chain changes while it is read.

        A node that is behind us, or knows no tags, is no news. A head of the same height with another hash is.
        """
        answers = await self._rpc.batch([_by_number("latest"), *map(_by_number, self._tags)])
        newest = block_of(answers[0])
        tagged = {tag: _height(answer) for tag, answer in zip(self._tags, answers[1:], strict=True)}
        if min(tagged.values(), default=0) < 0 and not self._warned:
            self._warned = True
            _log.warning("a node does not tell which block is safe or finalized", extra={"tags": sorted(tagged)})
        head = self.blocks.head
        if head is None or newest.number - head.number > MAX_AHEAD:
            return Ahead((newest,), Marks(newest.number, **tagged), anew=True)
        if newest.number < head.number or newest.hash == head.hash:
            return Ahead((), self._forward(Marks(head.number, **tagged)))
        row = [*await self.fetch(range(head.number + 1, newest.number)), newest]
        for step in BACK:
            if self.blocks.joins(row[0]):
                break
            row = [*await self.fetch(range(max(row[0].number - step, self.blocks.oldest, 0), row[0].number)), *row]
        if any(after.parent != before.hash for before, after in pairwise(row)):
            raise Unreachable("the chain was reorganised while it was read")
        while self.blocks.has(row[0].number, row[0].hash):
            del row[0]
        marks = Marks(newest.number, **tagged)
        if not self.blocks.joins(row[0]):  # replaced further back than we know it
            return Ahead((newest,), marks, anew=True)
        return Ahead(tuple(row), self._forward(marks) if row[0].number > head.number else marks)

    def adopt(self, ahead: Ahead) -> int | None:
        """Believe it. Returns the lowest height whose block was replaced, None if none was (or all are forgotten)."""
        self.marks = ahead.marks
        if ahead.anew:
            self.blocks.restart(ahead.blocks[0])
            return None
        return self.blocks.extend(ahead.blocks) if ahead.blocks else None

    async def fetch(self, numbers: Sequence[int], *, whole: bool = False) -> list[Block]:
        """Blocks by height, from one node; raises `Unreachable` where it lacks one."""
        if not numbers:
            return []
        answers = await self._rpc.batch([_by_number(hex(number), whole=whole) for number in numbers])
        blocks = [block_of(answer) for answer in answers]
        if [block.number for block in blocks] != list(numbers):
            raise Unreachable("a node answered other blocks than it was asked for")
        return blocks

    def _forward(self, marks: Marks) -> Marks:
        """Marks of a chain that only grew: a node that lags does not take back what another said."""
        old = self.marks
        return Marks(marks.latest, max(old.safe, marks.safe), max(old.finalized, marks.finalized))


def _by_number(number: str, *, whole: bool = False) -> tuple[str, Sequence[object]]:
    return "eth_getBlockByNumber", (number, whole)


def _height(answer: object) -> int:
    try:
        return block_of(answer).number
    except Unreachable:  # the node does not know the tag
        return -1
