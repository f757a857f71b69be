"""A crowd that listens to one merchant: everyone hears everything in order, and who does not read delays nobody."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from relay.devnet.network import DevNode
from tests.bench.wire import Listener, Wallet, frame
from tests.conftest import Start
from tests.server.paying import signed

CROWD, PAYMENTS, AT_ONCE = 1_000, 6, 50
SECONDS = 150.0
SEQ = re.compile(rb'"seq":(\d+)')
HELLO = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Ear(Listener):
    """Remembers the numbers of what it heard."""

    __slots__ = ("heard",)

    def __init__(self, url: str, auth: object = None) -> None:
        super().__init__(url, auth)
        self.heard: list[int] = []

    def event(self, text: bytes) -> None:
        self.heard += map(int, SEQ.findall(text))


async def test_a_reader_that_sleeps_among_a_thousand_delays_nobody_and_is_cut_off(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    limits = "requests_per_second = 1000000.0\nconnections_per_address = 100000"
    relay = await start_relay(sqlite_url, devnet, server=limits)
    auth, door = {"apiKey": keys["shop"]}, asyncio.Semaphore(AT_ONCE)

    async def join() -> Ear:
        async with door:
            ear = await Ear.connect(relay.url, auth)
            await ear.ask("SUBSCRIBE", {"merchant": True})
            return ear

    crowd = await asyncio.gather(*(join() for _ in range(CROWD)))
    payer = await Wallet.connect(relay.url)
    async with asyncio.timeout(SECONDS):
        sleeper = asyncio.create_task(sleep_until_cut(relay.url, auth))
        for _ in range(PAYMENTS):
            await payer.pay(signed())
        await payer.settle(PAYMENTS)
        await until(lambda: all(len(ear.heard) >= 2 * PAYMENTS for ear in crowd))
        await sleeper
        await payer.pay(signed())
        await payer.settle(PAYMENTS + 1)
        await until(lambda: all(len(ear.heard) >= 2 * PAYMENTS + 2 for ear in crowd))
    assert Counter(tuple(ear.heard) for ear in crowd) == {tuple(range(1, 2 * PAYMENTS + 3)): CROWD}
    for one in (*crowd, payer):
        one.cut()


async def sleep_until_cut(url: str, auth: dict[str, str]) -> None:
    """Ask for everything again and again and read nothing of it, until the relay hangs up."""
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    with socket.socket() as sleeper:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # what the kernel holds for it is not the test
        sleeper.connect((parts.hostname, parts.port))
        sleeper.setblocking(False)
        wish = frame(b"420" + json.dumps(["SUBSCRIBE", {"merchant": True, "after": 0}]).encode())
        await loop.sock_sendall(sleeper, HELLO + frame(b"40" + json.dumps(auth).encode()))
        try:
            while True:
                await loop.sock_sendall(sleeper, 100 * wish)
        except ConnectionError:
            return


async def until(enough: Callable[[], bool]) -> None:
    while not enough():
        await asyncio.sleep(0.02)
