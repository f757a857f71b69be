"""Readers that do not read: nobody waits for them, and nothing piles up for them without a bound.

A replay waits a while for its reader; live events wait for nobody. One that is too far behind is dropped, and comes
back with its cursor.
"""

from __future__ import annotations

import asyncio
import time

from relay.channels.room.direct import MAX_UNREAD_BYTES, Connection, DirectSocket
from relay.errors import Forbidden, Overloaded

SLOW_READER_SECONDS = 10.0  # a replay waits this long for its reader
SLOW_READER_PACKETS = 1_000  # waiting for one socket; beyond it the socket is dropped


def unread(engine: Connection) -> float:
    """What waits for a reader, as a share of what may; above 1 is too much."""
    if isinstance(engine, DirectSocket):
        return engine.unread / MAX_UNREAD_BYTES
    return float(engine.queue.qsize()) / SLOW_READER_PACKETS


def hang_up(engine: Connection) -> None:
    """End a connection, whatever it is made of."""
    if isinstance(engine, DirectSocket):
        engine.hang_up()
    else:
        engine.queue.put_nowait(None)


async def room_to_read(engine: Connection) -> None:
    """Let a replay run no further ahead of its reader than live events may; one that stops reading is cut off."""
    patience = time.monotonic() + SLOW_READER_SECONDS
    while unread(engine) > 0.5 and not engine.closed:
        if time.monotonic() > patience:
            raise Overloaded("the socket is not read; read it, or come back with the last seq you have")
        await asyncio.sleep(0.01)
    if engine.closed:
        raise Forbidden("the connection is closed")
