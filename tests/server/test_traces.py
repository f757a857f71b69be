"""With a collector configured, a payment is a trace: a real OTLP receiver gets its spans, and nothing secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from relay.devnet.network import DevNode
from tests.conftest import Start
from tests.server.paying import invoice, signed
from tests.servers.listener import Listener


async def test_a_payment_is_one_trace_from_its_arrival_to_its_end(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    received: list[bytes] = []

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        received.append(body)
        return web.Response(content_type="application/x-protobuf")

    collector = web.Application()
    collector.router.add_post("/v1/traces", receive)
    runner = web.AppRunner(collector)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        relay = await start_relay(sqlite_url, devnet, extra=f'otlp_url = "http://127.0.0.1:{port}/v1/traces"')
        asked = await invoice(relay.url, keys["shop"])
        raw = signed(asked["memo"])
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", raw)
            paid = await payer.until_status("settled")
        assert await relay.stop() == 0  # what waits is sent first
    finally:
        await runner.cleanup()

    spans = {
        span.name: span
        for body in received
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }
    assert spans.keys() == {"payment", "payment.submitted", "payment.settled"}
    whole, submitted, settled = (spans[name] for name in ("payment", "payment.submitted", "payment.settled"))
    assert {span.trace_id for span in spans.values()} == {hashlib.sha256(paid["payment"].encode()).digest()[:16]}
    assert submitted.parent_span_id == settled.parent_span_id == whole.span_id
    assert not whole.parent_span_id
    assert whole.start_time_unix_nano == submitted.start_time_unix_nano <= submitted.end_time_unix_nano
    assert submitted.end_time_unix_nano == settled.start_time_unix_nano <= settled.end_time_unix_nano
    assert settled.end_time_unix_nano == whole.end_time_unix_nano
    told = b"".join(received)
    for secret in (raw, keys["shop"].encode(), asked["secret"].encode(), asked["memo"].encode()):
        assert secret not in told


async def test_a_collector_that_is_away_costs_no_payment(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, extra='otlp_url = "http://127.0.0.1:9/v1/traces"')
    asked = await invoice(relay.url, keys["shop"])
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        await payer.until_status("settled")


@pytest.mark.parametrize("url", ["collector:4318", "ftp://x"])
async def test_what_is_no_collector_stops_the_start(
    tmp_path: Path, devnet: DevNode, url: str, start_relay: Start
) -> None:
    with pytest.raises(AssertionError, match="otlp_url: expected an http"):
        await start_relay(f"sqlite:///{tmp_path}/x.db", devnet, extra=f'otlp_url = "{url}"')
