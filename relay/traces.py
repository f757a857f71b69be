"""OpenTelemetry: the way of each payment as spans, sent to a collector. Only with `otlp_url` and the extra `otel`.

    payment                      from its arrival until it is over
      payment.submitted          accepted → a node took it
      payment.settled            submitted → final on the ledger

The trace is named by the payment's id: whatever process brings a payment further, its spans join the same trace.
"""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from relay.errors import Misconfigured
from relay.payment import OVER, Payment, Status

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

EXPORT_SECONDS = 5


class Traces:
    """Nothing here waits: spans are queued, at most 2,048, and a thread of the SDK sends them."""

    def __init__(self, url: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import ReadableSpan
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags
        except ImportError as error:
            raise Misconfigured(f"otlp_url: {error}: pip install 'micropay-relay[otel]'") from None
        self._span, self._context, self._sampled = ReadableSpan, SpanContext, TraceFlags(TraceFlags.SAMPLED)
        self._status, self._code = Status, StatusCode
        self._resource = Resource.create({"service.name": "relay"})
        self._processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS))

    def payment(self, before: Payment, after: Payment) -> None:
        """A payment was `before` and became `after`."""
        name = hashlib.sha256(after.id.encode()).digest()
        trace, root = int.from_bytes(name[:16], "big"), int.from_bytes(name[16:24], "big")
        step = int.from_bytes(hashlib.sha256(f"{after.id} {after.version}".encode()).digest()[:8], "big")
        whole = self._context(trace, root, is_remote=False, trace_flags=self._sampled)
        part = self._context(trace, step, is_remote=False, trace_flags=self._sampled)
        self._end(f"payment.{after.status}", part, whole, before.updated, after)
        if after.status in OVER:
            self._end("payment", whole, None, after.created, after)

    async def close(self) -> None:
        """Send what waits."""
        await asyncio.to_thread(self._processor.shutdown)

    def _end(
        self, name: str, context: SpanContext, parent: SpanContext | None, since: datetime, payment: Payment
    ) -> None:
        good = payment.status in (Status.SUBMITTED, Status.SETTLED)
        attributes: dict[str, str] = {
            "relay.payment": payment.id,
            "relay.network": str(payment.signed.chain),
            "relay.status": payment.status.value,
        }
        if payment.reason is not None:
            attributes["relay.reason"] = payment.reason
        self._processor.on_end(
            self._span(
                name=name,
                context=context,
                parent=parent,
                resource=self._resource,
                attributes=attributes,
                status=self._status(self._code.OK if good else self._code.ERROR),
                start_time=_nanoseconds(since),
                end_time=_nanoseconds(payment.updated),
            )
        )


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000
