"""One bounded look at a source on the web: JSON, small, soon, from where it was asked and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NoReturn
from urllib.parse import urlsplit

import aiohttp
import msgspec

from relay.errors import Unreachable

SECONDS = 5.0
MAX_BYTES = 64 * 1024
MAX_DIGITS = 60  # of a number as text

_decode = msgspec.json.Decoder(float_hook=Decimal).decode  # never by way of a binary fraction


async def fetch(url: str, *, headers: Mapping[str, str] | None = None, seconds: float = SECONDS) -> object:
    """The JSON at `url`, its fractions as decimals; raises `Unreachable`. Redirects are not followed."""
    place = urlsplit(url).hostname or "?"  # not the URL: a key may be in it
    try:
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # a small answer must not become a large one
            ) as http,
            http.get(
                url,
                headers={"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})},
                allow_redirects=False,
            ) as response,
        ):
            if response.status != 200:
                raise Unreachable(f"{place} answered {response.status}")
            body = await _bounded(response, place)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unreachable(f"{place}: {type(error).__name__}") from None
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation, RecursionError):
        raise Unreachable(f"{place}: the answer is not JSON") from None


async def _bounded(response: aiohttp.ClientResponse, place: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise Unreachable(f"{place}: the answer is larger than {MAX_BYTES} bytes")
    return bytes(body)


def number(value: object) -> Decimal:
    """A number as JSON or text carries it, NaN and infinities included; raises `Unreachable` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        _not_understood()
    text = str(value)
    if len(text) > MAX_DIGITS or not text.isascii():
        _not_understood()
    try:
        return Decimal(text)
    except InvalidOperation:
        _not_understood()


def _not_understood() -> NoReturn:
    raise Unreachable("an answer without a number where the rate should be")
