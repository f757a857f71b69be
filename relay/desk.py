"""A desk: one webhook endpoint while this process holds it.

It makes up to `concurrency` calls at once, never two of one lane, and writes down how each went before the lane goes
on. Desks share nothing: a receiver that is dead, slow or angry holds up its own desk and nobody else's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from relay.channel import Event
from relay.errors import RelayError
from relay.ids import new_id
from relay.store.deliveries import Deliveries, Work
from relay.webhook import RETRY_SECONDS, UNREACHED, Attempt, Delivery, Endpoint, Keys, State, next_try, pause
from relay.wire import events

log = logging.getLogger(__name__)

LINGER_SECONDS = 1.0  # a desk waits so long for more before it is given up
PAGE = 32  # deliveries read at once
BUSY = (429, 503)  # with Retry-After: the receiver as a whole asks for a rest
MAX_REST = timedelta(minutes=5)  # that it gets; the delivery itself waits as long as was asked

Post = Callable[[Endpoint, Sequence[Keys], Event], Awaitable[Attempt]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long endpoints are borne with."""

    retry_seconds: Sequence[float] = RETRY_SECONDS
    disable_after: timedelta = timedelta(days=5)  # of nothing but failures
    concurrency: int = 8  # calls to one endpoint at once


@dataclass(slots=True)
class Desk:
    """`endpoint` is as last read, with what was learnt of its health since."""

    id: str
    merchant: str
    news: asyncio.Event = field(default_factory=asyncio.Event)
    endpoint: Endpoint | None = None
    sending: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # by lane
    closed: bool = False  # no more calls
    again: bool = False  # claimed once more while it was open


