"""A port to listen on later: one the system does not give to somebody's connection meanwhile."""

from __future__ import annotations

import secrets
import socket

PORTS = range(10_000, 32_000)  # below those that systems hand out by themselves: from 32768 on Linux, 49152 elsewhere
TRIES = 100
_given: set[int] = set()  # not twice: whoever asked may not listen yet


def free_port(preferred: int = 0, host: str = "127.0.0.1") -> int:
    """`preferred` when nobody listens there; raises `OSError` when none is free."""
    if preferred and _is_free(host, preferred):
        return preferred
    for _ in range(TRIES):
        port = secrets.choice(PORTS)
        if port not in _given and _is_free(host, port):
            _given.add(port)
            return port
    raise OSError(f"no port is free on {host}")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
