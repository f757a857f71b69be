"""A facilitator that dies at a chosen await: run in a process of its own by test_crash.py."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from relay.settlement import Request
from tests.crash import Stepped, Steps
from tests.evm_site import EvmSite, options
from tests.x402.terms import Json, objects

ASKER = Request("shop", "order")


async def settle(database: str, url: str, token: str, body: Json, last: int) -> None:
    """Settle one payment, unless step `last` comes first. Exit code 0: it never came."""
    steps = Steps(last)
    async with EvmSite(database, options(url, token)) as site:
        asked = objects(body)
        steps.counting = True
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coro, **other: asyncio.Task(Stepped(coro, steps), loop=loop, **other))
        named = Request(ASKER.scope, f"{ASKER.name}-{last}")
        await loop.create_task(site.facilitator.settle(*asked, request=named))
        os._exit(0)  # all that follows is tidying up


def run(*arguments: Any) -> None:
    """In the child: the whole of it."""
    asyncio.run(settle(*arguments))
