"""The soak's load: a process of its own, told what to do on stdin as load.py is.

{"do": "open", "url": "http://…", "shop": "sk_…", "blog": "sk_…"}    wallets, a subscriber, a webhook endpoint
{"do": "flood", "seconds": 30}                                          as fast as it goes: what can it do, once warm?
{"do": "run", "rate": 800, "seconds": 5}                                at that rate, people coming and going meanwhile
{"do": "quiet", "shop": 20000, "blog": 400}                             wait for the events of each merchant
{"do": "minute"}                                                        what happened since the last "minute"
{"do": "finish"}                                                        everybody leaves; verdicts
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections import Counter, deque
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta

import aiohttp
import uvloop
from aiohttp import web

from relay.wallet import transfer
from tests.bench.load import NODE, Result, _summary, _wallet, serve
from tests.bench.wire import BINARY, REJECTED, Wallet, Wire, frame

WALLETS = 64
TICK_SECONDS = 0.01
SHOP, BLOG = "0.0.2001", "0.0.2002"
BLOG_EVERY = 50  # payments: webhooks are some hundred a second at most
FAILING_EVERY = 97  # calls of the webhook: answered 503
SLOW_SECONDS = 20.0  # until a slow reader is followed by another
SLOW_READERS, VISITORS = 2, 4  # at all times; per second
QUIET_SECONDS = 90.0
MOST_OPEN = 4_096  # payments that wait for their answer: a relay that is too slow has then to refuse, not to be flooded
OVERDUE_SECONDS = 1.0  # a payment later than that is not sent, and counted
BURST = 64  # payments before others get a turn
SUBSCRIBE = {"merchant": True}
JUNK = (
    frame(b"42["),
    frame(b"49" * 40),
    frame(b'42["SUBSCRIBE",{"merchant":true}]'),
    frame(b'427["CRYPTOTRANSFER",{"transaction":"AAAA"}]'),
    frame(b'451-["CRYPTOTRANSFER",{"_placeholder":true,"num":0}]') + frame(os.urandom(300), BINARY),
    frame(b'451-["CRYPTOTRANSFER",{"_placeholder":true,"num":7}]'),
    frame(b'42["NO_SUCH_EVENT",' + b"[" * 3_000),
    frame(b"4" + bytes(5_000)),
    b"\x83\x80\0\0\0\0",
    os.urandom(2_000),
)


class Slow(Wire):
    """Subscribes and reads nothing."""

    def event(self, text: bytes) -> None:
        pass


class Subscriber(Wire):
    """Follows the shop's stream by number: each once, none missing."""

    last = doubled = missing = 0

    def event(self, text: bytes) -> None:
        found = re.search(rb'"seq":(\d+)', text)
        if found is None:
            return
        seq = int(found[1])
        if seq <= self.last:
            self.doubled += 1
        else:
            self.missing += seq - self.last - 1
            self.last = seq


