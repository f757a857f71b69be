"""The channel that is gRPC's own: the fallback of direct.py, and what it is held to."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress

import grpc
import grpc.aio

from relay.chains.hedera.certificate import presented
from relay.chains.hedera.channel import (
    IDLE_SECONDS,
    MESSAGE_BYTES,
    PONG_SECONDS,
    TLS_NAME,
    Disconnected,
    Endpoint,
    Failed,
)

STATE_SECONDS = 0.25  # gRPC says that a connection is lost after it failed the calls on it, and dials anew for the next

_OPTIONS: list[tuple[str, object]] = [
    ("grpc.use_local_subchannel_pool", 1),  # else a new channel would inherit another's back-off
    ("grpc.enable_retries", 0),  # sending again is decided in submit.py, where it is known what that means
    ("grpc.enable_http_proxy", 0),
    ("grpc.client_idle_timeout_ms", 2**31 - 1),  # stay connected: that is how we know the node is there
    ("grpc.keepalive_time_ms", int(IDLE_SECONDS * 1000)),
    ("grpc.keepalive_timeout_ms", int(PONG_SECONDS * 1000)),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
]


class Plain:
    def __init__(self, endpoint: Endpoint, state_seconds: float = STATE_SECONDS) -> None:
        self._endpoint = endpoint
        self._state_seconds = state_seconds
        self._channel: grpc.aio.Channel | None = None
        self._calls: dict[str, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {}
        self._held = False  # from `connect` until that connection is lost, whatever gRPC dials by itself meanwhile

    @property
    def ready(self) -> bool:
        return self._held and self._channel is not None and self._channel.get_state() is grpc.ChannelConnectivity.READY

    async def connect(self) -> bool:
        if self._channel is None:
            self._channel = await self._open()
        while True:  # the same channel may be idle after a GOAWAY, its last calls still running
            state = self._channel.get_state(try_to_connect=True)
            if state is grpc.ChannelConnectivity.READY:
                self._held = True
                return True
            if state in (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN):
                return False
            await self._channel.wait_for_state_change(state)

    async def lost(self) -> None:
        if self._channel is not None:
            await self._channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
            self._held = False

    async def call(self, method: str, raw: bytes, within: float) -> bytes:
        invoke = self._calls.get(method)
        if invoke is None:
            if self._channel is None:
                raise Disconnected("not connected")
            invoke = self._calls[method] = self._channel.unary_unary(method)
        try:
            answer: bytes | None = await invoke(raw, timeout=within)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                with suppress(TimeoutError, grpc.aio.UsageError):
                    await asyncio.wait_for(self.lost(), self._state_seconds)
            raise Failed(error.code().name, error.details() or "no detail") from None
        except (grpc.aio.UsageError, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise
            raise Disconnected("the channel was closed") from None
        if answer is None:  # whatever gRPC's types say
            raise Failed("INTERNAL", "a status of OK without a message")
        return answer

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()

    async def _open(self) -> grpc.aio.Channel:
        """Not connected yet; raises OSError when its certificate is not right."""
        endpoint = self._endpoint
        if not endpoint.tls:
            return grpc.aio.insecure_channel(endpoint.address, options=_OPTIONS)
        root = endpoint.root
        options = _OPTIONS
        if endpoint.cert_hash is not None and root is None:
            root = await presented(endpoint.address)
            if hashlib.sha384(root).digest() != endpoint.cert_hash:
                raise OSError("the certificate is not the one in the address book")
            options = [*_OPTIONS, ("grpc.ssl_target_name_override", TLS_NAME)]
        return grpc.aio.secure_channel(endpoint.address, grpc.ssl_channel_credentials(root), options=options)
