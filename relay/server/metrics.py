"""`/metrics`, for Prometheus. Numbers of all workers, each labelled by its `process`, whichever of them is asked.

A worker leaves its numbers in a file beside those of the others; the one that is asked reads them all. Who may ask:
this machine, unless the request came through a proxy that says so; with `metrics_token` whoever shows it, and nobody
else.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path

import msgspec
from aiohttp import web

from relay.errors import Forbidden, Unauthorized
from relay.metrics import Kind, Sample
from relay.server.openapi import Auth, operation

KEPT_SECONDS = 10.0  # numbers of a worker that has not written for so long are those of a dead one
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")

Gather = Callable[[], Awaitable[list[Sample]]]


class MetricsRoute:
    """`gather` finds this process's numbers; `file` is where they are left for the other workers."""

    def __init__(self, *, gather: Gather, token: str | None, file: Path | None) -> None:
        self._gather = gather
        self._token = token
        self._file = file

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/metrics", self.read)

    @operation("Numbers for Prometheus", answers={200: "text/plain"}, auth=Auth.ANYONE, problems=(401, 403))
    async def read(self, request: web.Request) -> web.Response:
        self._permit(request)
        found = {self._name: await self._gather()} | self._others()
        return web.Response(
            body=exposition(found),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"},
        )

    async def leave(self) -> None:
        """Write this process's numbers down for the others."""
        if self._file is not None:
            new = self._file.with_suffix(".new")
            new.write_bytes(msgspec.json.encode(await self._gather()))  # a few kilobytes, to a memory file system
            new.replace(self._file)

    @property
    def _name(self) -> str:
        return "0" if self._file is None else self._file.stem

    def _others(self) -> dict[str, list[Sample]]:
        found: dict[str, list[Sample]] = {}
        if self._file is None:
            return found
        for file in self._file.parent.glob("*.json"):
            try:
                if file != self._file and time.time() - file.stat().st_mtime < KEPT_SECONDS:
                    found[file.stem] = msgspec.json.decode(file.read_bytes(), type=list[Sample])
            except OSError:
                continue  # it ended while we looked
        return found

    def _permit(self, request: web.Request) -> None:
        if self._token is not None:
            shown = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
            if not hmac.compare_digest(shown, self._token.encode()):
                raise Unauthorized("metrics need Authorization: Bearer and the server.metrics_token")
        elif any(name in request.headers for name in FORWARDED) or not _is_local(request.remote):
            raise Forbidden("metrics are for this machine; set server.metrics_token to read them from elsewhere")


def exposition(found: dict[str, list[Sample]]) -> bytes:
    """The numbers of each process in Prometheus's text format."""
    from prometheus_client import CollectorRegistry, generate_latest  # only who is scraped pays for it
    from prometheus_client.metrics_core import Metric

    class Collected:
        def collect(self) -> Iterable[Metric]:
            return families.values()

    families: dict[str, Metric] = {}
    for process, samples in found.items():
        for sample in samples:
            family = families.setdefault(sample.name, Metric(sample.name, sample.help, sample.kind.value))
            for suffix, labels, value in _lines(sample):
                family.add_sample(sample.name + suffix, labels | {"process": process}, value)
    registry = CollectorRegistry()
    registry.register(Collected())
    return generate_latest(registry)


def _lines(sample: Sample) -> Sequence[tuple[str, dict[str, str], float]]:
    if sample.kind is Kind.GAUGE:
        return [("", sample.labels, sample.value)]
    if sample.kind is Kind.COUNTER:
        return [("_total", sample.labels, sample.value)]
    lines, so_far = [], 0
    for bound, count in zip((*sample.bounds, float("inf")), sample.buckets, strict=True):
        so_far += count
        le = "+Inf" if bound == float("inf") else str(bound)
        lines.append(("_bucket", sample.labels | {"le": le}, float(so_far)))
    return [*lines, ("_count", sample.labels, float(so_far)), ("_sum", sample.labels, sample.value)]


def _is_local(address: str | None) -> bool:
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
