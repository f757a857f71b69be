"""Channels: where news goes, to sockets, feeds, webhooks and other processes.

python-socketio is imported here, before anything else that would. Its package brings along every client and message
queue it finds installed, among them Redis's client and `requests`: a quarter of a start, unused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NOT_FOR_US = ("redis", "requests", "websocket", "tornado", "kombu", "aio_pika", "kafka", "zmq", "valkey")


@contextmanager
def _as_if_not_installed(names: tuple[str, ...]) -> Iterator[None]:
    """To `import`, None in `sys.modules` is a module that does not exist."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is what it takes
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _as_if_not_installed(_NOT_FOR_US):
    import socketio  # noqa: F401
