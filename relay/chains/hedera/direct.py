"""The channel that speaks HTTP/2 itself (http2/): what a payment goes by."""

from __future__ import annotations

import asyncio

from relay.chains.hedera.channel import TLS_NAME, Disconnected, Endpoint
from relay.chains.hedera.http2.connection import Connection
from relay.chains.hedera.http2.dialling import dial
from relay.chains.hedera.http2.heads import request

_CLOSE_SECONDS = 0.5  # for connections to end; they are dropped then
_HEADS = 64  # kept: a method and how long its call may take


class Direct:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._authority = endpoint.address if endpoint.cert_hash is None or endpoint.root else TLS_NAME
        self._connection: Connection | None = None
        self._connections: set[Connection] = set()  # that have not ended; but for one they are retired
        self._heads: dict[tuple[str, float], bytes] = {}

    @property
    def ready(self) -> bool:
        connection = self._connection
        return connection is not None and connection.usable

    async def connect(self) -> bool:
        if not self.ready:
            self._connection = connection = await dial(self._endpoint)
            self._connections.add(connection)
            connection.ended.add_done_callback(lambda _: self._connections.discard(connection))
        return self.ready

    async def lost(self) -> None:
        if self._connection is not None:
            await asyncio.wait((self._connection.lost,))

    async def call(self, method: str, raw: bytes, within: float) -> bytes:
        connection = self._connection
        if connection is None:
            raise Disconnected("not connected")
        call = connection.send(self._heads.get((method, within)) or self._head(method, within), raw, within)
        try:
            return await call.answer
        except asyncio.CancelledError:
            connection.cancel(call)
            raise

    async def close(self) -> None:
        connections = [*self._connections]
        for each in connections:
            each.close()
        if connections:
            await asyncio.wait([each.ended for each in connections], timeout=_CLOSE_SECONDS)

    def _head(self, method: str, within: float) -> bytes:
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        head = self._heads[method, within] = request(method, self._authority, within, tls=self._endpoint.tls)
        return head
