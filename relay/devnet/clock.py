"""The network's time, in nanoseconds since 1970: it never stands still, never goes back, and a test may push it on."""

from __future__ import annotations

import time
from datetime import timedelta


class Clock:
    """Wall-clock time plus what `advance` added."""

    def __init__(self) -> None:
        self._ahead_ns = 0
        self._last_ns = 0

    def now_ns(self) -> int:
        return time.time_ns() + self._ahead_ns

    def tick(self) -> int:
        """A consensus timestamp: later than every one given out before."""
        self._last_ns = max(self.now_ns(), self._last_ns + 1)
        return self._last_ns

    def advance(self, by: timedelta) -> None:
        """Let time pass at once; for tests of expiry."""
        self._ahead_ns += int(by.total_seconds() * 1_000_000) * 1_000
