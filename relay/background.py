"""What a relay does in the background: its tasks, in the order they began, ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_PATIENCE_SECONDS = 1.0  # before a task is cancelled once more


class Background:
    """Tasks of this process."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._tasks: dict[asyncio.Task[None], None] = {}

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin what must not fail: if it does, the relay ends with its error."""
        return self._kept(self._group.create_task(work))

    def carry(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """The same for payments, which catch what goes wrong with them: the group costs as much as the task."""
        return self._kept(asyncio.get_running_loop().create_task(work))

    def cancel(self) -> None:
        """Ask all of them to end."""
        for task in list(self._tasks):
            task.cancel()

    async def end(self) -> None:
        """Cancel them until they are over: what cancels a task amid a failure of its own may be lost on the way."""
        while waiting := [task for task in self._tasks if not task.done()]:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=_PATIENCE_SECONDS)

    def _kept(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)
        return task


@asynccontextmanager
async def open_background() -> AsyncIterator[Background]:
    """Tasks until the block ends; whatever is left then is cancelled."""
    async with asyncio.TaskGroup() as group:
        background = Background(group)
        try:
            yield background
        finally:
            background.cancel()
