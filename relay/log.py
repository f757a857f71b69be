"""Logs as JSON lines: a constant phrase, `extra` fields, the payment it is about. Never bytes, keys or requests."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

payment_in_context: ContextVar[str | None] = ContextVar("payment", default=None)

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, payment (when known), then the call's `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        payment = payment_in_context.get()
        if payment is not None:
            line["payment"] = payment
        line |= {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def start(level: str) -> None:
    """Send every logger to standard error as JSON lines. `level` is a logging name such as `INFO`."""
    stderr = logging.StreamHandler(sys.stderr)
    stderr.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[stderr], force=True)
    for transport in ("relay.socketio", "relay.engineio"):  # they tell of every packet, and of junk with tracebacks
        logging.getLogger(transport).setLevel(logging.CRITICAL)
    for library in ("web3", "websockets"):  # they tell of whole URLs, and those of nodes carry keys
        logging.getLogger(library).setLevel(logging.CRITICAL)
