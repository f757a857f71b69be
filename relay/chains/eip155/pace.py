"""How long we wait before we act on what has not come, and how far back we search. Times are in blocks and in seconds,
whichever is longer: chains differ in how fast they are.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    again_blocks: int = 3  # without a block having a transaction of ours: hand it over again
    again_seconds: float = 3.0
    stuck_blocks: int = 5  # the first in the row is not mined at its price: offer more
    stuck_seconds: float = 15.0
    span: int = 2_000  # blocks in one question for events; nodes commonly allow that many
    spans: int = 25  # questions at most: a day on a chain with blocks of two seconds


USUAL = Pace()
