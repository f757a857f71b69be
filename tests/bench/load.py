"""The load: wallets on raw websockets, one payment in flight each. A process of its own, told what to do on stdin.

One JSON object per line in, one out:

    {"do": "sign", "payments": 3000, "wallets": 64}            sign in advance; each transfer is used once
    {"do": "connect", "url": "http://…", "sockets": 64}        open connections, kept until "disconnect"
    {"do": "pay", "settle": true}                              all that is signed, over all that is connected
    {"do": "pay_at", "rate": 500}                              the same at that rate, whether or not answers come
    {"do": "straight", "node": "127.0.0.1:50211", "in_flight": 1}     the same to the node itself
    {"do": "disconnect"}

    {"do": "gather", "url": "http://…", "listeners": 10000, "auth": {…}, "wish": {…}}    a crowd that listens
    {"do": "hear", "deliveries": 20000}                        wait for them, counted from the last "hear"
    {"do": "lateness", "of": true}                             from now on note how late news is; then `false` tells
    {"do": "scatter", "listeners": 1000}                       so many of the crowd are gone at once, or all
    {"do": "stall", "url": "http://…", "auth": {…}, "wish": {…}, "asks": 30000}    one subscribes and reads nothing
    {"do": "let_go"}                                           whoever did so is gone
    {"do": "replay", "wish": {…}, "url": "http://…", "auth": {…}}     what a subscriber missed
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import grpc.aio
import uvloop

from relay import hapi_pb2 as hapi
from relay.wallet import Wallet as Signer
from relay.wallet import transfer
from tests.bench.wire import MOST_CONTROL_BYTES, PING, Crowd, Listener, Wallet, Wire, acknowledged, frame

NODE, PAYEE = "0.0.3", "0.0.2001"
METHOD = "/proto.CryptoService/cryptoTransfer"
CONNECTING_AT_ONCE = 50
ANSWER_SECONDS = 30.0
SIGN_OF_LIFE = frame(bytes(MOST_CONTROL_BYTES), PING)

Result = dict[str, object]
T = TypeVar("T")


class Purse:
    """Signed transfers, each with an id of its own: wallets differ as real ones do, start times by a microsecond."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def sign(self, payments: int, wallets: int) -> list[bytes]:
        payers = [_wallet(number) for number in range(wallets)]
        self._last = max(self._last, datetime.now(UTC))
        signed = []
        for number in range(payments):
            self._last += timedelta(microseconds=1)
            payer = payers[number % wallets]
            signed.append(
                transfer(payer, pay_to=[(PAYEE, 1)], asset="0.0.0", memo="bench", nodes=[NODE], now=self._last)
            )
        return signed


