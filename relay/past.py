"""What the journal has of a merchant's events, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from relay.channel import Event, Topic
from relay.store.journal import Journal

PAGE = 500


class Past:
    def __init__(self, merchant: str, journal: Journal) -> None:
        self._merchant = merchant
        self._journal = journal

    async def head(self) -> int:
        """The number of the last event there is."""
        return (await self._journal.heads([self._merchant]))[self._merchant]

    async def events(self, after: int) -> list[Event]:
        """The next page of all of them."""
        return await self._journal.events(self._merchant, after, PAGE)

    async def events_of(self, topics: Collection[Topic], after: int) -> list[Event]:
        """The next page of those of any of these topics."""
        return await self._journal.events_of(self._merchant, after, topics, PAGE)

    async def since(self, after: int, topic: Topic) -> AsyncIterator[Event]:
        """All that a topic's followers missed; a topic of nothing is the whole merchant's."""
        while True:
            page = await (self.events_of([topic], after) if topic.of else self.events(after))
            for event in page:
                yield event
            if len(page) < PAGE:
                return
            after = page[-1].seq
