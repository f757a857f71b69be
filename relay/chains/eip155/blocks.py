"""The newest blocks of a chain, as one process knows them: an unbroken row, each the parent of the next.

A chain that was reorganised shows the same heights with other hashes; no node need say so. So whether a block is still
there is decided by its hash, and a row of new blocks is taken only where it joins one we have.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from relay.chains.eip155.answers import Block

KEEP = 1024  # blocks, without what is in them: more than any depth of finality, and some hundred kilobytes


class Blocks:
    def __init__(self, keep: int = KEEP) -> None:
        self._keep = keep
        self._row: dict[int, Block] = {}
        self.head: Block | None = None

    @property
    def oldest(self) -> int:
        """The height of the first block of the row."""
        return 0 if self.head is None else self.head.number - len(self._row) + 1

    def at(self, number: int) -> Block | None:
        """The block of that height, if it is in the row."""
        return self._row.get(number)

    def has(self, number: int, hash: str) -> bool:
        """Whether this very block is in the row."""
        block = self._row.get(number)
        return block is not None and block.hash == hash

    def joins(self, block: Block) -> bool:
        """Whether the block follows one of the row."""
        return self.has(block.number - 1, block.parent)

    def restart(self, block: Block) -> None:
        """Forget the row and begin at `block`."""
        self._row = {}
        self._put(block)

    def extend(self, new: Sequence[Block]) -> int | None:
        """Put blocks that join the row on it. Returns the lowest height whose block they replace, None if none."""
        first = new[0]
        if not self.joins(first) or any(after.parent != before.hash for before, after in pairwise(new)):
            raise ValueError("the blocks do not join")
        replaced = first.number if first.number in self._row else None
        if replaced is not None and self.head is not None:
            for number in range(first.number, self.head.number + 1):
                self._row.pop(number, None)
        for block in new:
            self._put(block)
        return replaced

    def _put(self, block: Block) -> None:
        self.head = Block(block.number, block.hash, block.parent, block.time)
        self._row[block.number] = self.head
        self._row.pop(block.number - self._keep, None)