class Load:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._purse = Purse()
        self._signed: list[bytes] = []
        self._clients: list[Wallet] = []
        self._crowd = Crowd()
        self._listeners: list[Listener] = []
        self._stalled: list[Wire] = []
        self._heard = 0

    async def sign(self, payments: int, wallets: int) -> Result:
        self._signed = self._purse.sign(payments, wallets)
        return {"signed": len(self._signed)}

    async def connect(self, url: str, sockets: int) -> Result:
        self._clients += await _each(sockets, lambda: Wallet.connect(url))
        return {"open": len(self._clients)}

    async def pay(self, *, settle: bool) -> Result:
        """One in flight per socket. The clock of the throughput stops at the last ack, before the settling."""
        waiting, latencies = self._take(), list[float]()

        async def spend(client: Wallet) -> int:
            paid = 0
            while waiting:
                latencies.append(await client.pay(waiting.pop()))
                paid += 1
            return paid

        start = time.perf_counter()
        paid = await asyncio.gather(*map(spend, self._clients))
        seconds = time.perf_counter() - start
        if settle:
            async with asyncio.timeout(ANSWER_SECONDS):
                await asyncio.gather(*(client.settle(n) for client, n in zip(self._clients, paid, strict=True)))
        return _summary(latencies, seconds)

    async def pay_at(self, rate: float) -> Result:
        """Open loop: sockets in turn, each payment at its time, whether or not the last one was answered."""
        waiting, latencies = self._take(), list[float]()
        payments, each = len(waiting), len(waiting) // len(self._clients)
        start = time.perf_counter()

        async def spend(number: int, client: Wallet) -> None:
            answers = []
            for turn in range(each):
                due = start + (turn * len(self._clients) + number) / rate
                await asyncio.sleep(due - time.perf_counter())
                answers.append((time.perf_counter(), client.transfer(waiting.pop())))
            latencies.extend([acknowledged(await answer) - sent for sent, answer in answers])

        async with asyncio.timeout(payments / rate + ANSWER_SECONDS):
            await asyncio.gather(*(spend(*one) for one in enumerate(self._clients)))
            seconds = time.perf_counter() - start
            await asyncio.gather(*(client.settle(each) for client in self._clients))
        return _summary(latencies, seconds)

    async def straight(self, node: str, in_flight: int) -> Result:
        """No relay: the same bytes from the same process to the same node."""
        waiting, latencies = self._take(), list[float]()
        async with grpc.aio.insecure_channel(node) as channel:
            call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(METHOD)

            async def spend() -> None:
                while waiting:
                    raw = waiting.pop()
                    start = time.perf_counter()
                    answer = hapi.TransactionResponse.FromString(await call(raw, timeout=ANSWER_SECONDS))
                    latencies.append(time.perf_counter() - start)
                    if answer.nodeTransactionPrecheckCode != hapi.OK:
                        raise RuntimeError("the node refused a transfer")

            async with asyncio.timeout(ANSWER_SECONDS):
                await channel.channel_ready()
            start = time.perf_counter()
            await asyncio.gather(*(spend() for _ in range(in_flight)))
            return _summary(latencies, time.perf_counter() - start)

    async def disconnect(self) -> Result:
        clients, self._clients = self._clients, []
        for client in clients:
            client.close()
        return {"open": 0}

    async def gather(self, url: str, listeners: int, auth: object = None, wish: object = None) -> Result:
        async def join() -> Listener:
            listener = await Listener.connect(url, auth)
            listener.crowd = self._crowd
            if wish is not None:
                _accepted(await listener.ask("SUBSCRIBE", wish))
            return listener

        start = time.perf_counter()
        self._listeners += await _each(listeners, join)
        self._heard = self._crowd.deliveries
        return {"listeners": len(self._listeners), "seconds": time.perf_counter() - start}

    async def hear(self, deliveries: int) -> Result:
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._crowd.wait(self._heard + deliveries)
        self._heard += deliveries
        return {"deliveries": deliveries}

    async def lateness(self, *, of: bool) -> Result:
        """`false`: how long news took since `true`, by its own `time`."""
        arrivals, self._crowd.arrivals = self._crowd.arrivals, [] if of else None
        if not arrivals:
            return {}
        late = [at - datetime.fromisoformat(time.decode()).timestamp() for at, time in arrivals]
        return _summary(late, arrivals[-1][0] - arrivals[0][0])

    async def scatter(self, listeners: int | None = None) -> Result:
        leaving = self._listeners[:listeners]
        del self._listeners[:listeners]
        for listener in leaving:
            listener.cut()
        return {"listeners": len(self._listeners)}

    async def stall(self, url: str, auth: object, wish: object, asks: int = 0) -> Result:
        """He asks for so many signs of life and reads none; nor would he see that he is cut off."""
        wire = await Wire.connect(url, auth)
        _accepted(await wire.ask("SUBSCRIBE", wish))
        wire.stop_reading()
        wire.throw(SIGN_OF_LIFE * asks)
        self._stalled.append(wire)
        return {"port": wire.port}

    async def let_go(self) -> Result:
        stalled, self._stalled = self._stalled, []
        for wire in stalled:
            wire.cut()
        return {"stalled": 0}

    async def replay(self, url: str, auth: object, wish: object) -> Result:
        listener = await Listener.connect(url, auth)
        listener.crowd = Crowd()
        start = time.perf_counter()
        async with asyncio.timeout(ANSWER_SECONDS):
            _accepted(await listener.ask("SUBSCRIBE", wish))
        seconds = time.perf_counter() - start
        listener.close()
        return {"replayed": listener.crowd.deliveries, "seconds": seconds}

    def _take(self) -> list[bytes]:
        signed, self._signed = self._signed, []
        signed.reverse()  # they are popped from the end
        return signed


async def _each(number: int, make: Callable[[], Awaitable[T]]) -> list[T]:
    door = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def enter() -> T:
        async with door:
            return await make()

    return await asyncio.gather(*(enter() for _ in range(number)))


def _accepted(answer: bytes) -> None:
    if b'"error"' in answer:
        raise RuntimeError(f"a subscription was refused: {answer[:300]!r}")


def percentile(ordered: list[float], percent: int) -> float:
    """Of sorted values, the smallest that `percent` % of them do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]


def _summary(latencies: list[float], seconds: float) -> Result:
    latencies.sort()
    quantiles = {f"p{percent}": 1000 * percentile(latencies, percent) for percent in (50, 95, 99)}
    return {"payments": len(latencies), "seconds": seconds, "milliseconds": quantiles}


def _wallet(number: int) -> Signer:
    return Signer(f"0.0.{100_000 + number}", "ed25519", hashlib.sha256(f"bench {number}".encode()).digest())


async def serve(kind: Callable[[aiohttp.ClientSession], object]) -> None:
    """Do what stdin says, until it ends."""
    gc.set_threshold(100_000, 50, 50)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        load = kind(session)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            try:
                result = await getattr(load, order.pop("do"))(**order)
            except Exception as error:
                result = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    uvloop.run(serve(Load))