class SoakLoad:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._payers = [_wallet(number) for number in range(WALLETS)]
        self._stamp = datetime.now(UTC)
        self._wallets: list[Wallet] = []
        self._slow: deque[Slow] = deque()
        self._sent = self._cut = self._comings = self._unsent = self._open = self._resumed = 0
        self._answered, self._refused = list[float](), Counter[str]()
        self._calls = 0
        self._hooks = Counter[str]()  # answered 200, by id
        self._tasks = set[asyncio.Task[None]]()
        self._resuming = asyncio.Lock()

    async def open(self, url: str, shop: str, blog: str) -> Result:
        self._url, self._key = url, {"apiKey": shop}
        self._wallets = [await Wallet.connect(url) for _ in range(WALLETS)]
        self._subscriber = await Subscriber.connect(url, self._key)
        await self._subscriber.ask("SUBSCRIBE", SUBSCRIBE)
        app = web.Application()
        app.router.add_post("/hook", self._hook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        body = {"url": f"http://127.0.0.1:{port}/hook", "events": ["payment.*"]}
        headers = {"Authorization": f"Bearer {blog}"}
        async with self._session.post(f"{url}/v1/webhooks", json=body, headers=headers) as answer:
            if answer.status != 201:
                raise RuntimeError(await answer.text())
        return {"wallets": len(self._wallets)}

    async def flood(self, seconds: float) -> Result:
        """With all that goes on beside it; `rate` is of the second half, answered and not refused."""
        start, half = time.perf_counter(), 0

        async def spend(place: int) -> None:
            while time.perf_counter() < start + seconds:
                await asyncio.wait((self._pay(self._wallets[place]),))

        async def come_and_go() -> None:
            for beat in range(1, int(seconds) + 1):
                self._spawn(self._come_and_go(beat))
                await asyncio.sleep(max(0.0, start + beat - time.perf_counter()))

        async def warm() -> int:
            await asyncio.sleep(seconds / 2)
            return len(self._answered)

        half, *_ = await asyncio.gather(warm(), come_and_go(), *map(spend, range(WALLETS)))
        return {"rate": (len(self._answered) - half) / (time.perf_counter() - start - seconds / 2)}

    async def run(self, rate: float, seconds: float) -> Result:
        """Payments start at their times, whether or not earlier ones were answered: the sleep paces them.

        Where either side cannot keep up, those that would start much too late are left out.
        """
        start, done, beat = time.perf_counter(), 0, 0
        while (passed := time.perf_counter() - start) < seconds:
            due = int(passed * rate) - done
            late = max(0, due - int(OVERDUE_SECONDS * rate)) if self._open < MOST_OPEN else due
            for _ in range(min(due - late, BURST)):
                self._pay(self._wallets[self._sent % WALLETS])
                done += 1
            done += late
            self._unsent += late
            if passed >= beat:
                beat += 1
                self._spawn(self._come_and_go(beat))
            await asyncio.sleep(TICK_SECONDS if due - late <= BURST else 0)
        return {"sent": done}

    async def minute(self) -> Result:
        told = _summary(self._answered, 60.0) if self._answered else {}
        told |= {
            "refused": dict(self._refused),
            "unsent": self._unsent,
            "cut": self._cut,
            "comings": self._comings,
            "webhooks": len(self._hooks),
        }
        self._answered, self._refused = [], Counter()
        self._cut = self._comings = self._unsent = 0
        return told

    async def quiet(self, shop: int, blog: int) -> Result:
        """`shop` and `blog` are how many events their streams have."""
        until = time.perf_counter() + QUIET_SECONDS
        while time.perf_counter() < until and (self._subscriber.last < shop or len(self._hooks) < blog):
            await self._listen_on()
            await asyncio.sleep(TICK_SECONDS)
        return {"heard": self._subscriber.last, "webhooks": len(self._hooks)}

    async def finish(self) -> Result:
        for wire in (*self._wallets, *self._slow, self._subscriber):
            wire.cut()
        return {
            "sent": self._sent,
            "heard": self._subscriber.last,
            "doubled": self._subscriber.doubled,
            "missing": self._subscriber.missing,
            "resumed": self._resumed,
            "webhooks": len(self._hooks),
            "webhooks_doubled": sum(times - 1 for times in self._hooks.values()),
        }

    def _pay(self, wallet: Wallet) -> asyncio.Future[tuple[float, bytes]]:
        self._sent += 1
        self._open += 1
        self._stamp = max(self._stamp + timedelta(microseconds=1), datetime.now(UTC))
        payee = BLOG if self._sent % BLOG_EVERY == 0 else SHOP
        payer = self._payers[self._sent % WALLETS]
        raw = transfer(payer, pay_to=[(payee, 1)], asset="0.0.0", memo="soak", nodes=[NODE], now=self._stamp)
        answer, sent = wallet.transfer(raw), time.perf_counter()
        answer.add_done_callback(lambda answer: self._note(sent, answer))
        return answer

    def _note(self, sent: float, answer: asyncio.Future[tuple[float, bytes]]) -> None:
        self._open -= 1
        if answer.exception() is not None:
            self._cut += 1
            return
        at, text = answer.result()
        if REJECTED in text:
            found = re.search(rb'"reason":"(\w+)"', text)
            self._refused[found[1].decode() if found else "?"] += 1
        else:
            self._answered.append(at - sent)

    async def _come_and_go(self, beat: int) -> None:
        """One wallet is followed by another, in the middle of what it does; visitors say junk and vanish."""
        place = beat % WALLETS
        old, self._wallets[place] = self._wallets[place], await Wallet.connect(self._url)
        (old.cut if beat % 2 else old.close)()
        if beat % int(SLOW_SECONDS / SLOW_READERS) == 1:
            slow = await Slow.connect(self._url, self._key)
            slow.throw(JUNK[2])  # with a key it is a subscription
            slow.stop_reading()
            self._slow.append(slow)
            if len(self._slow) > SLOW_READERS:
                self._slow.popleft().cut()
        for number in range(VISITORS):
            visitor = await Wire.connect(self._url)
            visitor.throw(JUNK[(beat * VISITORS + number) % len(JUNK)])
            await asyncio.sleep(TICK_SECONDS)
            visitor.cut()
        self._comings += 1 + VISITORS
        await self._listen_on()

    async def _listen_on(self) -> None:
        """A subscriber that was cut off, as its reader was too slow, comes back with its cursor."""
        async with self._resuming:
            old = self._subscriber
            if not old.ended:
                return
            new = self._subscriber = await Subscriber.connect(self._url, self._key)
            new.last, new.doubled, new.missing = old.last, old.doubled, old.missing
            self._resumed += 1
            await new.ask("SUBSCRIBE", SUBSCRIBE | {"after": old.last})

    async def _hook(self, request: web.Request) -> web.Response:
        await request.read()
        self._calls += 1
        if self._calls % FAILING_EVERY == 0:
            return web.Response(status=503)
        self._hooks[request.headers["webhook-id"]] += 1
        return web.Response()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


if __name__ == "__main__":
    uvloop.run(serve(SoakLoad))
