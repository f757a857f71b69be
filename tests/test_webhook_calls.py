"""One call to an endpoint: whatever the other end does, it ends soon, in bounds, and the log says how."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from relay.channels.webhook import EXCERPT_BYTES, Webhooks
from relay.egress import Egress, Policy, Resolve
from relay.webhook import Attempt, Endpoint, EndpointId, Profile
from tests.servers.receiver import receiver
from tests.vectors.generate_events import events
from tests.vectors.generate_webhooks import NEW

EVENT = events()["settled in a token"]


@asynccontextmanager
async def calls(
    *, private: bool = True, resolve: Resolve | None = None, seconds: float = 30
) -> AsyncIterator[Webhooks]:
    egress = Egress(Policy(allow_private=private, ports=range(65536)), resolve=resolve)
    channel = Webhooks(egress, lambda: datetime.now(UTC), seconds)
    yield channel
    await channel.close()
    await egress.close()


async def post(channel: Webhooks, url: str) -> Attempt:
    endpoint = Endpoint(EndpointId("we_1"), "shop", url, ("*",), Profile.STANDARD, datetime.now(UTC))
    return await channel.post(endpoint, [NEW], EVENT)


async def test_a_2xx_is_a_success_and_its_answer_is_kept_as_text() -> None:
    async with calls() as channel, receiver() as hook:
        hook.status, hook.body = 202, "ok \N{CHEESE WEDGE}\x07\n".encode() + b"\xff"
        attempt = await post(channel, hook.url)
        assert (attempt.ok, attempt.status, attempt.error) == (True, 202, None)
        assert attempt.response == "ok \N{CHEESE WEDGE}\N{REPLACEMENT CHARACTER}\n\N{REPLACEMENT CHARACTER}"


async def test_threat_4_a_name_rebound_to_the_inside_at_delivery_is_not_called() -> None:
    async def rebound(host: str) -> Sequence[str]:
        return ["127.0.0.1"]

    async with calls(private=False, resolve=rebound) as channel, receiver() as inside:
        attempt = await post(channel, f"https://shop.example:{inside.url.rsplit(':', 1)[1]}/")
        assert attempt.error == "the host leads to an address that is not a public one"
        assert attempt.status is None
        assert not inside.calls


async def test_threat_4_an_endpoint_made_when_the_policy_was_laxer_is_not_called() -> None:
    async with calls(private=False) as channel, receiver() as inside:
        attempt = await post(channel, inside.url)
        assert attempt.error == "url: expected https://…"
        assert not inside.calls


async def test_a_huge_answer_is_not_read() -> None:
    async with calls() as channel, receiver() as hook:
        hook.body = b"x" * 50_000_000
        began = time.monotonic()
        attempt = await post(channel, hook.url)
        assert time.monotonic() - began < 10
        assert attempt.ok
        assert len(attempt.response) == EXCERPT_BYTES


async def test_a_receiver_that_never_answers_is_given_up() -> None:
    async with calls(seconds=0.2) as channel, receiver() as hook:
        hook.hold = asyncio.Event()
        attempt = await post(channel, hook.url)
        assert (attempt.status, attempt.error) == (None, "no answer in time")


async def test_what_is_not_http_or_hangs_up_is_a_failure() -> None:
    async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    async with server, calls() as channel:
        attempt = await post(channel, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert (attempt.status, attempt.error) == (None, "the connection ended without an answer")


async def test_nothing_is_sent_without_a_key() -> None:
    async with calls() as channel, receiver() as hook:
        endpoint = Endpoint(EndpointId("we_1"), "shop", hook.url, ("*",), Profile.STANDARD, datetime.now(UTC))
        attempt = await channel.post(endpoint, [], EVENT)
        assert attempt.error is not None
        assert not hook.calls


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("999999999999", 10**8), ("-1", None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)
async def test_retry_after_is_read_in_both_forms(header: str, seconds: int | None) -> None:
    async with calls() as channel, receiver() as hook:
        hook.status, hook.headers = 503, {"Retry-After": header}
        asked = (await post(channel, hook.url)).retry_after
        assert asked == (None if seconds is None else timedelta(seconds=seconds))
