"""What of the libraries beneath is in the log, and what is not."""

from __future__ import annotations

import asyncio
import sys

GIVE_UP = """
import asyncio, contextlib, gc, socket, uvloop
from relay import log

async def look_up(name):
    connecting = asyncio.ensure_future(asyncio.get_running_loop().create_connection(asyncio.Protocol, name, 1))
    await asyncio.sleep(0)
    connecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await connecting

async def main():
    for _ in range(4):  # as many as are looked up at once: the last question is answered after them
        await look_up("nowhere.invalid")
    with contextlib.suppress(socket.gaierror):
        await asyncio.get_running_loop().getaddrinfo("nowhere.invalid", 1)
    gc.collect()
    lost = asyncio.get_running_loop().create_future()
    lost.set_exception(ValueError("something else"))
    del lost
    gc.collect()

log.start("INFO")
uvloop.run(main())
"""


async def test_a_name_that_nobody_waits_for_any_more_is_no_news_and_another_lost_error_is() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", GIVE_UP, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    [line] = said.decode().splitlines()
    assert "something else" in line
