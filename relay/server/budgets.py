"""Budgets of requests: token buckets per client, in this process (here) or shared by all of them (`shared_budgets`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from relay.errors import RateLimited
from relay.server.limits import Rate


@dataclass(frozen=True, slots=True)
class Budget:
    """What a client has left; `wait` is 0 when it got what it asked for, else the seconds until it could."""

    limit: int
    left: int
    reset: int  # seconds until it is full again
    wait: int = 0

    def require(self) -> None:
        """Raise `RateLimited` unless it was granted."""
        if self.wait:
            raise RateLimited(f"too many requests; try again in {self.wait} s", retry_after=self.wait)


class Budgets(Protocol):
    async def take(self, client: str, rate: Rate, cost: float = 1.0) -> Budget:
        """Take from a client's bucket of this rate, or say how long until it holds enough."""
        ...


class OwnBudgets:
    """Buckets of this process."""

    async def take(self, client: str, rate: Rate, cost: float = 1.0) -> Budget:
        try:
            rate.spend(client, cost)
        except RateLimited as error:
            return Budget(int(rate.burst), rate.left(client), rate.until_full(client), error.retry_after)
        return Budget(int(rate.burst), rate.left(client), rate.until_full(client))
