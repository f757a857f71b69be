"""The nodes of one network: a link to each, and which to prefer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from relay.abilities import Node
from relay.chains.hedera.channel import Endpoint
from relay.chains.hedera.link import Link
from relay.money import Account

Book = Mapping[Account, tuple[Endpoint, ...]]  # an address book: where each node listens, in the order to prefer them

FIRST_SECONDS = 1.0  # how long `open` waits for a node to be there; a relay starts without one just as well

_log = logging.getLogger(__name__)


class Nodes:
    """Links by node account, kept up in tasks of their own until `close`."""

    def __init__(self, book: Book, told: Callable[[Node], None], probe_seconds: float, *, direct: bool) -> None:
        self._told = told
        self._probe_seconds = probe_seconds
        self._direct = direct
        self._links: dict[Account, Link] = {}
        self._tasks: dict[Account, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.become(book)

    def become(self, book: Book) -> None:
        """Take another address book: links to nodes that stay where they are stay up."""
        for account in [account for account, link in self._links.items() if book.get(account) != link.endpoints]:
            del self._links[account]
            task = self._tasks.pop(account)
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        for account, endpoints in book.items():
            if account not in self._links:
                link = self._links[account] = Link(
                    account, endpoints, self._told, self._probe_seconds, direct=self._direct
                )
                task = self._tasks[account] = asyncio.create_task(link.run())
                task.add_done_callback(_log_death)
        self._links = {account: self._links[account] for account in book}

    async def first(self, seconds: float) -> None:
        """Wait a moment for a node to be there."""
        dials = [asyncio.ensure_future(link.reachable(seconds)) for link in self._links.values()]
        try:
            for dial in asyncio.as_completed(dials):
                if await dial:
                    return
        finally:
            for each in dials:
                each.cancel()
            await asyncio.gather(*dials, return_exceptions=True)

    def get(self, account: Account) -> Link | None:
        return self._links.get(account)

    def preferred(self) -> list[Link]:
        """All of them, healthy first, otherwise as in the book."""
        return sorted(self._links.values(), key=lambda link: not link.healthy)

    def all(self) -> tuple[Node, ...]:
        return tuple(link.node for link in self.preferred())

    async def close(self) -> None:
        tasks = [*self._tasks.values(), *self._ending]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _log_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        _log.error("a node's link died", exc_info=task.exception())
