"""Socket.IO rooms: an event goes to every socket that asked for something it belongs to.

A room's name is made of ids only, and a socket enters one only after `relay.server` checked that it may. Each event is
pushed to a few rooms; a socket that is in several of them gets it once. Those who only look on, at the pay page or by
presenting bytes that somebody sent before, are in rooms of their own, where it arrives without its access token.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import socketio

from relay.channel import Delivered, Delivery, Event, Topic
from relay.channels.room.audience import Audience
from relay.environment import Environment, environment_of
from relay.money import ChainId
from relay.payment import OVER
from relay.wire import events

EVENT = "CRYPTOTRANSFER_RESPONSE"
LAST = frozenset(f"payment.{status}" for status in OVER)  # after these a payment has no more news


def merchant_room(merchant: str, environment: Environment, content: str | None = None) -> str:
    """All of a merchant's events on live networks or on test ones, or those for one content."""
    room = f"merchant:{merchant}:{environment}"
    return room if content is None else f"{room}:content:{content}"


def invoice_room(invoice: str) -> str:
    """The events of one invoice."""
    return f"invoice:{invoice}"


def page_room(invoice: str) -> str:
    """The events of one invoice for those who have its link and not its secret."""
    return f"page:{invoice}"


def payment_room(payment: str) -> str:
    """The events of one payment: for the socket that sent it."""
    return f"payment:{payment}"


def copy_room(payment: str) -> str:
    """The events of one payment for those who presented its bytes after its sender: networks publish them."""
    return f"copy:{payment}"


def rooms_of(event: Event) -> list[str]:
    """Every room whose members asked for this event."""
    network = events.network(event)
    rooms = [*_streams(event.merchant, network)]
    if event.content is not None:
        environments = Environment if network is None else [environment_of(network)]
        rooms += [merchant_room(event.merchant, environment, event.content) for environment in environments]
    if event.invoice is not None:
        rooms.append(invoice_room(event.invoice))
    if event.payment is not None:
        rooms.append(payment_room(event.payment))
    return rooms


@lru_cache(maxsize=4096)  # with every event
def _streams(merchant: str, network: ChainId | None) -> tuple[str, ...]:
    environments = Environment if network is None else [environment_of(network)]
    return tuple(merchant_room(merchant, environment) for environment in environments)


def rooms_of_topic(topic: Topic) -> list[str]:
    """The rooms whose members follow the topic."""
    match topic.of:
        case "payment":
            return [payment_room(topic.id), copy_room(topic.id)]
        case "invoice":
            return [invoice_room(topic.id), page_room(topic.id)]
        case "content":
            return [merchant_room(topic.merchant, environment, topic.id) for environment in Environment]
        case "":
            return [merchant_room(topic.merchant, environment) for environment in Environment]


class Rooms:
    """The Channel of this process's sockets."""

    def __init__(self, sockets: socketio.AsyncServer) -> None:
        self._sockets = sockets

    async def deliver(self, event: Event, topics: Collection[Topic] | None = None) -> Delivery:
        """Push to whoever is in a room of the event now; being nobody is fine, the journal keeps it.

        Only to rooms of these topics, if they are given: the others have it, or nobody is there.
        """
        audience, rooms, page = self._sockets.manager, rooms_of(event), event.invoice
        copies = None if event.payment is None else copy_room(event.payment)
        if topics is not None:
            wanted = {room for topic in topics for room in rooms_of_topic(topic)}
            rooms = [room for room in rooms if room in wanted]
            page = page if page is not None and page_room(page) in wanted else None
            copies = copies if copies in wanted else None
        if isinstance(audience, Audience):
            await audience.tell(EVENT, event.body, rooms)
        else:
            await self._sockets.emit(EVENT, events.as_json(event), room=rooms)
        if page is not None and self.has(page_room(page)):
            await self._sockets.emit(EVENT, events.without_token(event), room=page_room(page))
        if copies is not None and self.has(copies):
            others = {*rooms_of(event), page_room(event.invoice or "")}  # whoever is in one of these has heard it
            told = [
                sid for sid, _ in audience.get_participants("/", copies) if others & {*audience.get_rooms(sid, "/")}
            ]
            await self._sockets.emit(EVENT, events.without_token(event), room=copies, skip_sid=told)
        if event.payment is not None and event.type in LAST:
            audience.basic_close_room(payment_room(event.payment), "/")
            audience.basic_close_room(copy_room(event.payment), "/")
        return Delivered()

    def present(self, topic: Topic) -> bool:
        """Whether anyone follows the topic."""
        return any(map(self.has, rooms_of_topic(topic)))

    def has(self, room: str) -> bool:
        """Whether anyone is in the room."""
        audience = self._sockets.manager
        return audience.has(room) if isinstance(audience, Audience) else room in audience.rooms.get("/", {})
