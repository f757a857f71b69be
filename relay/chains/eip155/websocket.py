"""JSON-RPC over a websocket, opened when first asked and again when it broke; many questions are under way at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from relay.chains.eip155.endpoint import MAX_ANSWER, Answer, Call, NoAnswer, decoded, request, result_of


class WebSocket:
    """`Transport`."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._wire: _Wire | None = None
        self._opening = asyncio.Lock()

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        wire = await self._open()
        try:
            async with asyncio.timeout(self._seconds):
                return await wire.ask(calls)
        except (WebSocketException, OSError, TimeoutError) as error:
            await wire.close()  # what is wrong with the connection, a new one has not
            raise NoAnswer(f"it gives no answer: {type(error).__name__}", sent=True) from None

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()

    async def _open(self) -> _Wire:
        async with self._opening:
            if self._wire is None or self._wire.ended:
                try:
                    connection = await connect(
                        self._url,
                        open_timeout=self._seconds,
                        close_timeout=1,
                        max_size=MAX_ANSWER,  # the usual megabyte is less than the receipts of a full block
                        max_queue=None,
                    )
                except (WebSocketException, OSError, TimeoutError, ValueError) as error:
                    raise NoAnswer(f"it cannot be reached: {type(error).__name__}", sent=False) from None
                self._wire = _Wire(connection)
            return self._wire


class _Wire:
    """One connection. Answers are told apart by the numbers of their questions."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Answer | NoAnswer]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def ended(self) -> bool:
        return self._reading.done()

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        asked = {next(self._numbers): call for call in calls}
        futures = {number: asyncio.get_running_loop().create_future() for number in asked}
        self._waiting |= futures
        try:
            for number, call in asked.items():
                await self._connection.send(msgspec.json.encode(request(number, call)).decode())
            answers = [await each for each in futures.values()]
        finally:
            for number in asked:
                self._waiting.pop(number, None)
        for answer in answers:
            if isinstance(answer, NoAnswer):
                raise answer
        return [result_of(answer) for answer in answers]

    async def close(self) -> None:
        await self._connection.close()
        await self._reading

    async def _read(self) -> None:
        ended = NoAnswer("the connection ended", sent=True)
        try:
            async for message in self._connection:
                answer = decoded(message.encode() if isinstance(message, str) else message, Answer)
                if answer.id is None:  # it did not understand one of the questions, and does not say which
                    return
                waiting = self._waiting.get(answer.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except WebSocketException:
            pass
        except NoAnswer as error:
            ended = error
        finally:
            await self._connection.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result(ended)
