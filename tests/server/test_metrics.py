"""`/metrics` answers an operator's questions, for whoever may ask, over all workers."""

from __future__ import annotations

import asyncio
import sqlite3
import timeit
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from relay.devnet.network import DevNode
from relay.metrics import Metrics, Sample
from relay.payment import Status
from relay.server.metrics import MetricsRoute
from relay.vitals import beat
from tests.changed import replace
from tests.conftest import Start
from tests.server.paying import invoice, signed
from tests.servers.listener import Listener
from tests.servers.relay_process import RelayProcess
from tests.store.nouns import a_payment

Numbers = dict[str, list[tuple[dict[str, str], float]]]


async def scrape(url: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(f"{url}/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def read(text: str) -> Numbers:
    found: Numbers = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def total(numbers: Numbers, name: str, **labels: str) -> float:
    return sum(value for has, value in numbers.get(name, ()) if labels.items() <= has.items())


async def test_a_payment_is_counted_and_timed_from_its_arrival(relay: RelayProcess, keys: dict[str, str]) -> None:
    asked = await invoice(relay.url, keys["shop"], contentId="canary-content")
    async with Listener(relay.url) as payer:
        await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
        await payer.until_status("settled")
        await payer.call("CRYPTOTRANSFER", b"junk")
        status, text = await scrape(relay.url)

    assert status == 200
    numbers = read(text)
    for state in ("submitted", "settled"):
        assert total(numbers, "relay_payments_total", network="hedera:devnet", status=state) == 1
        assert total(numbers, f"relay_payment_{state}_seconds_count", network="hedera:devnet") == 1
        assert 0 < total(numbers, f"relay_payment_{state}_seconds_sum") < 30
    assert total(numbers, "relay_refusals_total", code="invalid_transaction") == 1
    assert total(numbers, "relay_sockets") == 1
    assert total(numbers, "relay_node_healthy", network="hedera:devnet") == 1
    assert total(numbers, "relay_commit_seconds_count") > 2
    assert total(numbers, "relay_commit_operations_sum") >= total(numbers, "relay_commit_operations_count")
    assert total(numbers, "process_cpu_seconds_total") > 0
    assert 10e6 < total(numbers, "process_resident_memory_bytes") < 500e6
    for name in (
        "relay_subscriptions",
        "relay_webhooks_waiting",
        "relay_webhook_lag_seconds",
    ):
        assert total(numbers, name) == 0, name
    assert 0 <= total(numbers, "relay_database_waiting") < 10  # a sweep may be reading just now
    assert "relay_event_lag_seconds_count" in numbers
    assert "relay_loop_lag_seconds_count" in numbers
    for secret in (asked["id"], asked["memo"], asked["secret"], "canary-content", keys["shop"], "0.0.1001", "shop"):
        assert secret not in text, "labels are few, and public"


async def test_numbers_are_for_this_machine_and_not_for_whom_a_proxy_brings(relay: RelayProcess) -> None:
    assert (await scrape(relay.url))[0] == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        status, text = await scrape(relay.url, **{header: "203.0.113.7"})
        assert status == 403
        assert "metrics_token" in text


async def test_with_a_token_only_who_shows_it_reads(
    sqlite_url: str, keys: object, devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, server='metrics_token = "canary-token"')
    assert (await scrape(relay.url))[0] == 401
    assert (await scrape(relay.url, Authorization="Bearer wrong"))[0] == 401
    shown = {"Authorization": "Bearer canary-token", "X-Forwarded-For": "203.0.113.7"}
    assert (await scrape(relay.url, **shown))[0] == 200


async def test_any_worker_tells_the_numbers_of_all(
    sqlite_url: str, keys: dict[str, str], devnet: DevNode, start_relay: Start
) -> None:
    relay = await start_relay(sqlite_url, devnet, workers=2)
    for _ in range(4):  # each on a connection of its own: the system deals them out
        asked = await invoice(relay.url, keys["shop"])
        async with Listener(relay.url) as payer:
            await payer.call("CRYPTOTRANSFER", signed(asked["memo"]))
            await payer.until_status("settled")
    async with asyncio.timeout(40):
        while True:
            numbers = [read((await scrape(relay.url))[1]) for _ in range(4)]
            told = {labels["process"] for each in numbers for labels, _ in each["process_cpu_seconds_total"]}
            settled = [total(each, "relay_payments_total", status="settled") for each in numbers]
            if told == {"0", "1"} and settled == [4] * 4:
                break
            await asyncio.sleep(0.1)


async def test_numbers_that_cannot_be_told_end_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked = 0

    async def gather() -> list[Sample]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise sqlite3.OperationalError("disk I/O error")  # as a database breaks that has no words of ours for it
        return []

    file = tmp_path / "0.json"
    beating = asyncio.create_task(beat(Metrics(), MetricsRoute(gather=gather, token=None, file=file), seconds=0.01))
    async with asyncio.timeout(40):
        while not file.exists() and not beating.done():
            await asyncio.sleep(0.01)
    assert not beating.done()
    beating.cancel()
    assert [record.message for record in caplog.records] == ["the numbers of this worker are not left"]


def test_counting_a_payment_costs_next_to_nothing() -> None:
    metrics, paid = Metrics(), replace(a_payment(), status=Status.SETTLED)
    changes = [paid, paid, paid]
    spent = (
        min(timeit.repeat(lambda: [metrics.payment(each, each) for each in changes], number=2_000, repeat=5)) / 2_000
    )
    assert spent < 100e-6  # a slow and busy machine's; see README for what was measured
