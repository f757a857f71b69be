"""What is asked for in one turn of the event loop, done together.

The database commits in groups, so what it lets go comes in groups, too. Transactions that share a request spare both
sides the others, and a node that mines at once a block each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

TOGETHER = 20  # nodes bound how much one request may ask


class Group(Generic[T, R]):
    """`do` answers for each in order, or raises for all of them."""

    def __init__(self, do: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._do = do
        self._turn: list[tuple[T, asyncio.Future[R]]] = []
        self._doing: set[asyncio.Task[None]] = set()

    async def add(self, one: T) -> R:
        """Its own answer; in the order in which they were added."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        if not self._turn:
            asyncio.get_running_loop().call_soon(self._start)
        self._turn.append((one, answer))
        return await answer

    def _start(self) -> None:
        turn, self._turn = self._turn, []
        for at in range(0, len(turn), TOGETHER):
            task = asyncio.create_task(self._together(turn[at : at + TOGETHER]))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)

    async def _together(self, some: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            answers = await self._do([one for one, _ in some])
            for (_, future), answer in zip(some, answers, strict=True):
                if not future.done():  # who asked may have been cancelled
                    future.set_result(answer)
        except Exception as error:
            for _, future in some:
                if not future.done():
                    future.set_exception(error)
        finally:
            for _, future in some:
                future.cancel()  # does nothing to one that has its answer
