"""Assembly of what an operator asks: where each number comes from, and the loop that measures the process itself."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from relay.abilities import Describes
from relay.chain import Chain
from relay.errors import RelayError
from relay.metrics import Kind, Metrics, Sample, gauge
from relay.money import ChainId
from relay.payment import Payment
from relay.recording import Observe
from relay.server.metrics import MetricsRoute
from relay.server.socket import Sockets
from relay.store.database import Database
from relay.store.deliveries import Deliveries
from relay.traces import Traces

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0


@asynccontextmanager
async def open_observers(metrics: Metrics, otlp_url: str | None) -> AsyncIterator[Observe]:
    """Who is told of each change of a payment: the metrics, and the traces where a collector is configured."""
    if otlp_url is None:
        yield metrics.payment
        return
    traces = Traces(otlp_url)

    def observe(before: Payment, after: Payment) -> None:
        metrics.payment(before, after)
        traces.payment(before, after)

    try:
        yield observe
    finally:
        await traces.close()


@dataclass(frozen=True, slots=True)
class Vitals:
    """Everything that is counted or looked at."""

    metrics: Metrics
    db: Database
    deliveries: Deliveries
    chains: Mapping[ChainId, Chain]
    sockets: Sockets
    clock: Callable[[], datetime]

    def add_route(self, app: web.Application, token: str | None, file: Path | None) -> MetricsRoute:
        """Hang `/metrics` below `app`."""
        route = MetricsRoute(gather=self.gather, token=token, file=file)
        route.add_to(app)
        return route

    async def gather(self) -> list[Sample]:
        """What this process counted, and what the database says of all of them."""
        return [
            *self.metrics.samples(),
            *self.db.samples(),
            *self._nodes(),
            *_process(),
            gauge("relay_sockets", "Open sockets", self.sockets.open),
            gauge("relay_subscriptions", "Subscriptions of open sockets", self.sockets.subscribed),
            *await self._webhooks(),
        ]

    async def _webhooks(self) -> list[Sample]:
        try:
            waiting, oldest = await self.deliveries.backlog(self.clock())
        except RelayError:
            return []  # the database is away; what is known here is told all the same
        return [
            gauge("relay_webhooks_waiting", "Deliveries that are not over, of all processes", waiting),
            gauge("relay_webhook_lag_seconds", "How long the oldest of those that are due waits", oldest),
        ]

    def _nodes(self) -> Iterator[Sample]:
        for id, chain in self.chains.items():
            if isinstance(chain, Describes):
                for node in chain.nodes():
                    yield gauge(
                        "relay_node_healthy",
                        "1 while the node answers",
                        node.healthy,
                        network=str(id),
                        node=node.address,
                    )


async def beat(metrics: Metrics, route: MetricsRoute, seconds: float = BEAT_SECONDS) -> None:
    """Measure the loop, and leave the numbers for the other workers, for ever."""
    while True:
        due = time.monotonic() + seconds
        await asyncio.sleep(seconds)
        metrics.loop_lag.add(max(0.0, time.monotonic() - due))
        try:
            await route.leave()
        except Exception as error:  # a full disk, a database that breaks in its own words: no reason to end the relay
            log.warning("the numbers of this worker are not left", extra={"error": type(error).__name__})


def _process() -> Iterator[Sample]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    yield Sample(Kind.COUNTER, "process_cpu_seconds", "CPU time of the process", {}, cpu)
    yield gauge("process_resident_memory_bytes", "Memory the process has", _resident(used.ru_maxrss))


def _resident(peak: int) -> int:
    """What is held now where /proc tells, else the most that was."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return peak * (1 if sys.platform == "darwin" else 1024)
