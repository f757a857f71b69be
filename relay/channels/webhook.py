"""Webhooks: one signed POST to a URL a merchant chose, through the egress guard. Any answer but 2xx is a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from relay.channel import Event
from relay.egress import Egress, Refused, read_url
from relay.errors import InvalidRequest
from relay.webhook import Attempt, Endpoint, Keys
from relay.wire import webhooks

SECONDS = 15.0  # for a whole call; the Standard Webhooks specification recommends 15 to 30
EXCERPT_BYTES = 512  # of an answer, for the delivery log; no more of it is read
EXCERPT_SECONDS = 2.0
REDIRECTS = range(300, 400)


class Webhooks:
    """Posts events. One client for all endpoints: an idle connection to a receiver is used again."""

    def __init__(self, egress: Egress, clock: Callable[[], datetime], seconds: float = SECONDS) -> None:
        self._egress = egress
        self._clock = clock
        self._client = egress.session(seconds)

    async def post(self, endpoint: Endpoint, keys: Sequence[Keys], event: Event) -> Attempt:
        """Call the endpoint once and say how it went; raises nothing that the endpoint could cause."""
        at, begun = self._clock(), time.monotonic()
        if not keys:  # never unsigned
            return Attempt(at, 0, None, "", "the endpoint has no key to sign with; rotate its secret")
        message = webhooks.message(endpoint.profile, keys, event, at)
        status, excerpt, error, retry_after = None, "", None, None
        try:
            read_url(endpoint.url, self._egress.policy)  # which may be stricter than when it was registered
            async with self._client.post(
                endpoint.url, data=message.body, headers=message.headers, allow_redirects=False
            ) as response:
                status = response.status
                retry_after = _retry_after(response.headers.get("Retry-After"), at)
                excerpt = await _beginning(response)
        except InvalidRequest as refused:
            error = refused.message
        except TimeoutError:
            error = "no answer in time"
        except (aiohttp.ClientError, OSError, ValueError) as failed:
            error = _reason(failed)
        if error is None and status in REDIRECTS:
            error = "a redirect, which is not followed; register the URL it leads to"
        return Attempt(at, int((time.monotonic() - begun) * 1000), status, excerpt, error, retry_after)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """The first bytes as printable text. Whoever sends more, or slowly, has his connection closed on him."""
    body = b""
    try:
        async with asyncio.timeout(EXCERPT_SECONDS):
            while len(body) <= EXCERPT_BYTES and (chunk := await response.content.read(EXCERPT_BYTES + 1 - len(body))):
                body += chunk
    except (TimeoutError, aiohttp.ClientError):
        response.close()  # its status is the answer; the rest is for the log
    if len(body) > EXCERPT_BYTES:
        response.close()
    text = body[:EXCERPT_BYTES].decode("utf-8", "replace")
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _reason(error: BaseException) -> str:
    """For the merchant: what went wrong, without what it tells about our network."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Refused):
            return str(cause)
        cause = getattr(cause, "os_error", None) or cause.__cause__
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "the TLS certificate is not valid for this host"
        case aiohttp.ClientConnectorDNSError():
            return "the host name does not resolve"
        case aiohttp.ClientConnectorError():
            return "the connection was not accepted"
        case _:
            return "the connection ended without an answer"


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(timedelta(), (until if until.tzinfo else until.replace(tzinfo=UTC)) - now)
