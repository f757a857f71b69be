"""A queue, the threads that serve it, and a connection for each of them.

Group commit: the writer takes everything that waits, runs it in one transaction, commits once and answers all. One
fsync or round trip then serves many payments, the more the busier it gets. Where many come, a batch that is still small
waits a moment for more. When a shared transaction fails, for whatever reason, it is undone and every operation is run
again in a transaction of its own, with retries where the error is transient: a bad one hurts only itself. Hence the
contract in `relay.store.tx`.

Within a batch operations run in the order of their `order` key (the merchant). Every process does so: two of them lock
the merchants' counter rows in the same order and cannot deadlock. Joint operations lock those of all their merchants
before any other operation of the batch runs, or after: where rows have locks they are a transaction of their own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Generic

from relay.errors import Overloaded, RelayError, Unreachable
from relay.metrics import SIZES, Spread
from relay.store.tx import Connection, Driver, Op, T, is_joint, run_all

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LAST_PAUSE = 0.005, 0.5  # seconds between attempts, doubling
_BUSY, _ENOUGH = 16, 64  # operations: as many during a commit say that more are coming; as many wait for no more


class _Job(Generic[T]):
    """An operation and the future of who waits for it."""

    __slots__ = ("deadline", "future", "op", "order")

    def __init__(self, op: Op[T], order: str, deadline: float, future: asyncio.Future[T]) -> None:
        self.order = order
        self.deadline = deadline
        self.op = op
        self.future = future


class _Failed:
    """An answer that is an error."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


Answer = tuple[_Job[object], object]  # what it came to, or `_Failed`


