"""`relay events`: a merchant's stream as JSON lines, on standard output."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from relay.commands.words import why
from relay.errors import Misused, RelayError, Unauthorized, Unreachable

PAGE = 500
AGAIN_SECONDS = 1.0


async def events(url: str, key: str | None, after: int, *, follow: bool) -> int:
    """Print what came after `after`; with `follow` go on, through reconnections, until Ctrl-C."""
    if not url.startswith(("http://", "https://")) or urlsplit(url).path.strip("/"):
        raise Misused(f"--url {url}: expected the address of a relay, such as http://127.0.0.1:8099")
    headers = {"Authorization": f"Bearer {key or os.environ.get('RELAY_API_KEY') or _demo_key(url)}"}
    async with aiohttp.ClientSession(url, headers=headers) as http:
        while True:
            try:
                after = await _replay(http, after)
                if not follow:
                    return 0
                after = await _stream(http, after)
            except (aiohttp.ClientError, TimeoutError) as error:
                if not follow:
                    raise Unreachable(f"{url} does not answer: {why(error)}") from None
            await asyncio.sleep(AGAIN_SECONDS)


async def _replay(http: aiohttp.ClientSession, after: int) -> int:
    while True:
        async with http.get("/v1/events", params={"after": after, "limit": PAGE}) as response:
            if response.content_type not in ("application/json", "application/problem+json"):
                raise RelayError(f"that address is no relay's: it answered {response.status}")
            body = await response.json(content_type=None)
            if response.status != 200:
                raise RelayError(body.get("detail", f"the relay answered {response.status}"))
        for event in body["data"]:
            print(json.dumps(event), flush=True)
            after = event["seq"]
        if not body["hasMore"]:
            return after


async def _stream(http: aiohttp.ClientSession, after: int) -> int:
    forever = aiohttp.ClientTimeout(total=None, sock_read=60)  # the relay shows a sign of life every 15 s
    async with http.get("/v1/events/stream", headers={"Last-Event-ID": str(after)}, timeout=forever) as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                text = line[6:].decode().rstrip("\n")
                print(text, flush=True)
                after = json.loads(text)["seq"]
    return after


def _demo_key(url: str) -> str:
    file = Path(".relay/demo.json")
    known = json.loads(file.read_text()) if file.exists() else {}
    if known.get("url") != url.rstrip("/"):
        raise Unauthorized("give the merchant's key: --key sk_… or RELAY_API_KEY")
    return str(known["apiKey"])
