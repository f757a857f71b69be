"""The database: `write` what must last, `read` what is there.

    async with open_database("sqlite:///relay.db") as db:
        await db.write(lambda tx: tx.run("UPDATE …", id=id))

Both take a plain function of a `Tx`; see `relay.store.tx` for what it must hold to. A write is answered after its
commit. One thread writes (on PostgreSQL two, a merchant always on the same), a few read.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from zlib import crc32

from relay.errors import Misconfigured, Overloaded
from relay.metrics import Sample, gauge
from relay.store.lane import Lane
from relay.store.sqlite import Sqlite
from relay.store.tx import Driver, Op, T

_log = logging.getLogger(__name__)
_READERS = 3  # threads; reads are short


@asynccontextmanager
async def open_database(url: str, *, queue: int = 10_000, patience: float = 10.0) -> AsyncIterator[Database]:
    """Open `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`; the schema is `migrate`'s affair.

    At most `queue` operations wait in each line, none longer than about `patience` seconds; beyond either they are
    refused with `Overloaded`, or with `Unreachable` when the database stays away. Closing serves what waits.
    """
    driver = _driver(url)
    writers = [
        Lane("relay-writer", driver, writes=True, threads=1, batch=driver.batch, bound=queue, patience=patience)
        for _ in range(driver.writers)
    ]
    reader = Lane("relay-reader", driver, writes=False, threads=_READERS, batch=1, bound=queue, patience=patience)
    try:
        await writers[0].submit(lambda tx: tx.one("SELECT 1"), "")  # readers find the file there, in WAL mode
        yield Database(driver, writers, reader)
    finally:
        for lane in (*writers, reader):
            await lane.close()


class Database:
    def __init__(self, driver: Driver, writers: Sequence[Lane], reader: Lane) -> None:
        self.driver = driver
        self._writers = writers
        self._reader = reader

    async def write(self, op: Op[T], *, order: str = "") -> T:
        """Run `op` in a transaction and answer when it is durable. `order` is the merchant whose rows it locks.

        What `op` raises comes out here and undoes only `op`. Cancelling stops the waiting, not the operation.
        """
        return await self._writers[crc32(order.encode()) % len(self._writers)].submit(op, order)

    def write_later(self, op: Op[object]) -> None:
        """Run `op` some time soon, for what nobody waits for; lost without harm when the database is busy."""
        try:
            self._writers[0].submit(op, "").add_done_callback(_forget)
        except Overloaded:
            _log.info("a write of no importance was left out")

    def samples(self) -> Iterator[Sample]:
        """How the lines before the database and its commits do."""
        lanes = {f"writer {index}": lane for index, lane in enumerate(self._writers)}
        for name, lane in lanes.items():
            yield lane.commits.sample("relay_commit_seconds", "A transaction of the journal, until durable", lane=name)
            yield lane.batches.sample("relay_commit_operations", "Operations that shared one commit", lane=name)
        for name, lane in (lanes | {"reader": self._reader}).items():
            yield gauge("relay_database_waiting", "Operations without an answer yet", lane.waiting, lane=name)

    async def read(self, op: Op[T]) -> T:
        """Run `op` on what is committed. Each of its statements sees its own instant."""
        return await self._reader.submit(op, "")


def sqlite_file(url: str) -> Path | None:
    """The file behind a URL; None for a database that is not one."""
    driver = _driver(url)
    return driver.path if isinstance(driver, Sqlite) else None


def _driver(url: str) -> Driver:
    scheme, _, rest = url.partition("://")
    if scheme in ("postgresql", "postgres"):
        try:
            from relay.store.postgres import Postgres
        except ImportError as error:
            raise Misconfigured(f"PostgreSQL: {error}: pip install 'micropay-relay[postgresql]'") from None
        return Postgres(url)
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return Sqlite(Path(rest[1:]))
    raise Misconfigured("database: expected sqlite:///relay.db, sqlite:////var/lib/relay.db or postgresql://…")


def _forget(future: asyncio.Future[object]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        _log.info("a write of no importance failed", extra={"cause": repr(error)})
