"""The load: wallets on raw websockets, one payment in flight each. A process of its own, told what to do on stdin.

One JSON object per line in, one out:

    {"do": "sign", "payments": 3000, "wallets": 64}            sign in advance; each transfer is used once
    {"do": "connect", "url": "ws://…", "sockets": 64}          open connections, kept until "disconnect"
    {"do": "pay", "settle": true}                              all that is signed, over all that is connected
    {"do": "straight", "node": "127.0.0.1:50211", "in_flight": 1}     the same to the node itself
    {"do": "disconnect"}

Engine.IO and Socket.IO frames are written out by hand: a client library would cost more than the relay measured, and
every byte is what an unmodified client sends.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import aiohttp
import grpc.aio
import uvloop

from relay import hapi_pb2 as hapi
from relay.wallet import Wallet, transfer

NODE, PAYEE = "0.0.3", "0.0.2001"
METHOD = "/proto.CryptoService/cryptoTransfer"
CONNECTING_AT_ONCE = 50
ANSWER_SECONDS = 30.0
SETTLED = '"type":"payment.settled"'
REJECTED = '"status":"rejected"'

Result = dict[str, object]


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


class Client:
    """One Socket.IO connection. It hears its acks, and the news of its payments between them."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0
        self.settled = 0
        self.settled_before = 0  # of those, the ones that whoever drives us has counted

    @classmethod
    async def connect(cls, session: aiohttp.ClientSession, url: str) -> Client:
        socket = await session.ws_connect(f"{url}/socket.io/?EIO=4&transport=websocket", compress=0, max_msg_size=0)
        await socket.receive_str()  # engine.io's open
        await socket.send_str("40")
        joined = await socket.receive_str()
        if not joined.startswith("40"):
            raise RuntimeError(f"the server does not want us: {joined[:200]}")
        return cls(socket)

    async def pay(self, raw: bytes) -> float:
        """Send one transfer; seconds until its ack."""
        self._asked += 1
        start = time.perf_counter()
        await self._socket.send_str(f'451-{self._asked}["CRYPTOTRANSFER",{{"_placeholder":true,"num":0}}]')
        await self._socket.send_bytes(raw)
        return await self._acknowledged(start)

    async def pay_object(self, wish: str) -> float:
        """Send one transfer that is JSON; seconds until its ack."""
        self._asked += 1
        start = time.perf_counter()
        await self._socket.send_str(f'42{self._asked}["CRYPTOTRANSFER",{wish}]')
        return await self._acknowledged(start)

    async def _acknowledged(self, start: float) -> float:
        ack = f"43{self._asked}["
        answer = await self._hear(lambda text: text.startswith(ack))
        seconds = time.perf_counter() - start
        if REJECTED in answer:
            raise RuntimeError(f"a transfer was refused: {answer[:500]}")
        return seconds

    async def settle(self, payments: int) -> None:
        """Wait until that many of our payments have settled."""
        if self.settled < payments:
            await self._hear(lambda text: self.settled >= payments)

    async def close(self) -> None:
        await self._socket.close()

    async def _hear(self, enough: Callable[[str], bool]) -> str:
        while True:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise RuntimeError(f"the connection ended: {message.type.name} {message.data!r}")
            text: str = message.data
            if text == "2":
                await self._socket.send_str("3")
            elif text.startswith("42") and SETTLED in text:
                self.settled += 1
            if enough(text):
                return text


class Load:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._purse = Purse()
        self._signed: list[bytes] = []
        self._clients: list[Client] = []

    async def sign(self, payments: int, wallets: int) -> Result:
        self._signed = self._purse.sign(payments, wallets)
        return {"signed": len(self._signed)}

    async def connect(self, url: str, sockets: int) -> Result:
        door = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def enter() -> Client:
            async with door:
                return await Client.connect(self._session, url)

        self._clients += await asyncio.gather(*(enter() for _ in range(sockets)))
        return {"open": len(self._clients)}

    async def pay(self, *, settle: bool) -> Result:
        """One in flight per socket. The clock of the throughput stops at the last ack, before the settling."""
        waiting, latencies = self._take(), list[float]()

        async def spend(client: Client) -> int:
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
        await asyncio.gather(*(client.close() for client in clients))
        return {"open": 0}

    def _take(self) -> list[bytes]:
        signed, self._signed = self._signed, []
        signed.reverse()  # they are popped from the end
        return signed


def percentile(ordered: list[float], percent: int) -> float:
    """Of sorted values, the smallest that `percent` % of them do not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1]


def _summary(latencies: list[float], seconds: float) -> Result:
    latencies.sort()
    quantiles = {f"p{percent}": 1000 * percentile(latencies, percent) for percent in (50, 95, 99)}
    return {"payments": len(latencies), "seconds": seconds, "milliseconds": quantiles}


def _wallet(number: int) -> Wallet:
    return Wallet(f"0.0.{100_000 + number}", "ed25519", hashlib.sha256(f"bench {number}".encode()).digest())


async def serve(kind: Callable[[aiohttp.ClientSession], Load]) -> None:
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
