"""What a link needs of a connection to its node; direct.py and plain.py are the two there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

TLS_NAME = "127.0.0.1"  # whom nodes' self-signed certificates name, wherever they are; the hash is what proves them
IDLE_SECONDS = 330.0  # of silence, then a ping: servers take one every 5 minutes on an idle connection (gRPC A8)
PONG_SECONDS = 10.0  # for anything to be heard after it
MESSAGE_BYTES = 2**20  # the largest answer, a file of the address book, is some 100 kB


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a node listens. `cert_hash` is the SHA-384 of its certificate's PEM, from the address book."""

    address: str  # host:port
    tls: bool = False
    cert_hash: bytes | None = None
    root: bytes | None = None  # PEM to trust instead of the hash


class Failed(Exception):
    """A call ended without an answer, for a reason gRPC has a name for; what was sent may have arrived."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status  # of grpc.StatusCode, by name
        self.detail = detail


class Disconnected(Exception):
    """There was no connection for the call, or its owner closed it; what was sent may have arrived."""


class Channel(Protocol):
    """One endpoint: connected, lost, connected again as its owner wishes."""

    @property
    def ready(self) -> bool:
        """Connected at this moment, as far as is known without asking."""

    async def connect(self) -> bool:
        """Connect, unless it is; False or OSError when that cannot be. Calls of a connection before may go on."""

    async def lost(self) -> None:
        """Until the connection takes no more calls."""

    async def call(self, method: str, raw: bytes, within: float) -> bytes:
        """One call of at most `within` seconds; raises `Failed` or `Disconnected`."""

    async def close(self) -> None:
        """End every connection there is, and every call on them."""
