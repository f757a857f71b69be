"""One node: the connection to it, whether it is up, and what it takes to know that without any traffic.

    dialling ──connected──▶ up ──connection lost──▶ dialling
        │                    │ a call unanswered, or a probe
        ▼                    ▼
    down, dialled again   suspect: connected, but mute; up again as soon as a probe is answered
    after a growing pause, or at once when a call wants it

Channels are dialled here and do not reconnect by themselves, as gRPC's would after a back-off that nobody can hurry: a
payment that wants a node must learn *now* whether it can be reached, because "not a byte left us" is what lets a
payment be refused. Of the two channels there are direct.py is taken; with `direct_grpc = false` it is plain.py, gRPC's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from relay import hapi_pb2 as pb
from relay.abilities import Node
from relay.chains.hedera.channel import Channel, Disconnected, Endpoint, Failed
from relay.chains.hedera.direct import Direct
from relay.money import Account

CONNECT_SECONDS = 2.0  # TCP, TLS and HTTP/2 settings: three round trips of the slowest continent, twice
CALL_SECONDS = 4.0  # a node answers a precheck in 0.1 s; past this it is asked again
FRESH_SECONDS = 0.05  # what began this short a while ago, a dial in vain or a probe, need not be repeated
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 10.0  # between dials of a node that is away: doubled up to the latter

TRANSFER = "/proto.CryptoService/cryptoTransfer"
RECEIPT = "/proto.CryptoService/getTransactionReceipts"
BALANCE = "/proto.CryptoService/cryptoGetBalance"
INFO = "/proto.CryptoService/getAccountInfo"
FILE = "/proto.FileService/getFileContent"
CONTRACT = "/proto.SmartContractService/contractCallMethod"

# statuses that say something about the node, not about what it was asked
_SILENCE = frozenset(("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN"))
# the free question whose answer shows a node is well: a receipt of an id that cannot exist
PROBE = pb.Query(
    transactionGetReceipt=pb.TransactionGetReceiptQuery(
        header=pb.QueryHeader(),
        transactionID=pb.TransactionID(
            transactionValidStart=pb.Timestamp(seconds=1), accountID=pb.AccountID(accountNum=2)
        ),
    )
).SerializeToString()

_log = logging.getLogger(__name__)


class NoAnswer(Exception):
    """The call ended without an answer; what was sent may have arrived."""


class Link:
    """The connection to one node, kept up by `run`, which the owner runs as a task."""

    def __init__(
        self,
        account: Account,
        endpoints: tuple[Endpoint, ...],
        told: Callable[[Node], None],
        probe_seconds: float,
        *,
        direct: bool,
    ) -> None:
        self.account = account
        self.endpoints = endpoints
        self._told = told
        self._probe_seconds = probe_seconds
        self._direct = direct
        self._at = 0  # of endpoints
        self._channel: Channel | None = None  # set while up
        self._healthy: bool | None = None  # None before the first verdict
        self._detail = "not connected yet"
        self._suspect = asyncio.Event()
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[bool]] = []  # for the dial that is under way
        self._asking: list[asyncio.Future[bool]] = []  # for the one after it: what began before they asked is old news
        self._ended = False
        self._began_at = -FRESH_SECONDS  # when the last dial began, in the loop's time
        self._in_vain = False  # whether it is over, and reached nothing
        self._probing: asyncio.Future[bool] | None = None  # for those who want a node that was mute
        self._probed_at = -FRESH_SECONDS

    @property
    def node(self) -> Node:
        return Node(self.endpoints[self._at].address, self.account, bool(self._healthy), self._detail)

    @property
    def healthy(self) -> bool:
        return bool(self._healthy)

    @property
    def ready(self) -> bool:
        """Connected at this moment, and the last call was answered."""
        channel = self._channel
        return channel is not None and channel.ready and not self._suspect.is_set()

    async def reachable(self, within: float) -> bool:
        """Whether the node is connected and, if it was mute lately, answers again. Sends nothing of the caller's.

        Asks for a new connection at once when there is none; at most `within` seconds.
        """
        if self.ready:
            return True
        try:
            async with asyncio.timeout(within):
                for _ in range(2):  # the probe may find that the connection is lost: then it is dialled
                    if not self._connected() and not await self._next_dial():
                        return False
                    if self._suspect.is_set() and not await self._answers() and self._connected():
                        return False
                    if self.ready:
                        return True
        except TimeoutError:
            pass
        return False

    async def call(self, method: str, raw: bytes, within: float) -> bytes:
        """Send `raw` and return the answer's bytes; `NoAnswer` after `within` seconds or when the call breaks."""
        if self._channel is None:
            raise NoAnswer(f"node {self.account} is not connected")
        try:
            answer = await self._channel.call(method, raw, within)
        except Failed as failed:
            if failed.status in _SILENCE:
                self._mute(str(failed))
            raise NoAnswer(f"node {self.account} answered nothing: {failed.status}") from None
        except Disconnected:
            raise NoAnswer(f"node {self.account} was disconnected") from None
        self._well()
        return answer

    async def run(self) -> None:
        """Keep the connection and the verdict on it up to date; until cancelled."""
        pause = PAUSE_SECONDS
        channel: Channel | None = None
        try:
            while True:
                self._begin()
                trouble = ""
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        channel = channel or self._open()
                        if not await channel.connect():
                            trouble = "cannot connect"
                except (OSError, TimeoutError, ValueError) as error:  # ssl.SSLError, silence, what is no host's name
                    trouble = str(error) or f"no connection within {CONNECT_SECONDS:g} s"
                if channel is not None and not trouble:
                    until = asyncio.get_running_loop().time() + PAUSE_SECONDS
                    self._up(channel)
                    await self._hold(channel)
                    self._channel = None
                    if asyncio.get_running_loop().time() >= until:
                        pause = PAUSE_SECONDS
                    else:
                        self._judge(healthy=False, detail="it ends connections as soon as they are there")
                        pause = await self._rest(pause)
                    continue  # with the same channel: after a GOAWAY its last calls are still running
                self._down(trouble)
                if channel is not None:
                    await channel.close()
                    channel = None
                self._at = (self._at + 1) % len(self.endpoints)
                pause = await self._rest(pause)
        finally:
            self._ended = True
            self._channel = None
            self._resolve(self._waiting + self._asking, reached=False)
            if channel is not None:
                await channel.close()

    async def _rest(self, pause: float) -> float:
        """Wait until it is time for another dial, or one is wanted; the pause after it."""
        try:
            async with asyncio.timeout(pause):
                await self._wanted.wait()
        except TimeoutError:
            return min(pause * 2, LONGEST_PAUSE_SECONDS)
        return pause

    async def _hold(self, channel: Channel) -> None:
        """Probe the node now and then until the connection is lost."""
        lost = asyncio.ensure_future(channel.lost())
        pause = PAUSE_SECONDS
        try:
            while not lost.done():
                if self._suspect.is_set():
                    await asyncio.wait((lost,), timeout=pause)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                elif await self._undisturbed(lost):
                    pause = PAUSE_SECONDS
                else:
                    continue
                if not lost.done():
                    await self._probe(CALL_SECONDS)
        finally:
            lost.cancel()

    async def _undisturbed(self, lost: asyncio.Future[None]) -> bool:
        """Wait until it is time for a probe; False when the connection is lost, or a call went unanswered, before."""
        suspect = asyncio.ensure_future(self._suspect.wait())
        try:
            done, _ = await asyncio.wait(
                (lost, suspect), timeout=self._probe_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            suspect.cancel()
        return not done

    async def _answers(self) -> bool:
        """Whether a probe of now is answered. Those who ask at once share one: a mute node is spared one a payment."""
        now = asyncio.get_running_loop().time()
        if self._probing is None or self._probing.done() or now - self._probed_at >= FRESH_SECONDS:
            self._probing, self._probed_at = asyncio.ensure_future(self._probe(CALL_SECONDS)), now
        return await asyncio.shield(self._probing)

    async def _probe(self, within: float) -> bool:
        try:
            await self.call(RECEIPT, PROBE, within)
        except NoAnswer:
            return False
        return True

    def _open(self) -> Channel:
        """A channel to the current endpoint, not connected yet."""
        endpoint = self.endpoints[self._at]
        if self._direct:
            return Direct(endpoint)
        from relay.chains.hedera.plain import Plain  # gRPC is a tenth of a second and megabytes that few need

        return Plain(endpoint)

    def _connected(self) -> bool:
        return self._channel is not None and self._channel.ready

    async def _next_dial(self) -> bool:
        """Hurry the next dial and wait for what comes of it, or of the one under way when that reaches the node."""
        loop = asyncio.get_running_loop()
        fresh = loop.time() - self._began_at < FRESH_SECONDS
        if self._ended or (fresh and self._in_vain):
            return False
        asking: asyncio.Future[bool] = loop.create_future()
        (self._waiting if fresh else self._asking).append(asking)
        self._wanted.set()
        return await asking

    def _begin(self) -> None:
        self._began_at, self._in_vain = asyncio.get_running_loop().time(), False
        self._wanted.clear()
        self._waiting += self._asking
        self._asking = []

    def _resolve(self, waiting: list[asyncio.Future[bool]], *, reached: bool) -> None:
        for one in waiting:
            if not one.done():
                one.set_result(reached)
        waiting.clear()

    def _up(self, channel: Channel) -> None:
        self._channel = channel
        self._suspect.clear()
        self._resolve(self._waiting, reached=True)
        self._resolve(self._asking, reached=True)
        self._judge(healthy=True, detail="")

    def _down(self, detail: str) -> None:
        self._in_vain = True
        self._resolve(self._waiting, reached=False)
        self._judge(healthy=False, detail=detail)

    def _mute(self, detail: str) -> None:
        self._suspect.set()
        self._judge(healthy=False, detail=detail)

    def _well(self) -> None:
        if not self._healthy and self._channel is not None:
            self._suspect.clear()
            self._judge(healthy=True, detail="")

    def _judge(self, *, healthy: bool, detail: str) -> None:
        changed, self._healthy, self._detail = self._healthy is not healthy, healthy, detail[:200]
        if changed:
            _log.info("node health changed", extra={"node": self.account, "healthy": healthy, "detail": self._detail})
            self._told(self.node)
