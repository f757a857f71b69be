"""What is kept of the request a connection came with: three facts, where the request itself is 8 KB."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Arrival:
    address: str
    origin: str | None  # of the page that opened it
    wire: asyncio.Transport | None  # under a websocket, to cut it; None where it was only the start of long-polling


def arrival(request: web.Request, address: str) -> Arrival:
    """Of a request from that address."""
    upgraded = request.headers.get("Upgrade", "").lower() == "websocket"
    return Arrival(address, request.headers.get("Origin"), request.transport if upgraded else None)
