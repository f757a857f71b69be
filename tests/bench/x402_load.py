"""Resource servers that ask a facilitator, many at once: a process of its own, told what to do on stdin.

{"do": "authorize", "payments": 600, "network": "eip155:84532", "token": "0x…"}   sign in advance; each is used once
{"do": "ask", "url": "http://…", "path": "/verify", "in_flight": 64}              all that is signed; it is kept
{"do": "ask", "url": "http://…", "path": "/settle", "in_flight": 64}              the same, and used up
"""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import uvloop

from tests.bench.evm_chain import MERCHANT
from tests.bench.evm_load import DOMAIN, authorizations
from tests.bench.load import Result, _summary, serve

ANSWER_SECONDS = 60.0


class X402Load:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._bodies: list[bytes] = []

    async def authorize(self, payments: int, network: str, token: str) -> Result:
        asked = {
            "scheme": "exact",
            "network": network,
            "asset": token,
            "amount": "1",
            "payTo": MERCHANT,
            "maxTimeoutSeconds": 600,
            "extra": DOMAIN,
        }
        signed = authorizations(payments, token, int(network.partition(":")[2]))
        self._bodies = [
            json.dumps(
                {
                    "x402Version": 2,
                    "paymentPayload": {"x402Version": 2, "payload": each, "accepted": asked},
                    "paymentRequirements": asked,
                }
            ).encode()
            for each in signed
        ]
        return {"signed": len(self._bodies)}

    async def ask(self, url: str, path: str, in_flight: int) -> Result:
        """`yes` is how many were valid or successful; each has `ANSWER_SECONDS`, and whoever hangs is a no."""
        waiting, latencies, said = self._bodies[::-1], list[float](), list[str]()
        yes = "isValid" if path == "/verify" else "success"
        if path == "/settle":
            self._bodies = []

        async def work() -> None:
            while waiting:
                body = waiting.pop()
                start = time.perf_counter()
                answer = await self._answer(url + path, body)
                latencies.append(time.perf_counter() - start)
                if answer.get(yes) is not True:
                    said.append(str(answer)[:300])

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        result = _summary(latencies, time.perf_counter() - start)
        return result | {"yes": len(latencies) - len(said), "said": said[:1]}

    async def _answer(self, url: str, body: bytes) -> dict[str, object]:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        try:
            async with self._session.post(
                url, data=body, headers={"Content-Type": "application/json"}, timeout=timeout
            ) as answer:
                found: dict[str, object] = json.loads(await answer.read())
                return found
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return {"error": type(error).__name__}


if __name__ == "__main__":
    uvloop.run(serve(X402Load))
