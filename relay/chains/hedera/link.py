"""One node: a pooled gRPC channel, whether it is up, and what it takes to know that without any traffic.

    dialling ──connected──▶ up ──connection lost──▶ dialling
        │                    │ a call unanswered, or a probe
        ▼                    ▼
    down, dialled again   suspect: connected, but mute; up again as soon as a probe is answered
    after a growing pause, or at once when a call wants it

Channels are dialled here and not by gRPC's own reconnecting, whose back-off nobody can hurry: a payment that wants a
node must learn *now* whether it can be reached, because "not a byte left us" is what lets a payment be refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

import grpc
import grpc.aio

from relay import hapi_pb2 as pb
from relay.abilities import Node
from relay.chains.hedera.certificate import presented
from relay.money import Account

CONNECT_SECONDS = 2.0  # TCP, TLS and HTTP/2 settings: three round trips of the slowest continent, twice
CALL_SECONDS = 4.0  # a node answers a precheck in 0.1 s; past this it is asked again
FRESH_SECONDS = 0.05  # a dial that failed this short a while ago need not be repeated
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 10.0  # between dials of a node that is away: doubled up to the latter

TRANSFER = "/proto.CryptoService/cryptoTransfer"
RECEIPT = "/proto.CryptoService/getTransactionReceipts"
BALANCE = "/proto.CryptoService/cryptoGetBalance"
INFO = "/proto.CryptoService/getAccountInfo"
FILE = "/proto.FileService/getFileContent"
CONTRACT = "/proto.SmartContractService/contractCallMethod"

_TLS_NAME = "127.0.0.1"  # whom nodes' self-signed certificates name, wherever they are; the hash is what proves them
_OPTIONS: list[tuple[str, object]] = [
    ("grpc.use_local_subchannel_pool", 1),  # else a new channel would inherit another's back-off
    ("grpc.enable_retries", 0),  # sending again is decided in submit.py, where it is known what that means
    ("grpc.enable_http_proxy", 0),
    ("grpc.client_idle_timeout_ms", 2**31 - 1),  # stay connected: that is how we know the node is there
    ("grpc.keepalive_time_ms", 330_000),  # servers take a ping every 5 minutes on an idle connection (gRPC A8)
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_receive_message_length", 2**20),  # the largest answer, a file of the address book, is some 100 kB
]
_SILENCE = frozenset(  # statuses that say something about the node, not about what it was asked
    grpc.StatusCode[name] for name in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN")
)
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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a node listens. `cert_hash` is the SHA-384 of its certificate's PEM, from the address book."""

    address: str  # host:port
    tls: bool = False
    cert_hash: bytes | None = None
    root: bytes | None = None  # PEM to trust instead of the hash


