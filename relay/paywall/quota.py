"""How often one client may do something in a span of time, for very many clients in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

MOST = 100_000  # clients remembered; the one not seen for longest is forgotten first, and starts anew


class Quota:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._taken: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def take(self, who: str, most: int, seconds: float) -> bool:
        """Whether he still may, counting this time."""
        if most <= 0:
            return False
        now = self._clock()
        count, until = self._taken.get(who, (0, now + seconds))
        if now >= until:
            count, until = 0, now + seconds
        if count >= most:
            return False
        self._taken[who] = (count + 1, until)
        self._taken.move_to_end(who)
        if len(self._taken) > MOST:
            self._taken.popitem(last=False)
        return True

    def is_spent(self, who: str, most: int) -> bool:
        """Whether he has had them all, for now."""
        count, until = self._taken.get(who, (0, 0.0))
        return count >= most and self._clock() < until
