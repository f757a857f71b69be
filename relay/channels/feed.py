"""Feeds: one merchant's events for one reader that pulls, such as a server-sent-events response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from relay.channel import Delivered, Delivery, Event, Gone

WAITING = 1_000  # events a reader may be behind before it is cut off; it comes back with its cursor


class Feed:
    """Iterate to read; ends when the reader fell too far behind."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(WAITING)
        self._cut = False

    async def deliver(self, event: Event) -> Delivery:
        """Hand over an event, or cut the reader off. Never waits."""
        if self._cut or self._queue.full():
            self._cut = True
            return Gone()
        self._queue.put_nowait(event)
        return Delivered()

    async def next(self, seconds: float) -> Event | None:
        """The next event, or None when there was none for so long. Raises `EOFError` once cut off and read out."""
        if self._cut and self._queue.empty():
            raise EOFError
        try:
            return await asyncio.wait_for(self._queue.get(), seconds)
        except TimeoutError:
            return None


class Feeds:
    """The Channel of all feeds of this process."""

    def __init__(self) -> None:
        self._of: dict[str, set[Feed]] = {}

    def add(self, merchant: str, feed: Feed) -> None:
        self._of.setdefault(merchant, set()).add(feed)

    def remove(self, merchant: str, feed: Feed) -> None:
        """Forget a feed; safe to repeat."""
        feeds = self._of.get(merchant, set())
        feeds.discard(feed)
        if not feeds:
            self._of.pop(merchant, None)

    def has(self, merchant: str) -> bool:
        """Whether anyone reads the merchant's events."""
        return merchant in self._of

    async def deliver(self, event: Event) -> Delivery:
        """Hand the event to every feed of its merchant; one that cannot follow is let go."""
        for feed in list(self._of.get(event.merchant, ())):
            if isinstance(await feed.deliver(event), Gone):
                self.remove(event.merchant, feed)
        return Delivered()


async def read(feed: Feed, seconds: float) -> AsyncIterator[Event | None]:
    """Events as they come, and None whenever nothing came for `seconds` (the moment for a sign of life)."""
    while True:
        try:
            yield await feed.next(seconds)
        except EOFError:
            return
