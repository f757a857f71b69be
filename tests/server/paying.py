"""What payers and shops do in tests: make invoices, sign transfers."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from typing import Any

import aiohttp

from relay.wallet import Wallet, transfer

PAYER = Wallet.development("0.0.1001")
_nanos = itertools.count()


def signed(
    memo: str = "",
    *,
    pay_to: list[tuple[str, int]] | None = None,
    asset: str = "0.0.0",
    payer: Wallet = PAYER,
    nodes: list[str] | None = None,
    now: datetime | None = None,
) -> bytes:
    """A signed transfer of 1,000 tinybars to the shop, or of what is asked; no two have the same id."""
    return transfer(
        payer,
        pay_to=pay_to or [("0.0.2001", 1_000)],
        asset=asset,
        memo=memo,
        nodes=nodes or ["0.0.3"],
        now=now or datetime.now(UTC),
        nanos=next(_nanos),
    )


async def post(url: str, path: str, key: str | None = None, *, json: Any = None, **headers: str) -> tuple[int, Any]:
    """POST JSON; the status and the decoded answer."""
    return await _request("POST", url, path, key, json, headers)


async def get(url: str, path: str, key: str | None = None, **headers: str) -> tuple[int, Any]:
    """GET; the status and the decoded answer."""
    return await _request("GET", url, path, key, None, headers)


async def until_reached(url: str, network: str = "hedera:devnet") -> None:
    """Wait until a relay has a node there: it takes requests without one that was not there within a second."""
    async with asyncio.timeout(40):
        while (await get(url, "/readyz"))[1]["checks"][network] != "ok":
            await asyncio.sleep(0.02)


async def invoice(url: str, key: str, **fields: Any) -> dict[str, Any]:
    """An invoice over 1,000 tinybars, or as asked."""
    wish = {"network": "hedera:devnet", "amount": "1000", "contentId": "post-1", **fields}
    status, body = await post(url, "/v1/invoices", key, json=wish)
    assert status == 201, body
    return dict(body)


async def _request(
    method: str, url: str, path: str, key: str | None, json: Any, headers: dict[str, str]
) -> tuple[int, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url + path, json=json, headers=sent) as response,
    ):
        return response.status, await response.json(content_type=None)
