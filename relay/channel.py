"""How news leaves the relay: an Event, and the Channel that delivers it.

How to add a channel: write `relay/channels/<kind>.py` with an `Options` struct and a class with `deliver`, which must
be safe to repeat: delivery is at least once and `Event.id` is the receiver's de-duplication key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec


class Event(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Append-only news. `seq` counts a merchant's events from 1 without a gap: it is the replay cursor.

    `body` is the encoded JSON every receiver gets, made once, in the transaction that recorded the change. `version` is
    which change of its payment this is, known only where it was recorded: the next one but none between is one higher.
    `network` is what the body says, where that is known without reading it.
    """

    id: str
    merchant: str
    seq: int
    type: str
    time: datetime
    payment: str | None
    invoice: str | None
    content: str | None
    body: bytes
    version: int | None = None
    network: str | None = None

    def __eq__(self, other: object) -> bool:
        """Whether they are the same news, whichever way they came here."""
        return isinstance(other, Event) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash(self.id)

    def _told(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name not in ("version", "network"))


class Topic(NamedTuple):
    """What can be followed of a merchant's events: all of them, or those of one payment, invoice or content."""

    merchant: str
    of: Literal["", "payment", "invoice", "content"] = ""
    id: str = ""


def topics_of(event: Event) -> list[Topic]:
    """What an event belongs to, beside the whole of its merchant's."""
    topics = []
    if event.payment is not None:
        topics.append(Topic(event.merchant, "payment", event.payment))
    if event.invoice is not None:
        topics.append(Topic(event.merchant, "invoice", event.invoice))
    if event.content is not None:
        topics.append(Topic(event.merchant, "content", event.content))
    return topics


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """The receiver has it."""


class Retry(msgspec.Struct, frozen=True, gc=False):
    """Not now; try again later."""

    message: str


class Gone(msgspec.Struct, frozen=True, gc=False):
    """Never again to this receiver."""


Delivery = Delivered | Retry | Gone


class Channel(Protocol):
    async def deliver(self, event: Event) -> Delivery: ...