class Clerk:
    """Works at desks that `holder` has; `post` makes a call, `announce` is told of events recorded here."""

    def __init__(
        self,
        *,
        holder: str,
        deliveries: Deliveries,
        post: Post,
        announce: Callable[[Event], None],
        clock: Callable[[], datetime],
        patience: Patience,
    ) -> None:
        self._holder = holder
        self._deliveries = deliveries
        self._post = post
        self._announce = announce
        self._clock = clock
        self._patience = patience

    async def serve(self, desk: Desk) -> None:
        """Make its calls until it is closed or nothing more comes. What goes wrong is logged."""
        try:
            await self._work(desk)
        except RelayError as error:
            log.warning("a webhook endpoint must wait", extra={"endpoint": desk.id, "detail": error.message})
        except Exception:
            log.exception("a webhook endpoint must wait", extra={"endpoint": desk.id})
        finally:
            for task in desk.sending.values():
                task.cancel()
            await asyncio.gather(*desk.sending.values(), return_exceptions=True)

    async def _work(self, desk: Desk) -> None:
        ready: deque[Delivery] = deque()
        work: Work | None = None
        while True:
            desk.news.clear()
            if not ready and not desk.closed:
                work = await self._deliveries.work(
                    self._holder, desk.id, self._clock(), PAGE + self._patience.concurrency
                )
                if work is None:
                    desk.closed = True  # not ours any more
                else:
                    desk.endpoint = work.endpoint
                    ready.extend(delivery for delivery in work.due if delivery.lane not in desk.sending)
            while ready and not desk.closed and work is not None and len(desk.sending) < self._bound(desk):
                delivery = ready.popleft()
                desk.sending[delivery.lane] = asyncio.create_task(self._send(desk, work, delivery))
            if desk.sending:
                await _any((*desk.sending.values(),), None if ready else desk.news)
                for lane in [lane for lane, task in desk.sending.items() if task.done()]:
                    desk.sending.pop(lane).result()
            elif desk.closed or (work is not None and not ready and not await self._linger(desk, work)):
                return

    async def _linger(self, desk: Desk, work: Work) -> bool:
        """Wait a little for more; False when the endpoint was let go."""
        seconds = LINGER_SECONDS
        if work.next is not None:
            seconds = min(seconds, max(0.0, (work.next - self._clock()).total_seconds()))
        if await either(desk.news, seconds) or seconds < LINGER_SECONDS:
            return True
        return not await self._deliveries.release(self._holder, work)

    def _bound(self, desk: Desk) -> int:
        """One call at a time to an endpoint that could not be reached lately."""
        unreached = desk.endpoint is not None and desk.endpoint.unreached >= UNREACHED
        return 1 if unreached else self._patience.concurrency

    async def _send(self, desk: Desk, work: Work, delivery: Delivery) -> None:
        """One call and its consequences."""
        attempt = await self._call(work, delivery)
        before = desk.endpoint or work.endpoint
        desk.endpoint = endpoint = _health(before, attempt)
        made = delivery.attempt + 1
        due = None if attempt.ok or attempt.gone else self._next(attempt, made)
        state = State.DELIVERED if attempt.ok else State.FAILED if due is None else State.PENDING
        after = replace(delivery, state=state, attempt=made, due=due, attempts=(*delivery.attempts, attempt))
        changed = endpoint if endpoint != before else None
        await self._deliveries.record(delivery, after, changed)
        if not attempt.ok:
            await self._judge(desk, endpoint, attempt)

    async def _call(self, work: Work, delivery: Delivery) -> Attempt:
        at = self._clock()
        try:
            return await self._post(work.endpoint, work.keys, delivery.event)
        except Exception:  # ours, and it must not keep the endpoint from its other events
            log.exception(
                "a webhook could not be made", extra={"endpoint": work.endpoint.id, "event": delivery.event.id}
            )
            return Attempt(at, 0, None, "", "the relay could not make this request; its log says why")

    async def _judge(self, desk: Desk, endpoint: Endpoint, attempt: Attempt) -> None:
        """Whether an endpoint that failed is called again soon, later, or never."""
        now = self._clock()
        since = endpoint.failing_since or now
        if attempt.gone:
            await self._disable(desk, endpoint, "the endpoint answered 410 Gone")
        elif now - since >= self._patience.disable_after:
            await self._disable(desk, endpoint, f"nothing but failures since {events.timestamp(since)}")
        elif desk.closed:
            return
        elif endpoint.unreached >= UNREACHED:
            await self._rest(desk, replace(endpoint, pauses=endpoint.pauses + 1), now + pause(endpoint.pauses))
        elif attempt.status in BUSY and attempt.retry_after:
            await self._rest(desk, endpoint, now + min(attempt.retry_after, MAX_REST))

    async def _rest(self, desk: Desk, endpoint: Endpoint, until: datetime) -> None:
        desk.closed, desk.endpoint = True, endpoint
        await self._deliveries.rest(self._holder, endpoint, until)

    async def _disable(self, desk: Desk, endpoint: Endpoint, reason: str) -> None:
        desk.closed = True
        now = self._clock()
        id = new_id("evt", now)
        event = await self._deliveries.disable(
            endpoint,
            reason,
            now,
            lambda seq: events.webhook_event(endpoint, "disabled", id=id, seq=seq, time=now, reason=reason),
        )
        if event is not None:
            log.warning("a webhook endpoint was disabled", extra={"endpoint": endpoint.id, "detail": reason})
            self._announce(event)

    def _next(self, attempt: Attempt, made: int) -> datetime | None:
        return next_try(attempt, made, self._patience.retry_seconds, random.random())  # noqa: S311  # spreads retries


def _health(endpoint: Endpoint, attempt: Attempt) -> Endpoint:
    """What a call says about the endpoint itself. Any answer shows that it is there."""
    if attempt.ok:
        return replace(endpoint, failing_since=None, unreached=0, pauses=0)
    since = endpoint.failing_since or attempt.at
    if attempt.status is not None:
        return replace(endpoint, failing_since=since, unreached=0, pauses=0)
    return replace(endpoint, failing_since=since, unreached=endpoint.unreached + 1)


async def either(news: asyncio.Event, seconds: float) -> bool:
    """Wait for news, or so long; whether there are news."""
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return news.is_set()
    return True


async def _any(tasks: Sequence[asyncio.Task[None]], news: asyncio.Event | None) -> None:
    """Wait until one of the tasks is done, or for news."""
    if news is None:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return
    waiting = asyncio.ensure_future(news.wait())
    try:
        await asyncio.wait((*tasks, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