class Lane:
    """Runs operations off the event loop. `batch` above 1 is group commit and needs `threads=1`."""

    def __init__(
        self,
        name: str,
        driver: Driver,
        *,
        writes: bool,
        threads: int,
        batch: int,
        bound: int,
        patience: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._driver = driver
        self._writes = writes
        self._batch = batch
        self._came = 0  # operations that were there for the batch before
        self._bound = bound
        self._patience = patience
        self._sleep = sleep  # while a batch gathers
        self._loop = asyncio.get_running_loop()
        self._turn: list[_Job[object]] = []  # queued in this turn of the event loop
        self._jobs: SimpleQueue[list[_Job[object]] | None] = SimpleQueue()
        self._waiting = 0
        self._open = True
        self.commits = Spread()  # seconds; counted where one thread writes
        self.batches = Spread(SIZES)  # operations
        self._ended = [self._loop.create_future() for _ in range(threads)]
        self._threads = [
            threading.Thread(target=self._work, args=(ended,), name=f"{name}-{index}", daemon=True)
            for index, ended in enumerate(self._ended)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, op: Op[T], order: str) -> asyncio.Future[T]:
        """Queue an operation; `Overloaded` at the bound. Cancelling the future does not undo the operation."""
        if not self._open:
            raise Overloaded("the relay is stopping; try again")
        if self._waiting >= self._bound:
            raise Overloaded("too much is waiting for the database; try again")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting += 1
        if not self._turn:
            self._loop.call_soon(self._hand_over)
        self._turn.append(_Job(op, order, time.monotonic() + self._patience, future))  # type: ignore[arg-type]  # T is not object, but only the future sees it
        return future

    @property
    def waiting(self) -> int:
        """Operations without an answer yet."""
        return self._waiting

    async def close(self) -> None:
        """Serve what waits, then end the threads and their connections."""
        self._open = False
        self._hand_over()
        for _ in self._threads:
            self._jobs.put(None)
        await asyncio.wait(self._ended)
        for thread in self._threads:
            thread.join()  # its last act was to say so

    def _hand_over(self) -> None:
        """Wake a thread once for all that came in one turn: they belong into one commit anyway."""
        turn, self._turn = self._turn, []
        for first in range(0, len(turn), self._batch):
            self._jobs.put(turn[first : first + self._batch])

    def _deliver(self, answers: list[Answer]) -> None:
        self._waiting -= len(answers)
        for job, result in answers:
            if job.future.done():  # who waited was cancelled
                continue
            if type(result) is _Failed:
                job.future.set_exception(result.error)
            else:
                job.future.set_result(result)

    # --- below here: in the lane's threads ---

    def _work(self, ended: asyncio.Future[None]) -> None:
        held = _Held(self._driver, writes=self._writes)
        try:
            while batch := self._take():
                began = time.monotonic()
                answers = _answers(held, batch)
                self._loop.call_soon_threadsafe(self._deliver, answers)
                if self._writes:
                    self.commits.add(time.monotonic() - began)
                    self.batches.add(len(batch))
        finally:
            held.drop()
            self._loop.call_soon_threadsafe(ended.set_result, None)

    def _take(self) -> list[_Job[object]]:
        """Wait for operations, then take all that are there; nothing means the end."""
        batch = list(self._jobs.get() or ())
        self._take_more(batch)
        came, self._came = self._came, len(batch)
        if self._driver.gather_seconds and 0 < len(batch) < _ENOUGH and max(came, len(batch)) >= _BUSY:
            self._sleep(self._driver.gather_seconds)
            self._take_more(batch)
        return batch

    def _take_more(self, batch: list[_Job[object]]) -> None:
        while batch and len(batch) < self._batch:
            try:
                jobs = self._jobs.get_nowait()
            except Empty:
                break
            if jobs is None:
                self._jobs.put(None)  # for the next turn
                break
            batch += jobs


class _Held:
    """A thread's connection, made when needed and made anew when lost."""

    def __init__(self, driver: Driver, *, writes: bool) -> None:
        self.driver = driver
        self._writes = writes
        self._connection: Connection | None = None

    def commit(self, jobs: list[_Job[object]]) -> list[Answer]:
        """Run the jobs in one transaction; on any error nothing of it stays."""
        try:
            if self._connection is None:
                self._connection = self.driver.connect(writes=self._writes)
            self._connection.begin()
            results = run_all(self._connection, [job.op for job in jobs])
            self._connection.commit()
        except Exception:
            if self._connection is not None and not self._connection.rollback():
                self.drop()
            raise
        return list(zip(jobs, results, strict=True))

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _answers(held: _Held, batch: list[_Job[object]]) -> list[Answer]:
    now = time.monotonic()
    late = _Failed(Overloaded("the database is too slow; try again"))
    answers: list[Answer] = [(job, late) for job in batch if job.deadline < now]
    jobs = sorted((job for job in batch if job.deadline >= now), key=_order)
    apart = held.driver.apart
    if apart is None:
        return answers + _committed(held, jobs)
    answers += _committed(held, [job for job in jobs if is_joint(job.op)])
    others = [job for job in jobs if not is_joint(job.op)]
    for first in range(0, len(others), apart):
        answers += _committed(held, others[first : first + apart])
    return answers


def _committed(held: _Held, jobs: list[_Job[object]]) -> list[Answer]:
    if len(jobs) > 1:
        try:
            return held.commit(jobs)
        except Exception as error:
            _log.info("a batch failed and is repeated one by one", extra={"size": len(jobs), "cause": repr(error)})
    return [(job, _alone(held, job)) for job in jobs]


def _alone(held: _Held, job: _Job[object]) -> object:
    if time.monotonic() > job.deadline:  # those before it in the batch took all the time there was
        return _Failed(Unreachable("the database gave no answer in time", code="database_unreachable"))
    pause = _FIRST_PAUSE
    while True:
        try:
            [(_, result)] = held.commit([job])
        except RelayError as error:
            return _Failed(error)
        except StopIteration as error:  # a future cannot carry it
            return _Failed(RuntimeError(f"operation raised {error!r}"))
        except Exception as error:
            if not held.driver.transient(error):
                return _Failed(error)
            if time.monotonic() + pause > job.deadline:
                _log.warning("the database gives no answer", extra={"cause": repr(error)})
                return _Failed(Unreachable("the database gives no answer; try again", code="database_unreachable"))
        else:
            return result
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # so that two that met do not meet again
        pause = min(2 * pause, _LAST_PAUSE)


def _order(job: _Job[object]) -> str:
    return job.order
