"""Budgets that all processes share, through Redis.

One script takes from a bucket and refills it by Redis's own clock, so processes need no agreement about time. A bucket
is forgotten once it would be full again, and its name has one length whatever the client is called, so what Redis holds
is bounded by who asked in the last seconds. While Redis is away every process keeps buckets of its own: there is always
a limit, at worst times the number of processes.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Callable

from redis.exceptions import RedisError

from relay.redis_url import close_redis, open_redis
from relay.server.budgets import Budget, OwnBudgets
from relay.server.limits import Rate

log = logging.getLogger(__name__)

PREFIX = "relay:budget:"
ANSWER_SECONDS = 0.5  # a limit is no reason to keep a client waiting
CONNECTIONS = 4  # a script takes Redis some 20 µs
RETRY_SECONDS = 1.0  # how long Redis is left alone after it did not answer
AWAY = (RedisError, OSError, RuntimeError, ValueError, TypeError)  # a RuntimeError: uvloop's closed transport

_TAKE = """
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'since')
local tokens, since = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - since) * rate)
local taken = 0
if tokens >= cost then tokens, taken = tokens - cost, 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'since', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return {taken, string.format('%.6f', tokens)}
"""


class SharedBudgets:
    """Buckets of all processes. `url` may carry a password: it is never logged."""

    def __init__(
        self, url: str, clock: Callable[[], float] = time.monotonic, *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._redis = open_redis(url, answer_seconds, CONNECTIONS)  # our own buckets are at hand
        self._take = self._redis.register_script(_TAKE)
        self._own = OwnBudgets()
        self._clock = clock
        self._away_until = 0.0
        self._away = False

    async def take(self, client: str, rate: Rate, cost: float = 1.0) -> Budget:
        if self._clock() >= self._away_until:
            try:
                budget = await self._shared(client, rate, cost)
            except AWAY as error:
                if not self._away:  # told once, not with every try
                    log.warning("Redis does not keep budgets; ours hold", extra={"error": type(error).__name__})
                self._away, self._away_until = True, self._clock() + RETRY_SECONDS
            else:
                self._away = False
                return budget
        return await self._own.take(client, rate, cost)

    async def close(self) -> None:
        """Close the connection."""
        await close_redis(self._redis)

    async def _shared(self, client: str, rate: Rate, cost: float) -> Budget:
        name = PREFIX + hashlib.sha256(f"{rate.per_second} {client}".encode()).hexdigest()[:32]
        taken, text = await self._take(keys=[name], args=[rate.per_second, rate.burst, cost])
        tokens = float(text)
        wait = 0 if taken else int((cost - tokens) / rate.per_second) + 1
        return Budget(int(rate.burst), int(tokens), math.ceil((rate.burst - int(tokens)) / rate.per_second), wait)
