"""Signs of life: every open websocket is asked for one in its turn, by one timer for all of them.

Engine.IO starts a task for each ping of each connection, and wakes up 500 times a second to look at 10,000 of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol

TURNS = 100  # in an interval: of 10,000 connections that came together, few are asked at once
PROMISED = 0.8  # of an interval: the least time for an answer, the 20 of 25 s that clients are told


class Pinged(Protocol):
    turn: int

    def ping(self) -> None:
        """Ask, or give up on who did not answer the last time."""
        ...

    def hang_up(self) -> None:
        """Say goodbye."""
        ...

    def abort(self) -> None:
        """Cut it."""
        ...


class Pings:
    """Each of the sockets is asked every `seconds`, for the first time that long after it came.

    Turns that come late are made up for: a hundred times 50 ms are the 5 s after which stock clients give a relay up.
    Not after a long halt, or whoever was asked would be asked again before he could answer.
    """

    def __init__(self, seconds: float) -> None:
        self._pause = seconds / TURNS
        self._latest = seconds * (1 - PROMISED)
        self._due = 0.0
        self._turns: list[set[Pinged]] = [set() for _ in range(TURNS)]
        self._now = 0
        self._timer: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[Pinged]:
        return (socket for turn in self._turns for socket in turn)

    def add(self, socket: Pinged) -> None:
        socket.turn = self._now
        self._turns[self._now].add(socket)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._due = loop.time() + self._pause
            self._timer = loop.call_at(self._due, self._next)

    def remove(self, socket: Pinged) -> None:
        """Safe to repeat."""
        self._turns[socket.turn].discard(socket)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = max(self._due, loop.time() - self._latest) + self._pause
        self._timer = loop.call_at(self._due, self._next)
        self._now = (self._now + 1) % TURNS
        for socket in list(self._turns[self._now]):
            socket.ping()
