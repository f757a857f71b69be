"""A Socket.IO client as wallets and sites use it, that remembers what it heard and lets a test wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import socketio
from engineio.payload import Payload

EVENT = "CRYPTOTRANSFER_RESPONSE"
Payload.max_decode_packets = 1_000  # this client's own bound on what one poll may bring; others have none
SECONDS = 40.0
JOIN_SECONDS = 20.0  # the client's own second is over before a starved relay has answered; so are 5 of a request
CLOSE_SECONDS = 5.0  # for a server that is gone to say goodbye


class Listener:
    """`heard` is every event in order, by name; nothing is dropped, so a repeat shows."""

    def __init__(self, url: str, auth: dict[str, str] | None = None, transports: list[str] | None = None) -> None:
        self.url = url
        self.heard: list[tuple[str, Any]] = []
        self.disconnects = 0
        self._auth = auth or {}
        self._transports = transports or ["websocket"]
        self._changed = asyncio.Condition()
        self._answers: set[asyncio.Future[Any]] = set()
        closing = {"timeout": aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS)}
        self.sio = socketio.AsyncClient(
            reconnection=False, request_timeout=JOIN_SECONDS, websocket_extra_options=closing
        )
        self.sio.on("*", self._hear)
        self.sio.on("disconnect", self._gone)
        self.sio.on("connect_error", self._refused)
        self.refusal: Any = None  # what the server said when it refused the connection

    async def __aenter__(self) -> Listener:
        try:
            await self.sio.connect(self.url, auth=self._auth, transports=self._transports, wait_timeout=JOIN_SECONDS)
        except socketio.exceptions.ConnectionError as error:
            await self._close()
            if self.refusal is None:
                raise
            said = self.refusal["message"] if isinstance(self.refusal, dict) else self.refusal
            raise ConnectionRefusedError(said) from error
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.sio.disconnect()
        await self._close()

    async def _close(self) -> None:
        """What the client leaves open when its server vanishes at the wrong moment."""
        http = self.sio.eio.http
        if http is not None and not http.closed:
            await http.close()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The payment events, in the order they came."""
        return [data for name, data in self.heard if name == EVENT]

    async def call(self, event: str, *data: object, seconds: float = SECONDS) -> Any:
        """Emit and return what the ack says; raises `DisconnectedError` once nobody is there to say it."""
        argument = data[0] if len(data) == 1 else data
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def acknowledged(*said: Any) -> None:
            if not answer.done():
                answer.set_result(said[0] if len(said) == 1 else said or None)

        self._answers.add(answer)  # `sio.call` would wait for an answer that a dead server owes
        try:
            async with asyncio.timeout(seconds):
                await self.sio.emit(event, argument, callback=acknowledged)
                return await answer
        finally:
            self._answers.discard(answer)

    async def until(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait until `enough` is true of the payment events."""
        try:
            async with asyncio.timeout(SECONDS), self._changed:
                await self._changed.wait_for(lambda: enough(self.events))
        except TimeoutError:
            raise AssertionError(f"not heard in {SECONDS} s; heard {self.heard}") from None
        return self.events

    async def until_status(self, *statuses: str) -> dict[str, Any]:
        """Wait for a payment event with one of these statuses, and return it."""
        found = await self.until(lambda events: any(event["status"] in statuses for event in events))
        return next(event for event in found if event["status"] in statuses)

    async def until_heard(self, name: str, matches: Callable[[Any], bool] = lambda data: True) -> Any:
        """Wait for an event of that name."""
        async with asyncio.timeout(SECONDS), self._changed:
            await self._changed.wait_for(lambda: any(heard == name and matches(data) for heard, data in self.heard))
        return next(data for heard, data in self.heard if heard == name and matches(data))

    async def until_gone(self) -> None:
        """Wait for the connection to end."""
        async with asyncio.timeout(SECONDS), self._changed:
            await self._changed.wait_for(lambda: self.disconnects > 0)

    async def _hear(self, event: str, *data: Any) -> None:
        async with self._changed:
            self.heard.append((event, data[0] if data else None))
            self._changed.notify_all()

    async def _refused(self, data: Any) -> None:
        self.refusal = data

    async def _gone(self, *reason: object) -> None:
        asyncio.get_running_loop().call_soon(self._give_up)  # what came before the end is handed over first
        async with self._changed:
            self.disconnects += 1
            self._changed.notify_all()

    def _give_up(self) -> None:
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(socketio.exceptions.DisconnectedError())
