"""Logs as JSON lines: a constant phrase, `extra` fields, the payment it is about. Never bytes, keys or requests."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from socket import gaierror

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
    logging.getLogger("asyncio").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether it is more than a name that could not be looked up, for a connection that was given up before that."""
    lost = record.msg.startswith("Future exception was never retrieved") if isinstance(record.msg, str) else False
    return not (lost and record.exc_info and isinstance(record.exc_info[1], gaierror))
