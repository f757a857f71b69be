"""JSON-RPC over a websocket: web3's persistent connection, opened when first asked and again when it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from relay.chains.eip155.endpoint import Call, Fault, NoAnswer


class WebSocket:
    """`Transport`. web3 is imported with the first question: who has no websocket endpoint does not pay for it."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds
        self._provider: Any = None  # web3.WebSocketProvider
        self._opening = asyncio.Lock()

    async def ask(self, calls: Sequence[Call]) -> list[object]:
        provider = await self._open()
        try:
            async with asyncio.timeout(self._seconds):
                return list(await asyncio.gather(*(self._one(provider, call) for call in calls)))
        except NoAnswer:
            raise
        except Exception as error:
            await self.close()  # what is wrong with the connection, a new one has not
            raise NoAnswer(f"it gives no answer: {type(error).__name__}", sent=True) from None

    async def close(self) -> None:
        provider, self._provider = self._provider, None
        if provider is not None:
            try:
                async with asyncio.timeout(1):
                    await provider.disconnect()
            except Exception:  # noqa: S110  # it is gone, which is all that was wanted
                pass

    async def _one(self, provider: Any, call: Call) -> object:
        answer = await provider.make_request(call[0], list(call[1]))
        error = answer.get("error")
        if error is not None:
            return Fault(str(error.get("message", "")), int(error.get("code", 0)), error.get("data"))
        return answer.get("result")

    async def _open(self) -> Any:
        async with self._opening:
            if self._provider is None:
                from web3.providers.persistent import WebSocketProvider

                provider = WebSocketProvider(self._url, request_timeout=self._seconds, max_connection_retries=1)
                try:
                    async with asyncio.timeout(self._seconds):
                        await provider.connect()
                except Exception as error:
                    raise NoAnswer(f"it cannot be reached: {type(error).__name__}", sent=False) from None
                self._provider = provider
            return self._provider
