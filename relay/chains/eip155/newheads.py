"""The word of a node that there is a new block (`eth_subscribe`, newHeads), where one of the URLs is a websocket's.

It only wakes: what is in the block, and whether to believe in it, is asked as ever. So losing the connection costs
latency, and a node that lies here costs a question.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

MAX_MESSAGE = 1 << 20  # a header has some hundred bytes
FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0  # seconds to the next try, doubling
SUBSCRIBE = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'

_log = logging.getLogger(__name__)


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Call `wake` at every new head, for ever."""
    pause = FIRST_PAUSE
    while True:
        try:
            async with connect(url, max_size=MAX_MESSAGE) as wire:
                await wire.send(SUBSCRIBE)
                async for _ in wire:  # the first is the answer to the subscription: a reason to look, too
                    pause = FIRST_PAUSE
                    wake()
        except (OSError, WebSocketException, TimeoutError, ValueError) as error:
            _log.debug("no word of new heads", extra={"error": type(error).__name__})
        await asyncio.sleep(pause)
        pause = min(2 * pause, LAST_PAUSE)
