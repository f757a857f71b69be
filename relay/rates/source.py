"""One place that knows rates, as the rest of the package sees it."""

from __future__ import annotations

from typing import Protocol

from relay.rate import Pair, Rate


class Source(Protocol):
    @property
    def name(self) -> str:
        """What evidence calls it; no two of a relay have the same."""
        ...

    async def rate(self, pair: Pair) -> Rate | None:
        """What it says of the pair now; None where it does not know the pair. Raises `Unreachable` for no answer.

        Only what was asked is answered: a source that cannot tell which pair an answer is of raises too. The value
        may be any number; whether it is believed is not the source's to decide.
        """
        ...
