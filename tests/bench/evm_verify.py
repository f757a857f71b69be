"""What the relay asks the chain before it takes an authorization, without the server in front: a process of its own.

{"do": "verify", "payments": 2000, "in_flight": 64}
{"do": "send", "payments": 256}                    into a chain that does not mine: they wait, and are waited for
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import msgspec
import uvloop

from relay.app import utc_now
from relay.chain import EXACT, SignedTransfer, Taken
from relay.chains import eip155
from relay.money import ChainId
from relay.store.database import open_database
from relay.store.migrate import migrate
from relay.store.sends import SentByUs
from tests.bench.evm_chain import CHAIN
from tests.bench.evm_load import authorizations
from tests.bench.load import Result, _summary

ID = ChainId.parse(f"eip155:{CHAIN}")


class Verification:
    def __init__(self, chain: eip155.Eip155, token: str) -> None:
        self._chain = chain
        self._token = token
        self._waiting: list[asyncio.Task[None]] = []

    async def verify(self, payments: int, in_flight: int) -> Result:
        signed, latencies = self._signed(payments), list[float]()

        async def work() -> None:
            while signed:
                start = time.perf_counter()
                await self._chain.verify(self._chain.decode(signed.pop()), "shop")
                latencies.append(time.perf_counter() - start)

        cpu, start = time.process_time(), time.perf_counter()
        await asyncio.gather(*(work() for _ in range(in_flight)))
        seconds = time.perf_counter() - start
        return _summary(latencies, seconds) | {"cpu": time.process_time() - cpu}

    async def send(self, payments: int) -> Result:
        for each in self._signed(payments):
            signed = self._chain.decode(each).signed
            answer = await self._chain.submit(signed)
            if not isinstance(answer, Taken):
                raise RuntimeError(f"not taken: {answer}")
            self._waiting.append(asyncio.create_task(self._chain.changed(signed)))
        return {"waiting": len(self._waiting)}

    def _signed(self, payments: int) -> list[SignedTransfer]:
        return [SignedTransfer(ID, EXACT, msgspec.json.encode(each)) for each in authorizations(payments, self._token)]


async def main(options: dict[str, object], database: Path) -> None:
    async with open_database(f"sqlite:///{database}") as db:
        await migrate(db)
        known = msgspec.convert(options, eip155.Options)
        opening = eip155.open_chain(ID, known, clock=utc_now, report=lambda id, node: None, sends=SentByUs(db))
        async with opening as chain:
            verification = Verification(chain, known.tokens[0].address)
            while line := await asyncio.to_thread(sys.stdin.readline):
                order = json.loads(line)
                try:
                    result = await getattr(verification, order.pop("do"))(**order)
                except Exception as error:
                    result = {"error": f"{type(error).__name__}: {error}"}
                print(json.dumps(result), flush=True)


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1]), Path(sys.argv[2])))
