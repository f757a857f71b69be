"""10,000 events, SSE and socket cut again and again: what a client applied is the log, no gap, no repeat."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from datetime import UTC, datetime

import aiohttp
import socketio

from relay.devnet.network import DevNode
from relay.store.database import Database, open_database
from relay.store.news import append
from relay.store.tx import Tx
from relay.webhook import Endpoint, EndpointId, Profile
from relay.wire.events import webhook_event
from tests.conftest import MERCHANTS, Start
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess, prepare

EVENTS = 10_000
BATCH = 200
NOW = datetime.now(UTC)
ENDPOINT = Endpoint(EndpointId("we_1"), "shop", "https://shop.example/", ("*",), Profile.STANDARD, NOW)
AWAY = (aiohttp.ClientError, OSError, TimeoutError, socketio.exceptions.SocketIOError)


async def write(db: Database) -> None:
    """Another process at work: all events, some at a time."""
    for first in range(1, EVENTS + 1, BATCH):

        def op(tx: Tx, first: int = first) -> None:
            for number in range(first, first + BATCH):
                append(
                    tx,
                    "shop",
                    lambda seq, number=number: webhook_event(  # type: ignore[misc]
                        ENDPOINT, "disabled", id=f"evt_{number}", seq=seq, time=NOW, reason=None
                    ),
                )

        await db.write(op, order="shop")
        await asyncio.sleep(0.01)


async def read_stream(relay: RelayProcess, key: str, chance: random.Random) -> tuple[list[str], int]:
    """Server-sent events as a browser reads them: cut at any byte, and on from the last id."""
    applied: list[str] = []
    cuts = 0
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        while len(applied) < EVENTS:
            left = chance.randint(1, 3_000)
            with contextlib.suppress(*AWAY):
                async with http.get(
                    relay.url + "/v1/events/stream", headers={"Last-Event-ID": str(len(applied))}
                ) as response:
                    async for line in response.content:
                        if line.startswith(b"data: "):
                            applied.append(json.loads(line[6:])["id"])
                            left -= 1
                        if not left or len(applied) == EVENTS:
                            break
                    response.close()
            cuts += 1
    return applied, cuts


async def read_socket(relay: RelayProcess, key: str, chance: random.Random) -> tuple[list[str], int]:
    """A site's socket: it keeps what it heard until the cut, and subscribes anew past that."""
    applied: list[str] = []
    cuts = 0
    while len(applied) < EVENTS:
        enough = min(EVENTS - len(applied), chance.randint(1, 3_000))
        socket = Listener(relay.url, {"apiKey": key})
        with contextlib.suppress(*AWAY):
            async with socket:
                joining = asyncio.create_task(socket.call("SUBSCRIBE", {"merchant": True, "after": len(applied)}))
                await socket.until(lambda events, enough=enough: len(events) >= enough)  # type: ignore[misc]
                joining.cancel()
        applied += [event["id"] for event in socket.events]
        cuts += 1
    return applied, cuts


async def test_ten_thousand_events_over_connections_that_are_cut_are_the_log(
    database_url: str, devnet: DevNode, start_relay: Start
) -> None:
    keys = await prepare(database_url, MERCHANTS)
    relay = await start_relay(database_url, devnet)
    log = [f"evt_{number}" for number in range(1, EVENTS + 1)]
    async with open_database(database_url) as db, asyncio.timeout(200), asyncio.TaskGroup() as tasks:
        tasks.create_task(write(db))
        reading = [
            tasks.create_task(read(relay, keys["shop"], random.Random(seed)))
            for seed, read in enumerate((read_stream, read_socket))
        ]
    for applied, cuts in (task.result() for task in reading):
        assert cuts > 3
        assert applied == log