class Link:
    """The connection to one node, kept up by `run`, which the owner runs as a task."""

    def __init__(
        self, account: Account, endpoints: tuple[Endpoint, ...], told: Callable[[Node], None], probe_seconds: float
    ) -> None:
        self.account = account
        self.endpoints = endpoints
        self._told = told
        self._probe_seconds = probe_seconds
        self._at = 0  # of endpoints
        self._channel: grpc.aio.Channel | None = None  # set while up
        self._calls: dict[str, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        self._healthy: bool | None = None  # None before the first verdict
        self._detail = "not connected yet"
        self._suspect = asyncio.Event()
        self._wanted = asyncio.Event()
        self._waiting: list[asyncio.Future[bool]] = []
        self._ended = False
        self._failed_at = -FRESH_SECONDS  # when the last dial ended in vain, in the loop's time

    @property
    def node(self) -> Node:
        return Node(self.endpoints[self._at].address, self.account, bool(self._healthy), self._detail)

    @property
    def healthy(self) -> bool:
        return bool(self._healthy)

    @property
    def ready(self) -> bool:
        """Connected at this moment, and the last call was answered."""
        return self._connected() and not self._suspect.is_set()

    async def reachable(self, within: float) -> bool:
        """Whether the node is connected and, if it was mute lately, answers again. Sends nothing of the caller's.

        Asks for a new connection at once when there is none; at most `within` seconds.
        """
        if self.ready:
            return True
        try:
            async with asyncio.timeout(within):
                if not self._connected() and not await self._next_dial():
                    return False
                return not self._suspect.is_set() or await self._probe(within)
        except TimeoutError:
            return False

    async def call(self, method: str, raw: bytes, within: float) -> bytes:
        """Send `raw` and return the answer's bytes; `NoAnswer` after `within` seconds or when the call breaks."""
        invoke = self._calls.get(method)
        if invoke is None:
            if self._channel is None:
                raise NoAnswer(f"node {self.account} is not connected")
            invoke = self._calls[method] = self._channel.unary_unary(method)
        try:
            answer = await invoke(raw, timeout=within)
        except grpc.aio.AioRpcError as error:
            if error.code() in _SILENCE:
                self._mute(f"{error.code().name}: {error.details() or 'no detail'}")
            raise NoAnswer(f"node {self.account} answered nothing: {error.code().name}") from None
        except (grpc.aio.UsageError, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            raise NoAnswer(f"node {self.account} was disconnected") from None  # its channel closed under the call
        self._well()
        return answer

    async def run(self) -> None:
        """Keep the connection and the verdict on it up to date; until cancelled."""
        pause = PAUSE_SECONDS
        channel: grpc.aio.Channel | None = None
        try:
            while True:
                self._wanted.clear()
                trouble = ""
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        channel = channel or await self._open()
                        if not await _connect(channel):
                            trouble = "cannot connect"
                except (OSError, TimeoutError) as error:  # ssl.SSLError is an OSError
                    trouble = str(error) or f"no connection within {CONNECT_SECONDS:g} s"
                if channel is not None and not trouble:
                    pause = PAUSE_SECONDS
                    self._up(channel)
                    await self._hold(channel)
                    self._channel = None
                    self._calls = {}
                    continue  # the same channel may be idle after a GOAWAY, its last calls still running
                self._down(trouble)
                if channel is not None:
                    await channel.close()
                    channel = None
                self._at = (self._at + 1) % len(self.endpoints)
                try:
                    async with asyncio.timeout(pause):
                        await self._wanted.wait()
                except TimeoutError:
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        finally:
            self._ended = True
            self._channel = None
            self._calls = {}
            self._resolve(reached=False)
            if channel is not None:
                await channel.close()

    async def _hold(self, channel: grpc.aio.Channel) -> None:
        """Probe the node now and then until the connection is lost."""
        lost = asyncio.ensure_future(channel.wait_for_state_change(grpc.ChannelConnectivity.READY))
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

    async def _probe(self, within: float) -> bool:
        try:
            await self.call(RECEIPT, PROBE, within)
        except NoAnswer:
            return False
        return True

    async def _open(self) -> grpc.aio.Channel:
        """A channel to the current endpoint, not connected yet; raises OSError when its certificate is not right."""
        endpoint = self.endpoints[self._at]
        if not endpoint.tls:
            return grpc.aio.insecure_channel(endpoint.address, options=_OPTIONS)
        root = endpoint.root
        options = _OPTIONS
        if endpoint.cert_hash is not None and root is None:
            root = await presented(endpoint.address)
            if hashlib.sha384(root).digest() != endpoint.cert_hash:
                raise OSError("the certificate is not the one in the address book")
            options = [*_OPTIONS, ("grpc.ssl_target_name_override", _TLS_NAME)]
        return grpc.aio.secure_channel(endpoint.address, grpc.ssl_channel_credentials(root), options=options)

    def _connected(self) -> bool:
        return self._channel is not None and self._channel.get_state() is grpc.ChannelConnectivity.READY

    async def _next_dial(self) -> bool:
        """Hurry the next dial and wait for what comes of it."""
        loop = asyncio.get_running_loop()
        if self._ended or loop.time() - self._failed_at < FRESH_SECONDS:
            return False
        waiting: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(waiting)
        self._wanted.set()
        return await waiting

    def _resolve(self, *, reached: bool) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(reached)
        self._waiting.clear()

    def _up(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._suspect.clear()
        self._resolve(reached=True)
        self._judge(healthy=True, detail="")

    def _down(self, detail: str) -> None:
        self._failed_at = asyncio.get_running_loop().time()
        self._resolve(reached=False)
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


async def _connect(channel: grpc.aio.Channel) -> bool:
    while True:
        state = channel.get_state(try_to_connect=True)
        if state is grpc.ChannelConnectivity.READY:
            return True
        if state in (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN):
            return False
        await channel.wait_for_state_change(state)
