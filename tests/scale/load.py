"""Payers who never stop, and shops that never stop listening, over relays of which some are cut off or dead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import socketio

from tests.server.paying import signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess

AWAY = (socketio.exceptions.SocketIOError, OSError, TimeoutError)
ANSWER_SECONDS = 3.0
PAUSE_SECONDS = 0.1
TAKEN = ("accepted", "submitted", "settled")


class Payer:
    """Pays through one relay; what got no answer he brings to the next, the same bytes."""

    def __init__(self, relays: Sequence[RelayProcess], first: int) -> None:
        self.paid = 0
        self._relays = relays
        self._at = first
        self._socket: Listener | None = None

    async def pay_on(self, stopping: asyncio.Event) -> None:
        try:
            while not stopping.is_set():
                await self._bring(signed("383,post-1"))
                self.paid += 1
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await self._leave()

    async def _bring(self, transfer: bytes) -> None:
        while True:
            with contextlib.suppress(*AWAY):
                if self._socket is None:
                    self._socket = Listener(self._relays[self._at].url)
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self._socket.__aenter__()
                answer = await self._socket.call("CRYPTOTRANSFER", transfer, seconds=ANSWER_SECONDS)
                if answer["status"] in TAKEN:
                    return
            await self._leave()
            self._at = (self._at + 1) % len(self._relays)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _leave(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(*AWAY):
                await self._socket.__aexit__()
            self._socket = None


class Shop:
    """Listens at one relay as a site does: after a break it comes back, with the last number it has."""

    def __init__(self, relay: RelayProcess, key: str) -> None:
        self._relay, self._key = relay, key
        self._heard: list[dict[str, Any]] = []
        self._socket: Listener | None = None

    @property
    def heard(self) -> list[dict[str, Any]]:
        """All it was told, in order."""
        return self._heard + ([] if self._socket is None else self._socket.events)

    async def listen(self) -> None:
        while True:
            socket = Listener(self._relay.url, {"apiKey": self._key})
            with contextlib.suppress(*AWAY):
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await socket.__aenter__()
                    after = self._heard[-1]["seq"] if self._heard else 0
                    self._socket = socket
                    await socket.call("SUBSCRIBE", {"merchant": True, "after": after})
                    await socket.sio.wait()
                finally:
                    self._heard, self._socket = self.heard, None
                    await socket.__aexit__()
            await asyncio.sleep(PAUSE_SECONDS)
